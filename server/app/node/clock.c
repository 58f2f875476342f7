#include "app/node/clock.h"

#include <assert.h>

#include "protocol/limits.h"

/* Two clocks drift apart by less than this in a minute. */
enum { CLOCK_DRIFT_US = 50 * 1000 };

void clock_observe(struct clock *clock, int64_t database_ms, int64_t sent_us, int64_t received_us)
{
    /* The database cuts its time to milliseconds: it may have been almost one more. */
    int64_t least_us = database_ms * 1000 - received_us;
    int64_t most_us = database_ms * 1000 + 999 - sent_us;
    bool is_old = received_us - clock->sampled_us > LIMIT_CLOCK_SAMPLE_MS * INT64_C(1000);
    bool says_less = least_us <= clock->offset_us;
    bool agrees = clock->offset_us <= most_us + CLOCK_DRIFT_US;
    if (clock->is_known && !is_old && says_less && agrees)
        return;
    clock->is_known = true;
    clock->offset_us = least_us;
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
