#include "app/rubble.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/alloc.h"

struct heap {
    struct list link;
    struct roster roster;
    size_t position; /* how far it has been cleared away */
};

/* Rows that are freed in one turn: some hundred microseconds. */
enum { ROWS_A_TURN = 1000 };

static void rubble_work(struct work *work)
{
    struct rubble *rubble = CONTAINER_OF(work, struct rubble, work);
    rubble_clear(rubble, ROWS_A_TURN);
    if (!rubble_is_cleared(rubble))
        worklist_add(rubble->worklist, work);
}

void rubble_init(struct rubble *rubble, struct worklist *worklist)
{
    list_init(&rubble->heaps);
    rubble->worklist = worklist;
    work_init(&rubble->work, WORK_DISCARD, rubble_work);
}

void rubble_finish(struct rubble *rubble)
{
    while (!rubble_is_cleared(rubble))
        rubble_clear(rubble, SIZE_MAX);
}

void rubble_add(struct rubble *rubble, struct roster *roster)
{
    struct heap *heap = alloc_zeroed(sizeof(*heap));
    heap->roster = *roster;
    *roster = (struct roster){0};
    list_append(&rubble->heaps, &heap->link);
    worklist_add(rubble->worklist, &rubble->work);
}

void rubble_clear(struct rubble *rubble, size_t rows)
{
    if (rubble_is_cleared(rubble))
        return;
    struct heap *heap = CONTAINER_OF(rubble->heaps.next, struct heap, link);
    if (!roster_finish_some(&heap->roster, &heap->position, rows))
        return;
    list_remove(&heap->link);
    free(heap);
}
