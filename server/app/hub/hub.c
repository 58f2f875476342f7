#include "app/hub/hub.h"

#include <assert.h>
#include <stdlib.h>

#include "app/hub/private.h"
#include "app/session/session.h"
#include "base/alloc.h"
#include "protocol/limits.h"

struct hub *hub_create(const struct node_options *options)
{
    struct hub *hub = alloc_zeroed(sizeof(*hub));
    node_init(&hub->node, options);
    hub_init_peers(hub);
    hub->desks = desks_create(&hub->node);
    hub->sessions = sessions_create(&hub->node, hub->desks);
    polls_init(hub);
    options->store->listener = hub_listener(hub);
    return hub;
}

void hub_destroy(struct hub **place)
{
    struct hub *hub = *place;
    assert(sessions_are_gone(hub->sessions) && !polls_are_asking(&hub->polls));
    desks_destroy(&hub->desks);
    sessions_destroy(&hub->sessions);
    node_finish(&hub->node);
    free(hub);
    *place = NULL;
}

/* Turns of the loop. */

void hub_advance(struct hub *hub, struct moment now)
{
    node_advance(&hub->node, now);
}

void hub_work(struct hub *hub)
{
    worklist_run(&hub->node.worklist);
    if (hub_is_settled(hub))
        sessions_restart(hub->sessions);
}

int64_t hub_deadline_us(const struct hub *hub)
{
    return node_deadline_us(&hub->node);
}

struct session *hub_connect(struct hub *hub, void *connection, struct address from)
{
    return session_create(hub->sessions, connection, from);
}

struct session *hub_take_ready(struct hub *hub)
{
    return sessions_take_ready(hub->sessions);
}

size_t hub_check_trust(struct hub *hub)
{
    return sessions_check_trust(hub->sessions);
}

void hub_drain(struct hub *hub)
{
    hub->node.is_draining = true;
    polls_stop(hub);
}

bool hub_is_settled(const struct hub *hub)
{
    return hub->node.is_draining && !polls_are_asking(&hub->polls) &&
           hub->node.lookups.queue.taken_count == 0 && desks_are_settled(hub->desks);
}

void hub_set_quotas(struct hub *hub, const struct quotas *quotas)
{
    node_set_quotas(&hub->node, quotas);
}

struct node_stats hub_stats(const struct hub *hub)
{
    struct node_stats stats = hub->node.stats;
    stats.timings = hub->node.timings.stats;
    stats.desks = desks_count(hub->desks);
    stats.store_is_up = hub->node.store_is_up;
    stats.is_draining = hub->node.is_draining;
    stats.can_commit = node_can_commit(&hub->node);
    stats.is_ready = stats.can_commit && !hub->node.is_draining;
    return stats;
}
