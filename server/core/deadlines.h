#ifndef RELEVO_CORE_DEADLINES_H
#define RELEVO_CORE_DEADLINES_H

#include <stddef.h>
#include <stdint.h>

/* (What a conversation has due is in due.h.)
 *
 * A binary heap of points in time. Each deadline knows its place: moving or removing one costs O(log n). */
struct deadline {
    int64_t at_ms;
    uint32_t index; /* DEADLINE_NOWHERE: not in it. deadline_init first. */
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

/* Puts the deadline in, or moves it, to at_ms. */
void deadlines_set(struct deadlines *deadlines, struct deadline *deadline, int64_t at_ms);

/* Takes it out; harmless where it is not in it. */
void deadlines_remove(struct deadlines *deadlines, struct deadline *deadline);

/* The earliest, or NULL. It stays in. */
struct deadline *deadlines_first(const struct deadlines *deadlines);

/* Asserts every invariant. */
void deadlines_check(const struct deadlines *deadlines);

#endif
