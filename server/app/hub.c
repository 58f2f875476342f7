#include "app/hub.h"

#include <assert.h>
#include <stdlib.h>

#include "app/hub_private.h"
#include "app/laggards.h"
#include "app/principal.h"
#include "app/session_join.h"
#include "app/session_private.h"
#include "base/alloc.h"
#include "protocol/limits.h"

static void hub_ask_queries(struct alarm *alarm);

struct hub *hub_create(const struct node_options *options)
{
    struct hub *hub = alloc_zeroed(sizeof(*hub));
    node_init(&hub->node, options);
    hub_init_peers(hub);
    desks_init(&hub->desks, &hub->node);
    map_init(&hub->principals, principal_key, options->random);
    list_init(&hub->sessions);
    alarm_init(&hub->queries_again, hub_ask_queries);
    watching_init(&hub->watching, laggards_look);
    turns_init(&hub->node.arrivals, &hub->node, WORK_ARRIVALS, session_let_in);
    hub->node.arrivals.at_once_max = LIMIT_SIGN_INS_A_TURN;
    revocations_init(&hub->revocations, options->random);
    polls_init(hub);
    options->store->listener = hub_listener(hub);
    return hub;
}

void hub_destroy(struct hub **place)
{
    struct hub *hub = *place;
    assert(list_is_empty(&hub->sessions) && !polls_are_asking(&hub->polls));
    desks_finish(&hub->desks);
    principals_forget_all(hub);
    map_finish(&hub->principals);
    revocations_finish(&hub->revocations);
    node_finish(&hub->node);
    free(hub);
    *place = NULL;
}

/* What sessions ask, and the store could not answer. */

void hub_note_query(struct hub *hub)
{
    if (!alarm_is_set(&hub->queries_again))
        alarms_set(&hub->node.alarms, &hub->queries_again, node_mono_ms(&hub->node) + LIMIT_QUERY_AGAIN_MS);
}

static void hub_ask_queries(struct alarm *alarm)
{
    struct hub *hub = CONTAINER_OF(alarm, struct hub, queries_again);
    LIST_FOR_EACH (link, &hub->sessions)
        queries_ask(CONTAINER_OF(link, struct session, hub_link));
}

/* The turns of the loop. */

void hub_advance(struct hub *hub, struct moment now)
{
    node_advance(&hub->node, now);
}

/* Who still has an answer to come gets it first. */
static void hub_restart_sessions(struct hub *hub)
{
    LIST_FOR_EACH (each, &hub->sessions) {
        struct session *session = CONTAINER_OF(each, struct session, hub_link);
        if (!session_has_frame(session))
            session_restart(session);
    }
}

void hub_work(struct hub *hub)
{
    worklist_run(&hub->node.worklist);
    if (hub_is_settled(hub))
        hub_restart_sessions(hub);
}

int64_t hub_deadline_us(const struct hub *hub)
{
    return node_deadline_us(&hub->node);
}

struct session *hub_take_ready(struct hub *hub)
{
    struct list *link = list_take_first(&hub->node.ready);
    return link == NULL ? NULL : CONTAINER_OF(link, struct session, subscriber.ready_link);
}

void hub_drain(struct hub *hub)
{
    hub->node.is_draining = true;
    polls_stop(hub);
}

bool hub_is_settled(const struct hub *hub)
{
    return hub->node.is_draining && !polls_are_asking(&hub->polls) &&
           hub->node.lookups.queue.taken_count == 0 && desks_are_settled(&hub->desks);
}

void hub_set_quotas(struct hub *hub, const struct quotas *quotas)
{
    node_set_quotas(&hub->node, quotas);
}

struct node_stats hub_stats(const struct hub *hub)
{
    struct node_stats stats = hub->node.stats;
    stats.timings = hub->node.timings.stats;
    stats.desks = hub->desks.all.count;
    stats.store_is_up = hub->node.store_is_up;
    stats.is_draining = hub->node.is_draining;
    stats.can_commit = node_can_commit(&hub->node);
    stats.is_ready = stats.can_commit && !hub->node.is_draining;
    return stats;
}
