#ifndef RELEVO_APP_DESK_TAIL_H
#define RELEVO_APP_DESK_TAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/transition.h"

/* The end of a workspace's log, kept in memory while somebody follows it: threads that are open, and
 * consumers (ARCHITECTURE.md, "Every client is a cursor"). Bounded by LIMIT_TAIL_ROWS and LIMIT_TAIL_BYTES;
 * what is older is in the store. A follower is a seq, so it may be away for as long as it likes. */
struct tail {
    struct transition *ring; /* LIMIT_TAIL_ROWS of them; NULL while nobody follows */
    int64_t begin_seq;       /* it holds everything after it, */
    int64_t end_seq;         /* up to this */
    size_t body_bytes;
};

/* Nobody follows, and nothing is kept. */
void tail_init(struct tail *tail);

/* From now on what is added is kept: what comes after seq. */
void tail_start(struct tail *tail, int64_t seq);

/* Nobody follows any more. Harmless where nobody did. */
void tail_stop(struct tail *tail);

static inline bool tail_is_kept(const struct tail *tail)
{
    return tail->ring != NULL;
}

/* Whether everything after seq is here. */
static inline bool tail_covers(const struct tail *tail, int64_t seq)
{
    return tail_is_kept(tail) && seq >= tail->begin_seq;
}

/* Keeps the next transition (its seq is end_seq + 1, asserted), at the cost of the oldest. Shares its
 * strings. An `erase` takes the name and the bodies of its conversation out of what is kept. */
void tail_add(struct tail *tail, const struct transition *transition);

/* The transition with this seq, which is after begin_seq and not after end_seq (asserted). */
const struct transition *tail_at(const struct tail *tail, int64_t seq);

#endif
