#include "app/clock.h"

#include <assert.h>

#include "protocol/limits.h"

void clock_observe(struct clock *clock, int64_t database_ms, int64_t sent_us, int64_t received_us)
{
    /* The database's time comes in whole milliseconds, cut off: on the average half a millisecond more. */
    int64_t middle_us = sent_us + (received_us - sent_us) / 2;
    int64_t error_us = (received_us - sent_us) / 2;
    bool is_old = received_us - clock->sampled_us > LIMIT_CLOCK_SAMPLE_MS * INT64_C(1000);
    if (clock->is_known && !is_old && error_us > clock->error_us)
        return;
    clock->is_known = true;
    clock->offset_us = database_ms * 1000 + 500 - middle_us;
    clock->error_us = error_us;
    clock->sampled_us = received_us;
}

int64_t clock_ms(const struct clock *clock, int64_t mono_us)
{
    assert(clock->is_known);
    return (mono_us + clock->offset_us) / 1000;
}

int64_t clock_mono_us(const struct clock *clock, int64_t database_ms)
{
    assert(clock->is_known);
    return database_ms * 1000 - clock->offset_us;
}
