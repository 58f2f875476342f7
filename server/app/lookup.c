#include "app/lookup.h"

#include "base/alloc.h"

void lookup_init(struct lookup *lookup, struct turns *turns, void (*ask)(struct lookup *lookup))
{
    fair_item_init(&lookup->item);
    lookup->turns = turns;
    lookup->ask = ask;
}

void lookup_wait(struct lookup *lookup, struct fair_group *workspace, struct fair_source *source)
{
    turns_wait(lookup->turns, workspace, source, &lookup->item);
}

void lookup_ask_at_once(struct lookup *lookup, struct fair_group *workspace)
{
    fair_queue_take_at_once(&lookup->turns->queue, workspace, &lookup->item);
    lookup->ask(lookup);
}

void lookup_end(struct lookup *lookup)
{
    turns_end(lookup->turns, &lookup->item);
}

bool lookup_leave(struct lookup *lookup)
{
    if (lookup->item.state == FAIR_WAITING)
        fair_queue_remove(&lookup->turns->queue, &lookup->item);
    return lookup_is_asked(lookup);
}

void lookup_take(struct fair_item *item)
{
    struct lookup *lookup = CONTAINER_OF(item, struct lookup, item);
    lookup->ask(lookup);
}
