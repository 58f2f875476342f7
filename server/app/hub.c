#include "app/hub.h"

#include <assert.h>
#include <stdlib.h>

#include "app/hub_private.h"
#include "app/laggards.h"
#include "app/presence_words.h"
#include "app/principal.h"
#include "app/session_private.h"
#include "base/alloc.h"
#include "base/log.h"
#include "protocol/limits.h"

/* Desks that may go in one turn. */
enum { UNLOADS_A_TURN = 16 };

/* Rows of given up rosters that are freed in one turn: some hundred microseconds. */
enum { ROWS_CLEARED_A_TURN = 1000 };

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

struct hub *hub_create(const struct hub_options *options)
{
    struct hub *hub = alloc_zeroed(sizeof(*hub));
    hub->options = *options;
    hub->now = options->now;
    timings_tell(&hub->timings, options->now.mono_us);
    map_init(&hub->desks, hub_desk_key, options->random);
    map_init(&hub->desks_by_id, hub_desk_id, options->random);
    map_init(&hub->principals, principal_key, options->random);
    deadlines_init(&hub->principal_alarms);
    list_init(&hub->desks_with_work);
    list_init(&hub->ready_desks);
    list_init(&hub->idle_desks);
    rubble_init(&hub->rubble);
    list_init(&hub->sessions);
    list_init(&hub->ready_sessions);
    watching_init(&hub->watching);
    fair_queue_init(&hub->lookups, LIMIT_LOOKUPS_AT_ONCE, LIMIT_LOOKUPS_OF_WORKSPACE_AT_ONCE,
                    (struct rate_limit){0, 0});
    hub_set_quotas(hub, &options->quotas);
    fair_queue_init(&hub->reads, LIMIT_READS_AT_ONCE, LIMIT_READS_OF_WORKSPACE_AT_ONCE,
                    (struct rate_limit){0, 0});
    fair_queue_init(&hub->arrivals, SIZE_MAX, SIZE_MAX, (struct rate_limit){0, 0});
    deadlines_init(&hub->dues);
    revocations_init(&hub->revocations, options->random);
    deadlines_init(&hub->session_alarms);
    deadlines_init(&hub->desk_alarms);
    deadlines_init(&hub->consumer_alarms);
    deadlines_init(&hub->quiet_ends);
    deadlines_init(&hub->presence_alarms);
    nodes_init(&hub->nodes);
    hub->node = hash_sip(options->random, bytes_of_string("node"));
    options->store->listener = hub_listener(hub);
    return hub;
}

/* Those who have been gone for long enough. */
static void hub_forget_principals(struct hub *hub, int64_t until_ms)
{
    struct deadline *first;
    while ((first = deadlines_first(&hub->principal_alarms)) != NULL && first->at_ms <= until_ms)
        principal_forget(CONTAINER_OF(first, struct principal, forget));
}

void hub_destroy(struct hub **place)
{
    struct hub *hub = *place;
    assert(list_is_empty(&hub->sessions));
    assert(!hub->is_asking_due && !hub->is_asking_heads && !hub->is_asking_revocations);
    size_t position = 0;
    struct desk *desk;
    while ((desk = map_next(&hub->desks, &position)) != NULL)
        desk_destroy(&desk);
    rubble_finish(&hub->rubble);
    map_finish(&hub->desks);
    map_finish(&hub->desks_by_id);
    deadlines_finish(&hub->dues);
    hub_forget_principals(hub, INT64_MAX);
    map_finish(&hub->principals);
    deadlines_finish(&hub->principal_alarms);
    revocations_finish(&hub->revocations);
    deadlines_finish(&hub->session_alarms);
    deadlines_finish(&hub->desk_alarms);
    deadlines_finish(&hub->consumer_alarms);
    deadlines_finish(&hub->quiet_ends);
    deadlines_finish(&hub->presence_alarms);
    fair_queue_finish(&hub->lookups);
    fair_queue_finish(&hub->reads);
    fair_queue_finish(&hub->arrivals);
    nodes_finish(&hub->nodes);
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
}

void hub_forget_id(struct hub *hub, struct desk *desk)
{
    if (map_get(&hub->desks_by_id, hub_desk_id(desk)) == desk)
        map_remove(&hub->desks_by_id, hub_desk_id(desk));
    list_remove(&desk->ready_link);
}

void hub_note_work(struct hub *hub, struct desk *desk)
{
    if (!list_is_linked(&desk->work_link))
        list_append(&hub->desks_with_work, &desk->work_link);
}

void hub_note_idle(struct hub *hub, struct desk *desk)
{
    desk->idle_since_us = hub->now.mono_us;
    list_append(&hub->idle_desks, &desk->idle_link);
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

/* Pauses that end in workspaces that are not loaded here: loading the desk is enough, it ends them itself. */

static void hub_due_done(struct store_request *request)
{
    struct store_due *due = store_due_of(request);
    struct hub *hub = CONTAINER_OF(due, struct hub, due);
    hub->is_asking_due = false;
    free((void *)due->watched_ids);
    for (size_t i = 0; i < due->workspaces_count; i++)
        hub_desk_of_due(hub, due, i);
    /* A full answer: there may be more behind it. */
    bool is_full = due->workspaces_count == LIMIT_DUE_WORKSPACES;
    hub->next_due_us = hub->now.mono_us + (is_full ? 100 : LIMIT_DUE_POLL_MS) * INT64_C(1000);
    store_request_finish(request);
}

static void hub_ask_due(struct hub *hub)
{
    int64_t *watched_ids = alloc_array(LIMIT_HEADS, sizeof(*watched_ids));
    size_t count = 0;
    LIST_FOR_EACH (link, &hub->ready_desks) {
        if (count == LIMIT_HEADS)
            break;
        watched_ids[count++] = CONTAINER_OF(link, struct desk, ready_link)->workspace_id;
    }
    /* Twice as far ahead as the next look: there is time to load. */
    hub->due = (struct store_due){.request = {.kind = STORE_DUE, .done = hub_due_done},
                                  .ahead_ms = 2 * LIMIT_DUE_POLL_MS,
                                  .watched_ids = watched_ids,
                                  .watched_count = count};
    hub->is_asking_due = true;
    hub->options.store->ops->ask(hub->options.store, &hub->due.request);
}

static bool hub_wants_due(const struct hub *hub)
{
    return hub->store_is_up && !hub->is_asking_due && !hub->is_draining;
}

/* What other nodes have committed, where a hint was lost: each answer is one. */

static void hub_heads_done(struct store_request *request)
{
    struct store_heads *heads = store_heads_of(request);
    struct hub *hub = CONTAINER_OF(heads, struct hub, heads);
    hub->is_asking_heads = false;
    for (size_t i = 0; request->outcome == STORE_OK && i < heads->workspaces_count; i++)
        hub_take_head(hub, heads->workspace_ids[i], heads->seqs[i], heads->marks_ms[i]);
    store_request_finish(request);
    free((void *)heads->workspace_ids);
}

static void hub_ask_heads(struct hub *hub)
{
    struct list asked;
    list_init(&asked);
    struct list *link;
    int64_t total = (int64_t)hub->desks_by_id.count;
    int64_t *ids = alloc_array(LIMIT_HEADS, sizeof(*ids));
    size_t count = 0;
    while (count < LIMIT_HEADS && (link = list_take_first(&hub->ready_desks)) != NULL) {
        struct desk *desk = CONTAINER_OF(link, struct desk, ready_link);
        desk->asked_head_seq = desk->roster.seq;
        ids[count++] = desk->workspace_id;
        list_append(&asked, link);
    }
    list_move_all(&hub->ready_desks, &asked);
    hub->next_heads_us = hub->now.mono_us + LIMIT_HEADS_POLL_MS * INT64_C(1000);
    if (count == 0) {
        free(ids);
        return;
    }
    /* Where they are more than can be asked for at once, each still has its turn in time. */
    if ((int64_t)count < total)
        hub->next_heads_us = hub->now.mono_us + LIMIT_HEADS_POLL_MS * INT64_C(1000) * (int64_t)count / total;
    hub->heads = (struct store_heads){.request = {.kind = STORE_HEADS, .done = hub_heads_done},
                                      .workspace_ids = ids,
                                      .workspaces_count = count};
    hub->is_asking_heads = true;
    hub->options.store->ops->ask(hub->options.store, &hub->heads.request);
}

static bool hub_wants_heads(const struct hub *hub)
{
    return hub->store_is_up && !hub->is_asking_heads && !hub->is_draining;
}

/* What sessions ask, and the store could not answer. */

void hub_note_query(struct hub *hub)
{
    if (hub->has_queries)
        return;
    hub->has_queries = true;
    hub->next_queries_us = hub->now.mono_us + LIMIT_QUERY_AGAIN_MS * INT64_C(1000);
}

static void hub_ask_queries(struct hub *hub)
{
    hub->has_queries = false;
    LIST_FOR_EACH (link, &hub->sessions)
        queries_ask(CONTAINER_OF(link, struct session, hub_link));
}

/* People at this node and at others. */

static void hub_lose_silent_nodes(struct hub *hub)
{
    uint64_t node;
    while (nodes_take_silent(&hub->nodes, hub_mono_ms(hub), &node)) {
        size_t position = 0;
        struct desk *desk;
        while ((desk = map_next(&hub->desks, &position)) != NULL)
            desk_presence_lose(desk, node);
    }
}

static bool hub_can_beat(const struct hub *hub)
{
    return hub->store_is_up && !list_is_empty(&hub->sessions) && !list_is_empty(&hub->ready_desks);
}

/* This node is there: said about any workspace, for who hears it hears it for all. */
static void hub_beat(struct hub *hub)
{
    const struct desk *desk = CONTAINER_OF(hub->ready_desks.next, struct desk, ready_link);
    struct presence_words words;
    presence_words_begin(&words, hub->node, LIMIT_NODE_SILENT_MS);
    struct store *store = hub->options.store;
    store->ops->tell(store, desk->workspace_id, bytes_make((const uint8_t *)words.text, words.size));
    hub->next_beat_us = hub->now.mono_us + LIMIT_NODE_BEAT_MS * INT64_C(1000);
}

/* While the database is away nothing that is due can be carried out: it waits, until it is back. */
static bool hub_can_carry_out_dues(const struct hub *hub)
{
    return hub_can_commit(hub) && hub->clock.is_known;
}

static void hub_carry_out_dues(struct hub *hub)
{
    int64_t now_ms = hub_now_ms(hub);
    struct deadline *first;
    while ((first = deadlines_first(&hub->dues)) != NULL && first->at_ms <= now_ms)
        desk_carry_out_dues(CONTAINER_OF(first, struct desk, due), now_ms);
}

/* While the database is away nothing that is known is given up. */
static bool hub_can_unload(const struct hub *hub)
{
    return hub->store_is_up && !hub->is_draining;
}

static int64_t hub_unload_us(const struct hub *hub, const struct list *link)
{
    return CONTAINER_OF(link, struct desk, idle_link)->idle_since_us +
           hub->options.limits.desk_idle_ms * 1000;
}

/* Desks that nobody has wanted for a while. */
static void hub_unload_idle(struct hub *hub)
{
    for (int i = 0; i < UNLOADS_A_TURN && !list_is_empty(&hub->idle_desks) &&
                    hub_unload_us(hub, hub->idle_desks.next) <= hub->now.mono_us;
         i++) {
        struct desk *desk = CONTAINER_OF(list_take_first(&hub->idle_desks), struct desk, idle_link);
        if (desk_is_wanted(desk))
            continue;
        if (!desk_may_go(desk)) {
            hub_note_idle(hub, desk);
            continue;
        }
        log_info("desk_unloaded", "workspace=%s", log_quote(text_string(desk->workspace)));
        hub->stats.desks_unloaded++;
        map_remove(&hub->desks, text_bytes(desk->workspace));
        desk_destroy(&desk);
    }
}

void hub_advance(struct hub *hub, struct moment now)
{
    assert(now.mono_us >= hub->now.mono_us);
    hub->now = now;
    timings_tell(&hub->timings, now.mono_us);
    struct deadline *first;
    while ((first = deadlines_first(&hub->session_alarms)) != NULL && first->at_ms <= hub_mono_ms(hub)) {
        deadlines_remove(&hub->session_alarms, first);
        session_alarm(CONTAINER_OF(first, struct session, alarm));
    }
    hub_forget_principals(hub, hub_mono_ms(hub));
    while ((first = deadlines_first(&hub->desk_alarms)) != NULL && first->at_ms <= hub_mono_ms(hub)) {
        deadlines_remove(&hub->desk_alarms, first);
        hub_note_work(hub, CONTAINER_OF(first, struct desk, alarm));
    }
    while ((first = deadlines_first(&hub->consumer_alarms)) != NULL && first->at_ms <= hub_mono_ms(hub)) {
        deadlines_remove(&hub->consumer_alarms, first);
        consumer_store_place(CONTAINER_OF(first, struct consumer, alarm));
    }
    while ((first = deadlines_first(&hub->quiet_ends)) != NULL && first->at_ms <= hub_mono_ms(hub)) {
        deadlines_remove(&hub->quiet_ends, first);
        consumer_tell_end(CONTAINER_OF(first, struct consumer, quiet_end));
    }
    while ((first = deadlines_first(&hub->presence_alarms)) != NULL && first->at_ms <= hub_mono_ms(hub)) {
        deadlines_remove(&hub->presence_alarms, first);
        desk_presence_advance(CONTAINER_OF(first, struct desk, presence.alarm));
    }
    laggards_look(hub);
    hub_lose_silent_nodes(hub);
    if (hub_can_beat(hub) && hub->next_beat_us <= now.mono_us)
        hub_beat(hub);
    if (hub_can_carry_out_dues(hub))
        hub_carry_out_dues(hub);
    if (hub_can_unload(hub))
        hub_unload_idle(hub);
    rubble_clear(&hub->rubble, ROWS_CLEARED_A_TURN);
    if (hub->has_queries && hub->next_queries_us <= now.mono_us)
        hub_ask_queries(hub);
    if (hub_wants_due(hub) && hub->next_due_us <= now.mono_us)
        hub_ask_due(hub);
    if (hub_wants_heads(hub) && hub->next_heads_us <= now.mono_us)
        hub_ask_heads(hub);
    if (hub_wants_revocations(hub) && hub->next_revocations_us <= now.mono_us)
        hub_ask_revocations(hub);
}

void hub_work(struct hub *hub)
{
    struct list work;
    hub_let_in(hub);
    list_init(&work);
    list_move_all(&work, &hub->desks_with_work);
    struct list *link;
    while ((link = list_take_first(&work)) != NULL)
        desk_work(CONTAINER_OF(link, struct desk, work_link));
    hub_ask_lookups(hub);
    if (!hub_is_settled(hub))
        return;
    /* Who still has an answer to come gets it first. */
    LIST_FOR_EACH (each, &hub->sessions) {
        struct session *session = CONTAINER_OF(each, struct session, hub_link);
        if (!session_has_frame(session))
            session_restart(session);
    }
}

static void take_earlier(int64_t *earliest_us, int64_t other_us)
{
    if (other_us < *earliest_us)
        *earliest_us = other_us;
}

int64_t hub_deadline_us(const struct hub *hub)
{
    int64_t earliest_us = INT64_MAX;
    const struct deadline *first;
    if ((first = deadlines_first(&hub->session_alarms)) != NULL)
        take_earlier(&earliest_us, first->at_ms * 1000);
    if ((first = deadlines_first(&hub->principal_alarms)) != NULL)
        take_earlier(&earliest_us, first->at_ms * 1000);
    if ((first = deadlines_first(&hub->desk_alarms)) != NULL)
        take_earlier(&earliest_us, first->at_ms * 1000);
    if ((first = deadlines_first(&hub->consumer_alarms)) != NULL)
        take_earlier(&earliest_us, first->at_ms * 1000);
    if ((first = deadlines_first(&hub->quiet_ends)) != NULL)
        take_earlier(&earliest_us, first->at_ms * 1000);
    if ((first = deadlines_first(&hub->presence_alarms)) != NULL)
        take_earlier(&earliest_us, first->at_ms * 1000);
    if (nodes_silence_ms(&hub->nodes) != INT64_MAX)
        take_earlier(&earliest_us, nodes_silence_ms(&hub->nodes) * 1000);
    if (hub_can_beat(hub))
        take_earlier(&earliest_us, hub->next_beat_us);
    if (hub->has_queries)
        take_earlier(&earliest_us, hub->next_queries_us);
    take_earlier(&earliest_us, hub_lookups_us(hub));
    take_earlier(&earliest_us, hub_arrivals_us(hub));
    if (hub_can_carry_out_dues(hub) && (first = deadlines_first(&hub->dues)) != NULL)
        take_earlier(&earliest_us, clock_mono_us(&hub->clock, first->at_ms));
    if (hub_can_unload(hub) && !list_is_empty(&hub->idle_desks))
        take_earlier(&earliest_us, hub_unload_us(hub, hub->idle_desks.next));
    if (hub_wants_due(hub))
        take_earlier(&earliest_us, hub->next_due_us);
    if (hub_wants_heads(hub))
        take_earlier(&earliest_us, hub->next_heads_us);
    if (hub_wants_revocations(hub))
        take_earlier(&earliest_us, hub->next_revocations_us);
    if (!list_is_empty(&hub->desks_with_work) || !rubble_is_cleared(&hub->rubble))
        take_earlier(&earliest_us, hub->now.mono_us);
    return earliest_us;
}

struct session *hub_take_ready(struct hub *hub)
{
    struct list *link = list_take_first(&hub->ready_sessions);
    return link == NULL ? NULL : CONTAINER_OF(link, struct session, subscriber.ready_link);
}

void hub_drain(struct hub *hub)
{
    hub->is_draining = true;
}

bool hub_is_settled(const struct hub *hub)
{
    if (!hub->is_draining || hub->is_asking_due || hub->is_asking_heads || hub->is_asking_revocations ||
        hub->lookups.taken_count > 0)
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
