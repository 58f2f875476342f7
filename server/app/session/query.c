/* The way of a query:
 *
 *                   its turn            right
 *   waiting, idle ──────────► asked ─────────────► done: owed, or taken by who made it
 *        ▲                      │                            │
 *        │   away, out of date  │                            │ erased, another database
 *        └──────────────────────┘◄───────────────────────────┘
 *
 * What may fail: the store is away, or what comes is out of date: the query is asked again, in a while. It
 * took too long: the client is told, and may ask for less. What the server itself asks is tried a few times,
 * and then the session is closed (1013). The session goes meanwhile: what comes is dropped. */
#include "app/session/query.h"

#include <assert.h>
#include <stdlib.h>

#include "app/session/private.h"
#include "protocol/encode.h"
#include "protocol/limits.h"

static struct query *query_of(struct list *link)
{
    return CONTAINER_OF(link, struct query, link);
}

void queries_init(struct queries *queries)
{
    list_init(&queries->waiting);
    list_init(&queries->owed);
}

void query_destroy(struct query *query)
{
    bool is_asked = lookup_leave(&query->lookup);
    assert(!is_asked);
    list_remove(&query->link);
    list_remove(&query->reply.link);
    store_request_finish(query->lookup.request);
    text_unref(&query->text);
    free(query);
}

/* Answers of the store. */

void query_owe(struct query *query)
{
    list_append(&query->session->queries.owed, &query->link);
    session_owe(query->session, &query->reply);
}

static void query_answer(struct query *query)
{
    list_remove(&query->link);
    query->ops->done(query);
}

/* The database was away, is another one by now, or what was read is out of date: the query is asked again. If
 * the database is there, that is in a while. */
static void query_wait(struct query *query)
{
    store_request_finish(query->lookup.request);
    struct alarm *again = &query->session->sessions->queries_again;
    struct node *node = session_node(query->session);
    if (!alarm_is_set(again))
        alarms_set(&node->alarms, again, node_mono_ms(node) + LIMIT_QUERY_AGAIN_MS);
}

/* The results were owed, but may no longer be told. */
static void query_ask_again(struct query *query)
{
    list_remove(&query->reply.link);
    list_remove(&query->link);
    list_append(&query->session->queries.waiting, &query->link);
    query_wait(query);
}

/* The client is told that its request took too long, and may ask for less. What the server itself asks is
 * tried a few times. */
static void query_fail_slow(struct query *query)
{
    struct session *session = query->session;
    session_node(session)->stats.lookups_slow++;
    query->is_too_slow = query->is_asked_by_client;
    if (query->is_too_slow)
        query_answer(query);
    else if (++query->slow_tries < LIMIT_SLOW_TRIES)
        query_wait(query);
    else
        session_close(session, CLOSE_TRY_LATER, "the database is too slow to tell what comes next",
                      principal_spread_ms(session->principal, LIMIT_RETRY_TOO_SLOW_MS));
}

/* Whether a row in it may have changed since it was asked, and been dropped from memory again. */
static bool query_is_late(const struct query *query)
{
    return query->ops->has_rows && query->asked_seq < desk_roster(query->session->desk)->floor_seq;
}

static void query_done(struct lookup *lookup)
{
    struct query *query = CONTAINER_OF(lookup, struct query, lookup);
    enum store_outcome outcome = lookup->request->outcome;
    if (query->session == NULL || query->session->state != SESSION_LIVE)
        query_destroy(query);
    else if (outcome == STORE_FAILED)
        session_close(query->session, CLOSE_INTERNAL, NULL, 0);
    else if (outcome == STORE_SLOW)
        query_fail_slow(query);
    else if (outcome != STORE_OK || query->is_void || !desk_is_ready(query->session->desk) ||
             query_is_late(query))
        query_wait(query);
    else
        query_answer(query);
}

/* Questions to the store. */

static bool query_ask(struct lookup *lookup)
{
    struct query *query = CONTAINER_OF(lookup, struct query, lookup);
    const struct session *session = query->session;
    if (!desk_is_ready(session->desk))
        return false;
    query->is_void = false;
    query->asked_seq = desk_roster(session->desk)->seq;
    query->ops->ask(query, desk_workspace_id(session->desk));
    return true;
}

static const struct lookup_ops query_lookup = {.ask = query_ask, .done = query_done};

size_t query_bodies_bytes(const struct store_history *history)
{
    size_t bytes = 0;
    for (size_t i = 0; i < history->transitions_count; i++)
        bytes += text_bytes(history->transitions[i].body).size;
    return bytes;
}

/* The size of what has been read for the client and not sent, or is about to be read. */
static size_t queries_bytes(const struct queries *queries)
{
    size_t bytes = 0;
    LIST_FOR_EACH (link, &queries->owed)
        bytes += query_of(link)->ops->bytes == NULL ? 0 : query_of(link)->ops->bytes(query_of(link));
    LIST_FOR_EACH (link, &queries->waiting)
        bytes += lookup_is_idle(&query_of(link)->lookup) ? 0 : LIMIT_ENTRIES_BYTES;
    return bytes;
}

void queries_ask(struct session *session)
{
    const struct node *node = session_node(session);
    if (session->state != SESSION_LIVE || !desk_is_ready(session->desk) || !node->store_is_up ||
        node->is_draining)
        return;
    LIST_FOR_EACH (link, &session->queries.waiting) {
        struct lookup *lookup = &query_of(link)->lookup;
        if (lookup_is_idle(lookup) && queries_bytes(&session->queries) < LIMIT_REPLIES_BYTES)
            lookup_wait(lookup, desk_lookups_turn(session->desk), &session->principal->lookups);
    }
}

void query_begin(struct query *query, const struct query_ops *ops, struct session *session,
                 struct store_request *request, struct bytes text)
{
    query->ops = ops;
    query->session = session;
    query->reply.kind = REPLY_QUERY;
    query->text = text_create(text);
    list_init(&query->reply.link);
    lookup_init(&query->lookup, &session_node(session)->lookups, request, &query_lookup);
    list_append(&session->queries.waiting, &query->link);
    desk_count_lookup(session->desk);
}

void queries_erase(struct session *session, struct bytes conversation)
{
    LIST_FOR_EACH (link, &session->queries.waiting)
        query_of(link)->is_void = true;
    LIST_FOR_EACH (link, &session->queries.owed) {
        struct query *query = query_of(link);
        if (query->ops->has_rows || bytes_equal(text_bytes(query->text), conversation))
            query_ask_again(query);
    }
}

void queries_start_over(struct session *session)
{
    LIST_FOR_EACH (link, &session->queries.owed)
        query_ask_again(query_of(link));
}

void queries_forget(struct session *session)
{
    LIST_FOR_EACH (link, &session->queries.owed)
        query_destroy(query_of(link));
    LIST_FOR_EACH (link, &session->queries.waiting) {
        struct query *query = query_of(link);
        query->session = NULL;
        list_remove(link);
        if (!lookup_leave(&query->lookup))
            query_destroy(query);
    }
}

/* Frames for the client. */

struct frame *query_refuse(const struct query *query)
{
    return encode_request_refused(query->ref, bytes_make(NULL, 0), REASON_TOO_SLOW, LIMIT_RETRY_TOO_SLOW_MS);
}

struct frame *query_take_frame(struct query *query)
{
    struct session *session = query->session;
    struct frame *frame = query->is_too_slow ? query->ops->refuse(query) : query->ops->encode(query);
    session->replies.requests_in_flight -= query->is_asked_by_client ? 1 : 0;
    query_destroy(query);
    queries_ask(session); /* there is room for more */
    return frame;
}
