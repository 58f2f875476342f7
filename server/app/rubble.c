#include "app/rubble.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/alloc.h"

struct heap {
    struct list link;
    struct roster roster;
    size_t position; /* how far it has been cleared away */
};

void rubble_init(struct rubble *rubble)
{
    list_init(&rubble->heaps);
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
