#include "app/desk/discards.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/alloc.h"

struct discard {
    struct list link;
    struct roster roster;
    size_t position; /* how far it has been freed (roster_finish_some) */
};

/* How many rows are freed in one turn; that takes some hundred microseconds. */
enum { ROWS_A_TURN = 1000 };

static void discards_work(struct work *work)
{
    struct discards *discards = CONTAINER_OF(work, struct discards, work);
    discards_free_some(discards, ROWS_A_TURN);
    if (!discards_are_gone(discards))
        worklist_add(discards->worklist, work);
}

void discards_init(struct discards *discards, struct worklist *worklist)
{
    list_init(&discards->list);
    discards->worklist = worklist;
    work_init(&discards->work, WORK_DISCARD, discards_work);
}

void discards_finish(struct discards *discards)
{
    while (!discards_are_gone(discards))
        discards_free_some(discards, SIZE_MAX);
}

void discards_add(struct discards *discards, struct roster *roster)
{
    struct discard *discard = alloc_zeroed(sizeof(*discard));
    discard->roster = *roster;
    *roster = (struct roster){0};
    list_append(&discards->list, &discard->link);
    worklist_add(discards->worklist, &discards->work);
}

void discards_free_some(struct discards *discards, size_t rows)
{
    if (discards_are_gone(discards))
        return;
    struct discard *discard = CONTAINER_OF(discards->list.next, struct discard, link);
    if (!roster_finish_some(&discard->roster, &discard->position, rows))
        return;
    list_remove(&discard->link);
    free(discard);
}
