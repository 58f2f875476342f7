#include "core/share.h"

/* Taking from parts may overdraw the whole by what it earns in DEBT_US. */
enum { SECOND_US = 1000000, DEBT_US = 2 * SECOND_US };

void shared_rate_init(struct shared_rate *shared)
{
    *shared = (struct shared_rate){0};
    rate_init(&shared->whole);
}

void share_init(struct share *share)
{
    *share = (struct share){.second = -1};
    rate_init(&share->own);
}

/* Counts the user as a claimant of the present second. */
static void share_claim(struct shared_rate *shared, struct share *share, int64_t now_us)
{
    int64_t second = now_us / SECOND_US;
    if (second != shared->second) {
        shared->claimants_before = second == shared->second + 1 ? shared->claimants : 0;
        shared->claimants = 0;
        shared->second = second;
    }
    if (share->second != second)
        shared->claimants++;
    share->second = second;
}

/* A part holds what it earns in half a second, so that a user that comes later than at the promised time
 * still finds its token. */
static struct rate_limit limit_of_part(int64_t per_s)
{
    return (struct rate_limit){.per_s = per_s, .burst = per_s < 4 ? 2 : per_s / 2};
}

/* The rate of each part from now on. */
static int64_t part_per_s(const struct shared_rate *shared, struct rate_limit limit)
{
    int64_t claimants = shared->claimants;
    if (claimants < shared->claimants_before)
        claimants = shared->claimants_before;
    return claimants == 0 ? limit.per_s : claimants < limit.per_s ? limit.per_s / claimants : 1;
}

/* The rate of this user's part. Up to promised_us it is not less than what was promised when there were fewer
 * claimants. */
static struct rate_limit share_limit(const struct shared_rate *shared, const struct share *share,
                                     struct rate_limit limit, int64_t now_us)
{
    int64_t per_s = part_per_s(shared, limit);
    bool is_promised = now_us <= share->promised_us && per_s < share->promised_per_s;
    return limit_of_part(is_promised ? share->promised_per_s : per_s);
}

bool share_spend(struct shared_rate *shared, struct share *share, struct rate_limit limit, int64_t now_us)
{
    if (rate_spend(&shared->whole, limit, now_us))
        return true;
    share_claim(shared, share, now_us);
    struct rate_limit own = share_limit(shared, share, limit, now_us);
    if (!rate_spend(&share->own, own, now_us))
        return false;
    if (rate_overdraw(&shared->whole, limit, DEBT_US, now_us))
        return true;
    rate_give_back(&share->own, own);
    return false;
}

int64_t share_promise(struct shared_rate *shared, struct share *share, struct rate_limit limit,
                      int64_t most_us, int64_t now_us)
{
    share_claim(shared, share, now_us);
    int64_t per_s = part_per_s(shared, limit);
    int64_t wait_us = rate_promise(&share->own, limit_of_part(per_s), most_us, now_us);
    if (now_us > share->promised_us || per_s >= share->promised_per_s) {
        share->promised_per_s = per_s;
        share->promised_us = share->own.promised_us;
    }
    int64_t paid_us = rate_next_us(&shared->whole, limit, now_us) - DEBT_US - now_us;
    if (paid_us > most_us)
        return most_us;
    return wait_us > paid_us ? wait_us : paid_us;
}

void share_give_back(struct shared_rate *shared, struct share *share, struct rate_limit limit, int64_t now_us)
{
    if (rate_next_us(&shared->whole, limit, now_us) > now_us + SECOND_US / limit.per_s)
        rate_give_back(&share->own, share_limit(shared, share, limit,
                                                now_us)); /* the token was charged to the part, too */
    rate_give_back(&shared->whole, limit);
}

int64_t share_full_us(const struct share *share)
{
    return share->own.spent_us + 2 * SECOND_US;
}
