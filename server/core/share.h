#ifndef RELEVO_CORE_SHARE_H
#define RELEVO_CORE_SHARE_H

#include "core/rate.h"

/* A rate (core/rate.h) that many users share. Until it is spent, everyone takes from the whole. Once it is
 * spent, each user that wants more is a *claimant*, and has a part of its own: the rate divided by the number
 * of claimants. So a user that wants little gets it at once, whatever the others do; one that wants much
 * competes only with the other claimants; and a time that was promised to one is not taken by another. What
 * is taken from parts is charged to the whole, which then has nothing to give until it has earned that. */
struct shared_rate {
    struct rate whole;
    int64_t second;           /* the second of the clock that `claimants` counts */
    int64_t claimants;        /* how many users found the whole spent in it */
    int64_t claimants_before; /* how many did in the second before it */
};

/* The part of one user. */
struct share {
    struct rate own;
    int64_t second;         /* in which it was last counted as a claimant */
    int64_t promised_per_s; /* its rate up to promised_us, even if there are more claimants by now */
    int64_t promised_us;    /* the last time that was promised at promised_per_s */
};

void shared_rate_init(struct shared_rate *shared);
void share_init(struct share *share);

/* Takes one token out for this user at now_us. False: there is none for it, and nothing is taken. */
bool share_spend(struct shared_rate *shared, struct share *share, struct rate_limit limit, int64_t now_us);

/* How long after now_us the user should wait, at most most_us, as rate_promise says it. Each call promises
 * another time. */
int64_t share_promise(struct shared_rate *shared, struct share *share, struct rate_limit limit,
                      int64_t most_us, int64_t now_us);

/* Puts one token back that was taken out but not used. */
void share_give_back(struct shared_rate *shared, struct share *share, struct rate_limit limit,
                     int64_t now_us);

/* From when on the share may be forgotten; a time in the past where it may be already. */
int64_t share_full_us(const struct share *share);

#endif
