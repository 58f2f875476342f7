/* The store as a whole: lanes that append, a reader, two for look-ups, a loader, a notifier, and what is said
 * to the listener.
 *
 * It comes up when the reader, the loader, at least one lane and one for look-ups are ready, and the notifier
 * has proved that sessions are kept (store/pooler). It goes down when the reader is lost, or that proof
 * fails. Without a lane, or where nothing is committed, it is stuck (store/commit_probe). Look-ups and loads
 * have connections of their own, so that a client that was away for long, or a very large desk, does not slow
 * the others; without such a connection they are refused. A notifier that is away costs only speed.
 *
 * A request's way, when all goes well: pg_ask puts it on the list of the connections that answer its kind
 * (store/statement) and returns; in a turn of the loop that follows, one of them that is free takes it, sends
 * it and hears; then store_request_answer calls its `done`. No `done` is called from within pg_ask.
 *
 * What may fail: the store is down, or commits nothing, or nobody is there for that kind: it goes on the list
 * of the refused, and is answered STORE_AWAY in the next turn. A connection is lost: what it has under way is
 * answered STORE_AWAY, but an append stays with its lane until it is known what became of it (lane.c). The
 * store goes down: what still waits is answered STORE_AWAY. */
#include "store/store_pg_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "protocol/limits.h"
#include "store/statement.h"

enum {
    LOOK_AGAIN_MS = 100,
    LANELESS_MS = 1000, /* a database that goes takes the lanes first or last */
};

/* Up and down. */

static bool pg_can_use(const struct store_pg *pg, const struct connection *connection)
{
    return connection_is_ready(connection) && text_equal(connection->fitness.epoch, pg->epoch);
}

/* Whether the notifier may still prove that sessions are kept, so that it is worth waiting for. Where no
 * pooler seems to be in between, the store does not wait for a notifier that cannot connect or may not
 * listen. */
static bool pg_awaits_proof(const struct store_pg *pg)
{
    const struct connection *connection = &pg->notifier.connection;
    if (!pg->reader.connection.fitness.is_direct)
        return true;
    switch (pg->notifier.state) {
    case NOTIFIER_AWAY: return !pg->was_up && connection->attempts == 0;
    case NOTIFIER_ENTERING: return connection->state == CONNECTION_BUSY;
    case NOTIFIER_PROVING: return true;
    case NOTIFIER_FREE:
    case NOTIFIER_SENT: break;
    }
    return false;
}

/* Whether each connection keeps its session (store/pooler), as far as is known. */
static bool pg_has_lasting_sessions(const struct store_pg *pg)
{
    return notifier_is_proven(&pg->notifier) ||
           (!pg->notifier.hears_nothing && (pg->is_up || !pg_awaits_proof(pg)));
}

static bool pg_can_look_up(const struct store_pg *pg)
{
    bool can = false;
    for (int i = 0; i < LOOKUPS; i++)
        can |= pg_can_use(pg, &pg->lookups[i].connection);
    return can;
}

static bool pg_has_lane(const struct store_pg *pg)
{
    bool has_lane = false;
    for (int i = 0; i < pg->lanes_count; i++)
        has_lane |= pg_can_use(pg, &pg->lanes[i].connection);
    return has_lane;
}

static bool pg_has_connections(const struct store_pg *pg)
{
    return pg_can_use(pg, &pg->reader.connection) &&
           (pg->is_up || (pg_has_lane(pg) && pg_can_look_up(pg) && pg_can_use(pg, &pg->loader.connection)));
}

static bool pg_can_serve(const struct store_pg *pg)
{
    return pg_has_connections(pg) && pg_has_lasting_sessions(pg);
}

static void pg_go_down(struct store_pg *pg)
{
    pg->is_up = false;
    pg->times_away++;
    pg->store.listener.down(pg->store.listener.context);
    store_requests_answer(&pg->append_queue, STORE_AWAY);
    store_requests_answer(&pg->read_queue, STORE_AWAY);
    store_requests_answer(&pg->lookup_queue, STORE_AWAY);
    store_requests_answer(&pg->loader.queue, STORE_AWAY);
}

static void pg_tell_stuck(struct store_pg *pg)
{
    const struct store_listener *listener = &pg->store.listener;
    if (pg->is_up && listener->stuck != NULL)
        listener->stuck(listener->context, pg->commit_probe.is_stuck);
}

static void pg_go_up(struct store_pg *pg)
{
    const struct store_listener *listener = &pg->store.listener;
    const struct fitness *seen = &pg->reader.connection.fitness;
    pg->is_up = true;
    pg->was_up = true;
    log_info("database_up", "epoch=%s", text_string(pg->epoch));
    listener->up(listener->context, text_bytes(pg->epoch));
    listener->clock(listener->context, seen->now_ms, seen->sent_us, seen->received_us);
    pg_tell_stuck(pg);
}

/* Where the connection has come to another database than the store was at, that database's epoch is taken,
 * and the connections to the old one are left, so that they come to the new one. */
static void pg_take_epoch(struct store_pg *pg, const struct connection *connection)
{
    struct text *epoch = connection->fitness.epoch;
    if (text_equal(pg->epoch, epoch))
        return;
    bool is_first = pg->epoch == NULL;
    text_assign(&pg->epoch, epoch);
    if (is_first)
        return;
    log_warn("database_changed", "epoch=%s", text_string(epoch));
    if (pg->is_up)
        pg_go_down(pg);
    struct connection *others[LIMIT_LANES + STORE_PG_CONNECTIONS_BESIDE] = {
        &pg->reader.connection, &pg->lookups[0].connection, &pg->lookups[1].connection,
        &pg->loader.connection, &pg->notifier.connection};
    for (int i = 0; i < pg->lanes_count; i++)
        others[i + STORE_PG_CONNECTIONS_BESIDE] = &pg->lanes[i].connection;
    for (int i = 0; i < pg->lanes_count + STORE_PG_CONNECTIONS_BESIDE; i++) {
        if (connection_is_ready(others[i]) && !text_equal(others[i]->fitness.epoch, epoch))
            connection_leave(others[i], "another database has taken over");
    }
}

static void pg_schedule_pump(struct store_pg *pg);

void pg_on_changed(void *context, struct connection *connection)
{
    struct store_pg *pg = context;
    if (connection_is_ready(connection))
        pg_take_epoch(pg, connection);
    bool can_serve = pg_can_serve(pg);
    if (pg->is_up && !can_serve)
        pg_go_down(pg);
    else if (!pg->is_up && can_serve)
        pg_go_up(pg);
    if (!pg_can_look_up(pg))
        store_requests_answer(&pg->lookup_queue, STORE_AWAY);
    pg_schedule_pump(pg);
}

/* Committing, or not. */

/* Appends that have not been sent are refused. Those that have been sent stay with their lanes. */
void pg_on_stuck(void *context)
{
    struct store_pg *pg = context;
    pg_tell_stuck(pg);
    LIST_FOR_EACH (link, &pg->append_queue) {
        if (!pg->commit_probe.is_stuck || store_append_of(store_request_of(link))->items_count == 0)
            continue;
        list_remove(link);
        list_append(&pg->refused, link);
    }
    pg_schedule_pump(pg);
}

void pg_on_look(uv_timer_t *timer)
{
    struct store_pg *pg = timer->data;
    if (!pg->is_up)
        return;
    if (pg_has_lane(pg))
        pg->laneless_us = 0;
    else if (pg->laneless_us == 0)
        pg->laneless_us = pg_now_us();
    bool is_laneless = pg->laneless_us != 0 && pg_now_us() - pg->laneless_us > LANELESS_MS * INT64_C(1000);
    commit_probe_look(&pg->commit_probe, pg_oldest_sent_us(pg), !is_laneless, pg_now_us());
}

void pg_on_failed(void *context, struct parameters *append, const char *why)
{
    commit_probe_note_failure(&((struct store_pg *)context)->commit_probe, append, why);
}

void pg_on_wrote(void *context)
{
    commit_probe_note_commit(&((struct store_pg *)context)->commit_probe);
}

bool pg_is_kept_waiting(void *context)
{
    return commit_probe_is_kept_waiting(&((struct store_pg *)context)->commit_probe, pg_now_us());
}

void pg_on_clock(void *context, int64_t database_ms, int64_t sent_us, int64_t received_us)
{
    const struct store_listener *listener = &((struct store_pg *)context)->store.listener;
    listener->clock(listener->context, database_ms, sent_us, received_us);
}

void pg_on_standbys(void *context, bool has_standbys)
{
    commit_probe_note_standbys(&((struct store_pg *)context)->commit_probe, has_standbys);
}

void pg_on_committed(void *context, int64_t workspace_id, int64_t seq)
{
    notifier_hint(&((struct store_pg *)context)->notifier, workspace_id, seq);
}

bool pg_has_patient_lane(void *context)
{
    const struct store_pg *pg = context;
    for (int i = 0; i < pg->lanes_count; i++) {
        if (lane_is_patient(&pg->lanes[i]))
            return true;
    }
    return false;
}

bool pg_is_taken(void *context, int64_t workspace_id)
{
    const struct store_pg *pg = context;
    for (int i = 0; i < pg->lanes_count; i++) {
        if (lane_has_workspace(&pg->lanes[i], workspace_id))
            return true;
    }
    return false;
}

/* Requests. */

static void on_pump(uv_timer_t *timer)
{
    struct store_pg *pg = timer->data;
    store_requests_answer(&pg->refused, STORE_AWAY);
    for (int i = 0; i < pg->lanes_count; i++)
        lane_pump(&pg->lanes[i]);
    reader_pump(&pg->reader);
    for (int i = 0; i < LOOKUPS; i++)
        reader_pump(&pg->lookups[i]);
    if (!pg->is_up && pg_can_serve(pg))
        pg_go_up(pg);
    else if (!pg->is_up &&
             pg_has_connections(
                 pg)) /* a notifier that cannot connect calls nobody: so it is looked at again */
        uv_timer_start(pg->pump_timer, on_pump, LOOK_AGAIN_MS, 0);
    if (pg->notifier.wants_telling && loader_speak(&pg->loader, bytes_of_string(pg->notifier.proof)))
        notifier_was_told(&pg->notifier);
    loader_pump(&pg->loader);
    notifier_pump(&pg->notifier);
}

static void pg_schedule_pump(struct store_pg *pg)
{
    if (pg->pump_timer != NULL)
        uv_timer_start(pg->pump_timer, on_pump, 0, 0);
}

static bool pg_can_be_asked(const struct store_pg *pg, struct store_request *request)
{
    bool is_for_commits = request->kind == STORE_APPEND && store_append_of(request)->items_count > 0;
    return pg->is_up && !(is_for_commits && pg->commit_probe.is_stuck);
}

/* The list that the request waits on: that of the connections for its kind, or the refused. */
static struct list *pg_queue(struct store_pg *pg, struct store_request *request)
{
    if (!pg_can_be_asked(pg, request))
        return &pg->refused;
    switch (statement_of(request->kind)->asked_of) {
    case ASKED_OF_LANES: return &pg->append_queue;
    case ASKED_OF_LOADER:
        return connection_is_ready(&pg->loader.connection) ? &pg->loader.queue : &pg->refused;
    case ASKED_OF_LOOKUPS: return pg_can_look_up(pg) ? &pg->lookup_queue : &pg->refused;
    case ASKED_OF_READER:
    case ASKED_OF_NOBODY: break;
    }
    return &pg->read_queue;
}

static void pg_ask(struct store *store, struct store_request *request)
{
    struct store_pg *pg = pg_of(store);
    request->asked_us = pg_now_us();
    list_init(&request->link);
    list_append(pg_queue(pg, request), &request->link);
    pg_schedule_pump(pg);
}

static void pg_tell(struct store *store, int64_t workspace_id, struct bytes words)
{
    struct store_pg *pg = pg_of(store);
    notifier_tell(&pg->notifier, workspace_id, words);
    pg_schedule_pump(pg);
}

const struct store_ops pg_ops = {.ask = pg_ask, .tell = pg_tell};
