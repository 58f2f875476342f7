#include "core/rate.h"

#include <assert.h>

enum { SECOND_US = 1000000 };

void rate_init(struct rate *rate)
{
    rate->spent_us = INT64_MIN / 2;
    rate->promised_us = INT64_MIN / 2;
}

/* What was earned before is lost: the bucket was full. */
static int64_t rate_spent_us(const struct rate *rate, struct rate_limit limit, int64_t now_us)
{
    int64_t oldest_us = now_us - SECOND_US / limit.per_s * limit.burst;
    return rate->spent_us < oldest_us ? oldest_us : rate->spent_us;
}

bool rate_spend(struct rate *rate, struct rate_limit limit, int64_t now_us)
{
    assert(limit.per_s > 0 && limit.per_s <= SECOND_US && limit.burst > 0);
    int64_t spent_us = rate_spent_us(rate, limit, now_us) + SECOND_US / limit.per_s;
    if (spent_us > now_us)
        return false;
    rate->spent_us = spent_us;
    return true;
}

bool rate_overdraw(struct rate *rate, struct rate_limit limit, int64_t most_us, int64_t now_us)
{
    int64_t spent_us = rate_spent_us(rate, limit, now_us) + SECOND_US / limit.per_s;
    if (spent_us > now_us + most_us)
        return false;
    rate->spent_us = spent_us;
    return true;
}

int64_t rate_next_us(const struct rate *rate, struct rate_limit limit, int64_t now_us)
{
    return rate_spent_us(rate, limit, now_us) + SECOND_US / limit.per_s;
}

int64_t rate_promise(struct rate *rate, struct rate_limit limit, int64_t most_us, int64_t now_us)
{
    int64_t cost_us = SECOND_US / limit.per_s;
    int64_t spent_us = rate_spent_us(rate, limit, now_us);
    int64_t last_us = rate->promised_us > spent_us ? rate->promised_us : spent_us;
    if (last_us + cost_us > now_us + most_us)
        return most_us;
    rate->promised_us = last_us + cost_us;
    return rate->promised_us > now_us ? rate->promised_us - now_us : 0;
}

void rate_charge(struct rate *rate, struct rate_limit limit, int64_t more)
{
    rate->spent_us += more * (SECOND_US / limit.per_s);
}

void rate_give_back(struct rate *rate, struct rate_limit limit)
{
    rate->spent_us -= SECOND_US / limit.per_s;
}

int64_t rate_full_us(const struct rate *rate, struct rate_limit limit)
{
    return rate->spent_us + SECOND_US / limit.per_s * limit.burst;
}
