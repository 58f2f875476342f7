#ifndef RELEVO_CORE_SHARE_H
#define RELEVO_CORE_SHARE_H

#include "core/rate.h"

/* A rate that many draw from together. Until it is spent, whoever comes takes from it. Where it is spent,
 * each who still wants more has a part of his own: the rate divided by how many they are. So who wants little
 * finds it at once, whatever the others do, who wants much waits for those like him only, and a moment that
 * has been promised to one is not taken by another. What is taken from parts is owed to the whole, which for
 * so long has nothing to give. */
struct shared_rate {
    struct rate whole;
    int64_t second;           /* of the clock: in it */
    int64_t claimants;        /* so many have found the whole spent, */
    int64_t claimants_before; /* and so many in the one before */
};

/* Of one of those who draw from it. */
struct share {
    struct rate own;
    int64_t second;         /* when he was last counted */
    int64_t promised_per_s; /* moments have been promised to him at this rate, though by now they are more, */
    int64_t promised_us;    /* up to this one */
};

void shared_rate_init(struct shared_rate *shared);
void share_init(struct share *share);

/* Takes one out at now_us. False, and nothing is taken, where there is none for him. */
bool share_spend(struct shared_rate *shared, struct share *share, struct rate_limit limit, int64_t now_us);

/* How long after now_us he is to wait, at most most_us, as rate_promise says it: of several that he asks for
 * each is promised another moment. */
int64_t share_promise(struct shared_rate *shared, struct share *share, struct rate_limit limit,
                      int64_t most_us, int64_t now_us);

/* Puts back what has been taken out for nothing. */
void share_give_back(struct shared_rate *shared, struct share *share, struct rate_limit limit,
                     int64_t now_us);

/* From when on there is nothing to be remembered of him; some time in the past where there is not. */
int64_t share_full_us(const struct share *share);

#endif
