/* The other nodes on this database: they are told that this node is there, and are heard. */
#include "app/desk/gossip.h"
#include "app/hub/private.h"
#include "protocol/limits.h"

/* A peer has fallen silent: the people at it have gone. */
static void hub_lose_peer(struct peers *peers, uint64_t number)
{
    struct hub *hub = CONTAINER_OF(peers, struct hub, node.peers);
    size_t position = 0;
    struct desk *desk;
    while ((desk = desks_next(hub->desks, &position)) != NULL)
        desk_presence_lose(desk, number);
}

void hub_hear_peer(struct hub *hub, int64_t workspace_id, struct bytes words)
{
    struct gossip_reader reader;
    if (!gossip_read(words, &reader) || reader.node == hub->node.number ||
        !peers_hear(&hub->node.peers, reader.node, node_mono_ms(&hub->node)))
        return;
    struct desk *desk = desks_find_id(hub->desks, workspace_id);
    if (desk != NULL)
        desk_presence_hear(desk, &reader);
}

static bool hub_can_beat(const struct hub *hub)
{
    return hub->node.store_is_up && !sessions_are_gone(hub->sessions) &&
           desks_first_ready(hub->desks) != NULL;
}

/* Tells the other nodes that this node is there. The message names some workspace, but every node that hears
 * it notes this node, whatever the workspace. */
static void hub_beat(struct alarm *alarm)
{
    struct hub *hub = CONTAINER_OF(alarm, struct hub, node.peers.beat);
    if (!hub_can_beat(hub))
        return;
    const struct desk *desk = desks_first_ready(hub->desks);
    struct gossip words;
    gossip_begin(&words, hub->node.number, LIMIT_NODE_SILENT_MS);
    struct store *store = hub->node.options.store;
    store->ops->tell(store, desk_workspace_id(desk), bytes_make((const uint8_t *)words.text, words.size));
    hub->node.peers.next_beat_ms = node_mono_ms(&hub->node) + LIMIT_NODE_BEAT_MS;
    peers_set_beat(&hub->node.peers);
}

void hub_init_peers(struct hub *hub)
{
    peers_init(&hub->node.peers, &hub->node.alarms, hub_lose_peer, hub_beat);
}
