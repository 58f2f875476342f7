/* The other nodes on this database: who is with them, and with this one. */
#include "app/hub_private.h"
#include "app/presence_words.h"
#include "protocol/limits.h"

/* It has fallen silent: whoever was with it has gone. */
static void hub_lose_node(struct nodes *nodes, uint64_t number)
{
    struct hub *hub = CONTAINER_OF(nodes, struct hub, nodes);
    size_t position = 0;
    struct desk *desk;
    while ((desk = map_next(&hub->desks, &position)) != NULL)
        desk_presence_lose(desk, number);
}

void hub_hear_node(struct hub *hub, int64_t workspace_id, struct bytes words)
{
    struct presence_reader reader;
    if (!presence_words_read(words, &reader) || reader.node == hub->node ||
        !nodes_hear(&hub->nodes, reader.node, hub_mono_ms(hub)))
        return;
    struct desk *desk = hub_find_id(hub, workspace_id);
    if (desk != NULL)
        desk_presence_hear(desk, &reader);
}

static bool hub_can_beat(const struct hub *hub)
{
    return hub->store_is_up && !list_is_empty(&hub->sessions) && !list_is_empty(&hub->ready_desks);
}

void hub_set_beat(struct hub *hub)
{
    if (hub_can_beat(hub) && !alarm_is_set(&hub->beat))
        alarms_set(&hub->alarms, &hub->beat, hub->next_beat_ms);
}

/* This node is there: said about any workspace, for who hears it hears it for all. */
static void hub_beat(struct alarm *alarm)
{
    struct hub *hub = CONTAINER_OF(alarm, struct hub, beat);
    if (!hub_can_beat(hub))
        return;
    const struct desk *desk = CONTAINER_OF(hub->ready_desks.next, struct desk, ready_link);
    struct presence_words words;
    presence_words_begin(&words, hub->node, LIMIT_NODE_SILENT_MS);
    struct store *store = hub->options.store;
    store->ops->tell(store, desk->workspace_id, bytes_make((const uint8_t *)words.text, words.size));
    hub->next_beat_ms = hub_mono_ms(hub) + LIMIT_NODE_BEAT_MS;
    hub_set_beat(hub);
}

void hub_init_nodes(struct hub *hub)
{
    hub->node = hash_sip(hub->options.random, bytes_of_string("node"));
    nodes_init(&hub->nodes, &hub->alarms, hub_lose_node);
    alarm_init(&hub->beat, hub_beat);
}
