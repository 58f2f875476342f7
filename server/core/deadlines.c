#include "core/deadlines.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"

void deadlines_init(struct deadlines *deadlines)
{
    *deadlines = (struct deadlines){0};
}

void deadlines_finish(struct deadlines *deadlines)
{
    free(deadlines->heap);
    deadlines_init(deadlines);
}

static void deadlines_put(struct deadlines *deadlines, size_t index, struct deadline *deadline)
{
    deadlines->heap[index] = deadline;
    assert(index < DEADLINE_NOWHERE);
    deadline->index = (uint32_t)index;
}

static void deadlines_sift_up(struct deadlines *deadlines, size_t index)
{
    struct deadline *deadline = deadlines->heap[index];
    while (index > 0) {
        size_t parent = (index - 1) / 2;
        if (deadlines->heap[parent]->at_ms <= deadline->at_ms)
            break;
        deadlines_put(deadlines, index, deadlines->heap[parent]);
        index = parent;
    }
    deadlines_put(deadlines, index, deadline);
}

static void deadlines_sift_down(struct deadlines *deadlines, size_t index)
{
    struct deadline *deadline = deadlines->heap[index];
    for (;;) {
        size_t child = 2 * index + 1;
        if (child + 1 < deadlines->count && deadlines->heap[child + 1]->at_ms < deadlines->heap[child]->at_ms)
            child++;
        if (child >= deadlines->count || deadlines->heap[child]->at_ms >= deadline->at_ms)
            break;
        deadlines_put(deadlines, index, deadlines->heap[child]);
        index = child;
    }
    deadlines_put(deadlines, index, deadline);
}

/* The one at `index` may be out of order in either direction; only one of the two moves it. */
static void deadlines_restore(struct deadlines *deadlines, size_t index)
{
    struct deadline *deadline = deadlines->heap[index];
    deadlines_sift_up(deadlines, index);
    deadlines_sift_down(deadlines, deadline->index);
}

void deadlines_set(struct deadlines *deadlines, struct deadline *deadline, int64_t at_ms)
{
    if (deadline->index == DEADLINE_NOWHERE) {
        if (deadlines->count == deadlines->room) {
            deadlines->room = deadlines->room == 0 ? 16 : deadlines->room * 2;
            deadlines->heap = alloc_resize(deadlines->heap, deadlines->room, sizeof(struct deadline *));
        }
        deadlines_put(deadlines, deadlines->count++, deadline);
    }
    assert(deadlines->heap[deadline->index] == deadline);
    deadline->at_ms = at_ms;
    deadlines_restore(deadlines, deadline->index);
}

void deadlines_remove(struct deadlines *deadlines, struct deadline *deadline)
{
    size_t index = deadline->index;
    if (index == DEADLINE_NOWHERE)
        return;
    assert(deadlines->heap[index] == deadline);
    deadline->index = DEADLINE_NOWHERE;
    struct deadline *last = deadlines->heap[--deadlines->count];
    if (last == deadline)
        return;
    deadlines_put(deadlines, index, last);
    deadlines_restore(deadlines, index);
}

struct deadline *deadlines_first(const struct deadlines *deadlines)
{
    return deadlines->count == 0 ? NULL : deadlines->heap[0];
}

void deadlines_check(const struct deadlines *deadlines)
{
    assert(deadlines->count <= deadlines->room);
    for (size_t i = 0; i < deadlines->count; i++) {
        assert(deadlines->heap[i]->index == i);
        assert(deadlines->heap[(i == 0 ? 0 : i - 1) / 2]->at_ms <= deadlines->heap[i]->at_ms);
    }
}
