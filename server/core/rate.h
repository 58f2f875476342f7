#ifndef RELEVO_CORE_RATE_H
#define RELEVO_CORE_RATE_H

#include <stdbool.h>
#include <stdint.h>

/* A token bucket. It earns per_s tokens a second, holds `burst`, and is full at first. It is kept as one
 * number: the time up to which its earnings have been spent. All times are in microseconds of the monotonic
 * clock. */
struct rate {
    int64_t spent_us;
    int64_t promised_us; /* the last time that rate_promise has promised */
};

struct rate_limit {
    int64_t per_s; /* up to a million */
    int64_t burst;
};

void rate_init(struct rate *rate);

/* Takes one token out at now_us. False: there is none, and nothing is taken. */
bool rate_spend(struct rate *rate, struct rate_limit limit, int64_t now_us);

/* Takes one token out even where there is none. False: the bucket would owe more than it earns in most_us,
 * and nothing is taken. */
bool rate_overdraw(struct rate *rate, struct rate_limit limit, int64_t most_us, int64_t now_us);

/* From when on a token can be taken, if none is taken before; now_us or earlier where there is one. */
int64_t rate_next_us(const struct rate *rate, struct rate_limit limit, int64_t now_us);

/* How long after now_us the caller should wait for a token. Each caller is promised another time, one after
 * the other as the bucket earns, so that each who keeps to it finds a token as long as nobody else takes one
 * in between. The result is from 1 to most_us, beyond which nothing is promised; 0: the bucket has a token
 * that has not been promised. */
int64_t rate_promise(struct rate *rate, struct rate_limit limit, int64_t most_us, int64_t now_us);

/* Takes `more` tokens out even where there are not so many; none can be spent until they have been earned. A
 * negative number puts tokens back. */
void rate_charge(struct rate *rate, struct rate_limit limit, int64_t more);

/* Puts one token back that was taken out but not used. */
void rate_give_back(struct rate *rate, struct rate_limit limit);

/* When the bucket will be full again, if nothing more is taken; a time in the past where it is full. */
int64_t rate_full_us(const struct rate *rate, struct rate_limit limit);

#endif
