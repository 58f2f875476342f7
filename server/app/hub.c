#include "app/hub.h"

#include <assert.h>
#include <stdlib.h>

#include "app/hub_private.h"
#include "app/laggards.h"
#include "app/principal.h"
#include "app/session_private.h"
#include "base/alloc.h"
#include "base/log.h"
#include "protocol/limits.h"

/* Desks that may go in one turn. */
enum { UNLOADS_A_TURN = 16 };

static struct bytes hub_desk_key(const void *value)
{
    const struct desk *desk = value;
    return text_bytes(desk->workspace);
}

static struct bytes hub_desk_id(const void *value)
{
    const struct desk *desk = value;
    return bytes_make((const uint8_t *)&desk->workspace_id, sizeof(desk->workspace_id));
}

static void hub_ask_queries(struct alarm *alarm);
static void hub_unload_idle(struct alarm *alarm);

struct hub *hub_create(const struct hub_options *options)
{
    struct hub *hub = alloc_zeroed(sizeof(*hub));
    hub->options = *options;
    hub->now = options->now;
    timings_tell(&hub->timings, options->now.mono_us);
    alarms_init(&hub->alarms);
    alarms_init(&hub->database_alarms);
    worklist_init(&hub->worklist);
    map_init(&hub->desks, hub_desk_key, options->random);
    map_init(&hub->desks_by_id, hub_desk_id, options->random);
    list_init(&hub->ready_desks);
    list_init(&hub->idle_desks);
    alarm_init(&hub->unload, hub_unload_idle);
    rubble_init(&hub->rubble, &hub->worklist);
    map_init(&hub->principals, principal_key, options->random);
    list_init(&hub->sessions);
    list_init(&hub->ready_sessions);
    alarm_init(&hub->queries_again, hub_ask_queries);
    watching_init(&hub->watching, laggards_look);
    hub_init_turns(hub);
    hub_set_quotas(hub, &options->quotas);
    revocations_init(&hub->revocations, options->random);
    hub_init_nodes(hub);
    polls_init(hub);
    options->store->listener = hub_listener(hub);
    return hub;
}

void hub_destroy(struct hub **place)
{
    struct hub *hub = *place;
    assert(list_is_empty(&hub->sessions) && !polls_are_asking(&hub->polls));
    size_t position = 0;
    struct desk *desk;
    while ((desk = map_next(&hub->desks, &position)) != NULL)
        desk_destroy(&desk);
    rubble_finish(&hub->rubble);
    map_finish(&hub->desks);
    map_finish(&hub->desks_by_id);
    principals_forget_all(hub);
    map_finish(&hub->principals);
    revocations_finish(&hub->revocations);
    hub_finish_turns(hub);
    nodes_finish(&hub->nodes);
    alarms_finish(&hub->alarms);
    alarms_finish(&hub->database_alarms);
    text_unref(&hub->epoch);
    free(hub);
    *place = NULL;
}

static struct desk *hub_desk(struct hub *hub, struct bytes workspace)
{
    struct desk *desk = map_get(&hub->desks, workspace);
    if (desk == NULL) {
        desk = desk_create(hub, workspace);
        map_add(&hub->desks, desk);
        hub_note_work(hub, desk);
    }
    return desk;
}

struct desk *hub_desk_of_identity(struct hub *hub, const struct identity *identity)
{
    return hub_desk(hub, text_bytes(identity->workspace));
}

struct desk *hub_desk_of_due(struct hub *hub, const struct store_due *due, size_t index)
{
    return hub_desk(hub, text_bytes(due->workspaces[index]));
}

/* The databases of two moments may give one id to two workspaces: the later counts. */
void hub_note_id(struct hub *hub, struct desk *desk)
{
    map_remove(&hub->desks_by_id, hub_desk_id(desk));
    map_add(&hub->desks_by_id, desk);
    list_append(&hub->ready_desks, &desk->ready_link);
    hub_set_beat(hub);
}

void hub_forget_id(struct hub *hub, struct desk *desk)
{
    if (map_get(&hub->desks_by_id, hub_desk_id(desk)) == desk)
        map_remove(&hub->desks_by_id, hub_desk_id(desk));
    list_remove(&desk->ready_link);
}

void hub_note_work(struct hub *hub, struct desk *desk)
{
    worklist_add(&hub->worklist, &desk->work);
}

void hub_note_idle(struct hub *hub, struct desk *desk)
{
    desk->idle_since_ms = hub_mono_ms(hub);
    list_append(&hub->idle_desks, &desk->idle_link);
    if (!alarm_is_set(&hub->unload))
        hub_watch_idle(hub);
}

int64_t hub_now_ms(const struct hub *hub)
{
    return hub->clock.is_known ? clock_ms(&hub->clock, hub->now.mono_us) : hub->now.wall_ms;
}

struct command_id hub_make_id(struct hub *hub)
{
    struct command_id id;
    do {
        uint8_t counter[9] = {0};
        store_be64(counter, ++hub->ids_made);
        store_be64(id.bytes, hash_sip(hub->options.random, bytes_make(counter, sizeof(counter))));
        counter[8] = 1;
        store_be64(id.bytes + 8, hash_sip(hub->options.random, bytes_make(counter, sizeof(counter))));
    } while (command_id_is_reserved(id));
    return id;
}

/* What sessions ask, and the store could not answer. */

void hub_note_query(struct hub *hub)
{
    if (!alarm_is_set(&hub->queries_again))
        alarms_set(&hub->alarms, &hub->queries_again, hub_mono_ms(hub) + LIMIT_QUERY_AGAIN_MS);
}

static void hub_ask_queries(struct alarm *alarm)
{
    struct hub *hub = CONTAINER_OF(alarm, struct hub, queries_again);
    LIST_FOR_EACH (link, &hub->sessions)
        queries_ask(CONTAINER_OF(link, struct session, hub_link));
}

/* Desks that nobody has wanted for a while. While the database is away nothing that is known is given up. */

static int64_t hub_unload_ms(const struct hub *hub, const struct list *link)
{
    return CONTAINER_OF(link, struct desk, idle_link)->idle_since_ms + hub->options.limits.desk_idle_ms;
}

/* A desk that is wanted before it rings is not missed then. */
void hub_watch_idle(struct hub *hub)
{
    if (hub_can_ask(hub) && !list_is_empty(&hub->idle_desks))
        alarms_set(&hub->alarms, &hub->unload, hub_unload_ms(hub, hub->idle_desks.next));
}

static void hub_unload(struct hub *hub, struct desk *desk)
{
    log_info("desk_unloaded", "workspace=%s", log_quote(text_string(desk->workspace)));
    hub->stats.desks_unloaded++;
    map_remove(&hub->desks, text_bytes(desk->workspace));
    desk_destroy(&desk);
}

static void hub_unload_idle(struct alarm *alarm)
{
    struct hub *hub = CONTAINER_OF(alarm, struct hub, unload);
    for (int i = 0; i < UNLOADS_A_TURN && hub_can_ask(hub) && !list_is_empty(&hub->idle_desks) &&
                    hub_unload_ms(hub, hub->idle_desks.next) <= hub_mono_ms(hub);
         i++) {
        struct desk *desk = CONTAINER_OF(list_take_first(&hub->idle_desks), struct desk, idle_link);
        if (desk_is_wanted(desk))
            continue;
        if (desk_may_go(desk))
            hub_unload(hub, desk);
        else
            hub_note_idle(hub, desk);
    }
    hub_watch_idle(hub);
}

/* The turns of the loop. */

/* While the database commits nothing nothing that is due can be carried out: it waits, until it does again.
 */
static bool hub_can_carry_out_dues(const struct hub *hub)
{
    return hub_can_commit(hub) && hub->clock.is_known;
}

void hub_advance(struct hub *hub, struct moment now)
{
    assert(now.mono_us >= hub->now.mono_us);
    hub->now = now;
    timings_tell(&hub->timings, now.mono_us);
    alarms_ring(&hub->alarms, hub_mono_ms(hub));
    if (hub_can_carry_out_dues(hub))
        alarms_ring(&hub->database_alarms, hub_now_ms(hub));
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
    worklist_run(&hub->worklist);
    if (hub_is_settled(hub))
        hub_restart_sessions(hub);
}

int64_t hub_deadline_us(const struct hub *hub)
{
    int64_t first_ms = alarms_first_ms(&hub->alarms);
    int64_t database_ms = hub_can_carry_out_dues(hub) ? alarms_first_ms(&hub->database_alarms) : INT64_MAX;
    int64_t first_us = first_ms == INT64_MAX ? INT64_MAX : first_ms * 1000;
    int64_t database_us = database_ms == INT64_MAX ? INT64_MAX : clock_mono_us(&hub->clock, database_ms);
    if (!worklist_is_empty(&hub->worklist))
        return hub->now.mono_us;
    return first_us < database_us ? first_us : database_us;
}

struct session *hub_take_ready(struct hub *hub)
{
    struct list *link = list_take_first(&hub->ready_sessions);
    return link == NULL ? NULL : CONTAINER_OF(link, struct session, subscriber.ready_link);
}

void hub_drain(struct hub *hub)
{
    hub->is_draining = true;
    polls_stop(hub);
}

bool hub_is_settled(const struct hub *hub)
{
    if (!hub->is_draining || polls_are_asking(&hub->polls) || hub->lookups.queue.taken_count > 0)
        return false;
    size_t position = 0;
    const struct desk *desk;
    while ((desk = map_next(&hub->desks, &position)) != NULL) {
        if (!desk_is_settled(desk))
            return false;
    }
    return true;
}

struct hub_stats hub_stats(const struct hub *hub)
{
    struct hub_stats stats = hub->stats;
    stats.timings = hub->timings.stats;
    stats.desks = hub->desks.count;
    stats.store_is_up = hub->store_is_up;
    stats.is_draining = hub->is_draining;
    stats.can_commit = hub_can_commit(hub);
    stats.is_ready = stats.can_commit && !hub->is_draining;
    return stats;
}
