#ifndef RELEVO_APP_DESK_TAIL_H
#define RELEVO_APP_DESK_TAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/transition.h"

/* The end of a workspace's log, kept in memory while somebody follows it: clients that have a thread open,
 * and consumers (ARCHITECTURE.md, "Every client is a cursor"). It is bounded by LIMIT_TAIL_ROWS and
 * LIMIT_TAIL_BYTES; older transitions are in the store. A follower only remembers a seq, so it may stop
 * reading for any time. */
struct tail {
    struct transition *ring; /* a ring of LIMIT_TAIL_ROWS entries; NULL while nobody follows */
    int64_t begin_seq;       /* it holds every transition after this seq */
    int64_t end_seq;         /* it holds every transition up to this seq */
    size_t body_bytes;       /* the size of the bodies in it */
};

/* Initializes a tail that keeps nothing. */
void tail_init(struct tail *tail);

/* Keeps what is added from now on; the next transition is the one after seq. */
void tail_start(struct tail *tail, int64_t seq);

/* Gives up everything that is kept. Does nothing where nothing is. */
void tail_stop(struct tail *tail);

static inline bool tail_is_kept(const struct tail *tail)
{
    return tail->ring != NULL;
}

/* Whether the tail has every transition after seq. */
static inline bool tail_covers(const struct tail *tail, int64_t seq)
{
    return tail_is_kept(tail) && seq >= tail->begin_seq;
}

/* Keeps the next transition (its seq must be end_seq + 1, asserted), and drops the oldest ones where there is
 * no room. It shares the transition's texts. An `erase` takes the name and the bodies of its conversation out
 * of the transitions before it. */
void tail_add(struct tail *tail, const struct transition *transition);

/* The transition with this seq, which is after begin_seq and not after end_seq (asserted). */
const struct transition *tail_at(const struct tail *tail, int64_t seq);

#endif
