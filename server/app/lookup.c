#include "app/lookup.h"

#include <assert.h>

#include "app/hub_private.h"
#include "app/principal.h"

void lookup_init(struct lookup *lookup, struct fair_queue *queue, void (*ask)(struct lookup *lookup))
{
    fair_item_init(&lookup->item);
    lookup->queue = queue;
    lookup->ask = ask;
}

void lookup_wait(struct lookup *lookup, struct desk *desk, struct principal *principal)
{
    assert(lookup->queue == &desk->hub->lookups);
    fair_queue_add(lookup->queue, &desk->lookups_turn, &principal->lookups, &lookup->item,
                   desk->hub->now.mono_us);
}

void lookup_wait_for_commands(struct lookup *lookup, struct desk *desk)
{
    assert(lookup->queue == &desk->hub->reads);
    fair_queue_add(lookup->queue, &desk->reads_turn, &desk->reads_source, &lookup->item,
                   desk->hub->now.mono_us);
}

void lookup_ask_at_once(struct lookup *lookup, struct desk *desk)
{
    fair_queue_take_at_once(lookup->queue, &desk->lookups_turn, &lookup->item);
    lookup->ask(lookup);
}

void lookup_end(struct lookup *lookup)
{
    fair_queue_end(lookup->queue, &lookup->item);
}

bool lookup_leave(struct lookup *lookup)
{
    if (lookup->item.state == FAIR_WAITING)
        fair_queue_remove(lookup->queue, &lookup->item);
    return lookup_is_asked(lookup);
}

static void ask_all(struct fair_queue *queue, int64_t now_us)
{
    struct fair_item *item;
    while ((item = fair_queue_take(queue, now_us)) != NULL) {
        struct lookup *lookup = CONTAINER_OF(item, struct lookup, item);
        lookup->ask(lookup);
    }
}

static bool hub_can_look_up(const struct hub *hub)
{
    return hub->store_is_up && !hub->is_draining;
}

int64_t hub_lookups_us(const struct hub *hub)
{
    int64_t paced_ms = fair_queue_deadline_ms(&hub->lookups);
    if (fair_queue_has_turn(&hub->reads))
        return hub->now.mono_us;
    if (!hub_can_look_up(hub))
        return INT64_MAX;
    if (fair_queue_has_turn(&hub->lookups))
        return hub->now.mono_us;
    return paced_ms == INT64_MAX ? INT64_MAX : paced_ms * 1000;
}

/* What commands wait for is asked for also where the database is away: they are refused then. */
void hub_ask_lookups(struct hub *hub)
{
    ask_all(&hub->reads, hub->now.mono_us);
    if (hub_can_look_up(hub))
        ask_all(&hub->lookups, hub->now.mono_us);
}
