#include "app/clock.h"

#include <assert.h>

#include "protocol/limits.h"

/* Two clocks drift apart by less than this in a minute; a sample comes in whole milliseconds. */
enum { CLOCK_DRIFT_US = 50 * 1000 };

/* Whether a sample can be of the clock that is known already. If not, the database's clock has been set. */
static bool clock_agrees(const struct clock *clock, int64_t offset_us, int64_t error_us)
{
    int64_t apart_us = offset_us - clock->offset_us;
    int64_t allowed_us = clock->error_us + error_us + CLOCK_DRIFT_US;
    return apart_us <= allowed_us && -apart_us <= allowed_us;
}

void clock_observe(struct clock *clock, int64_t database_ms, int64_t sent_us, int64_t received_us)
{
    /* The database's time comes in whole milliseconds, cut off: on the average half a millisecond more. */
    int64_t middle_us = sent_us + (received_us - sent_us) / 2;
    int64_t error_us = (received_us - sent_us) / 2;
    int64_t offset_us = database_ms * 1000 + 500 - middle_us;
    bool is_old = received_us - clock->sampled_us > LIMIT_CLOCK_SAMPLE_MS * INT64_C(1000);
    bool is_worse = error_us > clock->error_us;
    if (clock->is_known && !is_old && is_worse && clock_agrees(clock, offset_us, error_us))
        return;
    clock->is_known = true;
    clock->offset_us = offset_us;
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
