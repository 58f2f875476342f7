#include "core/rate.h"

#include <assert.h>

enum { SECOND_US = 1000000 };

void rate_init(struct rate *rate)
{
    rate->spent_us = INT64_MIN / 2;
}

bool rate_spend(struct rate *rate, struct rate_limit limit, int64_t now_us)
{
    assert(limit.per_s > 0 && limit.per_s <= SECOND_US && limit.burst > 0);
    int64_t cost_us = SECOND_US / limit.per_s;
    int64_t oldest_us =
        now_us - cost_us * limit.burst; /* what was earned before is lost: the bucket was full */
    int64_t spent_us = rate->spent_us < oldest_us ? oldest_us : rate->spent_us;
    if (spent_us + cost_us > now_us)
        return false;
    rate->spent_us = spent_us + cost_us;
    return true;
}

int64_t rate_full_us(const struct rate *rate, struct rate_limit limit)
{
    return rate->spent_us + SECOND_US / limit.per_s * limit.burst;
}
