#include "app/lookup.h"

#include <assert.h>

#include "app/hub_private.h"
#include "app/principal.h"

void lookup_init(struct lookup *lookup, struct turns *turns, void (*ask)(struct lookup *lookup))
{
    fair_item_init(&lookup->item);
    lookup->turns = turns;
    lookup->ask = ask;
}

void lookup_wait(struct lookup *lookup, struct desk *desk, struct principal *principal)
{
    assert(lookup->turns == &desk->hub->lookups);
    turns_wait(lookup->turns, &desk->lookups_turn, &principal->lookups, &lookup->item);
}

void lookup_wait_for_commands(struct lookup *lookup, struct desk *desk)
{
    assert(lookup->turns == &desk->hub->reads);
    turns_wait(lookup->turns, &desk->reads_turn, &desk->reads_source, &lookup->item);
}

void lookup_ask_at_once(struct lookup *lookup, struct desk *desk)
{
    fair_queue_take_at_once(&lookup->turns->queue, &desk->lookups_turn, &lookup->item);
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
