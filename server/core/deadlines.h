#ifndef RELEVO_CORE_DEADLINES_H
#define RELEVO_CORE_DEADLINES_H

#include <stddef.h>
#include <stdint.h>

/* A binary heap of points in time. Each deadline knows its index, so moving or removing one costs O(log n).
 * (What a conversation has due is in core/due.h.) */
struct deadline {
    int64_t at_ms;
    uint32_t index; /* in the heap; DEADLINE_NOWHERE: not in one, as deadline_init sets it */
};
#define DEADLINE_NOWHERE UINT32_MAX

struct deadlines {
    struct deadline **heap;
    size_t count;
    size_t room;
};

static inline void deadline_init(struct deadline *deadline)
{
    deadline->at_ms = 0;
    deadline->index = DEADLINE_NOWHERE;
}

void deadlines_init(struct deadlines *deadlines);
void deadlines_finish(struct deadlines *deadlines);

/* Sets the deadline to at_ms, and puts it into the heap if it is not there. */
void deadlines_set(struct deadlines *deadlines, struct deadline *deadline, int64_t at_ms);

/* Takes the deadline out. Does nothing where it is not in the heap. */
void deadlines_remove(struct deadlines *deadlines, struct deadline *deadline);

/* The earliest deadline, which stays in the heap; NULL: there is none. */
struct deadline *deadlines_first(const struct deadlines *deadlines);

/* Asserts every invariant. */
void deadlines_check(const struct deadlines *deadlines);

#endif
