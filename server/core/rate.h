#ifndef RELEVO_CORE_RATE_H
#define RELEVO_CORE_RATE_H

#include <stdbool.h>
#include <stdint.h>

/* A token bucket, kept as one number: the moment up to which the bucket's earnings have been spent. It earns
 * per_s a second and holds `burst`, and is full at first. */
struct rate {
    int64_t spent_us;
    int64_t promised_us; /* the last moment that rate_promise has promised to anybody */
};

struct rate_limit {
    int64_t per_s; /* up to a million */
    int64_t burst;
};

void rate_init(struct rate *rate);

/* Takes one out at now_us of the monotonic clock. False, and nothing is taken, where there is none. */
bool rate_spend(struct rate *rate, struct rate_limit limit, int64_t now_us);

/* Takes one out, there or not, unless then more would be owed than what is earned in most_us. */
bool rate_overdraw(struct rate *rate, struct rate_limit limit, int64_t most_us, int64_t now_us);

/* From when on there is one to be taken out, if nobody takes one before: now_us or earlier where there is. */
int64_t rate_next_us(const struct rate *rate, struct rate_limit limit, int64_t now_us);

/* How long after now_us somebody is to wait: each is promised a moment of his own, one after the other as the
 * bucket earns, so that all who keep to it find one, as long as nobody else comes in between. From 1 to
 * most_us, beyond which nothing is promised; 0 where the bucket has one that nobody has been promised. */
int64_t rate_promise(struct rate *rate, struct rate_limit limit, int64_t most_us, int64_t now_us);

/* Takes so many more out, whether or not they are there: until they have been earned there is nothing to be
 * had. Less than none are put back. */
void rate_charge(struct rate *rate, struct rate_limit limit, int64_t more);

/* Puts back what has been taken out for nothing. */
void rate_give_back(struct rate *rate, struct rate_limit limit);

/* When it will be full again, if nothing more is taken; some time in the past where it is full. */
int64_t rate_full_us(const struct rate *rate, struct rate_limit limit);

#endif
