#include "app/query.h"

#include <assert.h>
#include <stdlib.h>

#include "app/consumer.h"
#include "app/principal.h"
#include "app/watch.h"
#include "base/alloc.h"
#include "protocol/close.h"
#include "protocol/encode.h"
#include "protocol/limits.h"

void query_destroy(struct query *query)
{
    bool is_asked = lookup_leave(&query->lookup);
    assert(!is_asked);
    list_remove(&query->link);
    store_request_finish(&query->asked);
    text_unref(&query->text);
    free(query);
}

/* Coming back. */

/* Rows as they stand in memory, where they are held: what was read may be older than what the client has been
 * told. */
static void rows_freshen(const struct session *session, struct conversation *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct row *held = roster_find(&session->desk->roster, conversation_id(&rows[i]));
        if (held == NULL || held->conversation.seq <= rows[i].seq)
            continue;
        conversation_finish(&rows[i]);
        conversation_copy(&held->conversation, &rows[i]);
    }
}

/* When it has come, as what is held now may be given up before it leaves; and again when it leaves. */
static void query_freshen(struct query *query)
{
    if (query->kind == QUERY_PAGE)
        rows_freshen(query->session, query->page.rows, query->page.rows_count);
    else if (query->kind == QUERY_FIND)
        rows_freshen(query->session, query->find.rows, query->find.rows_count);
}

static void query_answer(struct query *query)
{
    struct session *session = query->session;
    list_remove(&query->link);
    if (query->kind == QUERY_PAGE && !query->is_too_slow)
        query->next = query->page.more ? query->page.rows[query->page.rows_count - 1].list_seq : 0;
    query_freshen(query);
    if (query->kind == QUERY_LOG)
        consumer_take_page(session, query);
    else
        session_add_reply(session, REPLY_QUERY, 0)->query = query;
}

/* The database was away, is another one by now, or what was read is out of date: it is asked again. Where the
 * database claims to be there, in a while. */
static void query_wait(struct query *query)
{
    store_request_finish(&query->asked);
    hub_note_query(query->session->hub);
}

/* The client is told what took too long, and may ask for less. What the server itself wants, so as to go on,
 * it tries a few times. */
static void query_fail_slow(struct query *query)
{
    struct session *session = query->session;
    session->hub->stats.lookups_slow++;
    query->is_too_slow = query->is_asked_by_client;
    if (query->is_too_slow && query->kind == QUERY_THREAD)
        watch_refuse(session, query);
    if (query->is_asked_by_client)
        query_answer(query);
    else if (++query->slow_tries < LIMIT_SLOW_TRIES)
        query_wait(query);
    else
        session_close(session, CLOSE_TRY_LATER, "the database is too slow to tell what comes next",
                      principal_spread_ms(session->principal, LIMIT_RETRY_TOO_SLOW_MS));
}

/* A row in it may have changed since it was asked for, and been given up again. */
static bool query_is_late(const struct query *query)
{
    bool has_rows = query->kind == QUERY_PAGE || query->kind == QUERY_FIND;
    return has_rows && query->asked_seq < query->session->desk->roster.floor_seq;
}

static void query_done(struct store_request *asked)
{
    struct query *query = CONTAINER_OF(asked, struct query, asked);
    enum store_outcome outcome = asked->outcome;
    lookup_end(&query->lookup);
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

/* Going out. */

static void query_ask_page(struct query *query, int64_t workspace_id)
{
    query->page = (struct store_page){.request = {.kind = STORE_PAGE, .done = query_done},
                                      .workspace_id = workspace_id,
                                      .before_list_seq = query->before,
                                      .limit = query->limit};
}

static void query_ask_history(struct query *query, int64_t workspace_id)
{
    if (query->kind == QUERY_THREAD)
        watch_place_query(query->session, query);
    query->history = (struct store_history){.request = {.kind = STORE_HISTORY, .done = query_done},
                                            .workspace_id = workspace_id,
                                            .conversation = text_bytes(query->text),
                                            .before_seq = query->before,
                                            .after_seq = query->after,
                                            .limit = query->limit,
                                            .messages_only = query->messages_only};
}

static void query_ask_find(struct query *query, int64_t workspace_id)
{
    query->find = (struct store_find){.request = {.kind = STORE_FIND, .done = query_done},
                                      .workspace_id = workspace_id,
                                      .text = text_bytes(query->text),
                                      .limit = query->limit};
}

static void query_ask_log(struct query *query, int64_t workspace_id)
{
    query->log = (struct store_log){.request = {.kind = STORE_LOG, .done = query_done},
                                    .workspace_id = workspace_id,
                                    .after_seq = query->after,
                                    .after_mark_ms = query->after_mark_ms,
                                    .channel = text_bytes(query->text)};
}

static void query_ask(struct lookup *lookup)
{
    struct query *query = CONTAINER_OF(lookup, struct query, lookup);
    struct store *store = query->session->hub->options.store;
    int64_t workspace_id = query->session->desk->workspace_id;
    if (query->session->state != SESSION_LIVE || !desk_is_ready(query->session->desk)) {
        lookup_end(lookup);
        query_wait(query);
        return;
    }
    query->is_void = false;
    query->asked_seq = query->session->desk->roster.seq;
    switch (query->kind) {
    case QUERY_PAGE: query_ask_page(query, workspace_id); break;
    case QUERY_HISTORY:
    case QUERY_THREAD: query_ask_history(query, workspace_id); break;
    case QUERY_FIND: query_ask_find(query, workspace_id); break;
    case QUERY_LOG: query_ask_log(query, workspace_id); break;
    }
    store->ops->ask(store, &query->asked);
}

/* What has come back holds, until it is sent. */
static size_t query_bytes(const struct query *query)
{
    bool has_bodies = query->kind == QUERY_HISTORY || query->kind == QUERY_THREAD;
    size_t bytes = 0;
    for (size_t i = 0; has_bodies && i < query->history.transitions_count; i++)
        bytes += text_bytes(query->history.transitions[i].body).size;
    return bytes;
}

/* Read for the client and not sent, or about to be. */
static size_t session_replies_bytes(const struct session *session)
{
    size_t bytes = 0;
    LIST_FOR_EACH (link, &session->requests) {
        const struct reply *reply = CONTAINER_OF(link, struct reply, link);
        bytes += reply->kind == REPLY_QUERY ? query_bytes(reply->query) : 0;
    }
    LIST_FOR_EACH (link, &session->queries) {
        const struct query *query = CONTAINER_OF(link, struct query, link);
        bytes += lookup_is_idle(&query->lookup) ? 0 : LIMIT_ENTRIES_BYTES;
    }
    return bytes;
}

void queries_ask(struct session *session)
{
    const struct hub *hub = session->hub;
    if (session->state != SESSION_LIVE || !desk_is_ready(session->desk) || !hub->store_is_up ||
        hub->is_draining)
        return;
    LIST_FOR_EACH (link, &session->queries) {
        struct query *query = CONTAINER_OF(link, struct query, link);
        bool has_room = query->kind == QUERY_LOG || session_replies_bytes(session) < LIMIT_REPLIES_BYTES;
        if (has_room && lookup_is_idle(&query->lookup))
            lookup_wait(&query->lookup, session->desk, session->principal);
    }
}

struct query *query_add(struct session *session, enum query_kind kind, struct bytes text)
{
    struct query *query = alloc_zeroed(sizeof(*query));
    query->kind = kind;
    query->session = session;
    query->text = text_create(text);
    lookup_init(&query->lookup, &session->hub->lookups, query_ask);
    list_append(&session->queries, &query->link);
    meter_count(&session->desk->lookups, session->hub->now.mono_us);
    return query;
}

struct query *query_find(const struct session *session, enum query_kind kind, const struct text *text)
{
    LIST_FOR_EACH (link, &session->queries) {
        struct query *query = CONTAINER_OF(link, struct query, link);
        if (query->kind == kind && !query->is_abandoned && text_equal(query->text, text))
            return query;
    }
    return NULL;
}

void query_ask_again(struct session *session, struct reply *reply)
{
    struct query *query = reply->query;
    reply->query = NULL;
    reply_destroy(reply);
    store_request_finish(&query->asked);
    list_append(&session->queries, &query->link);
    hub_note_query(session->hub);
}

void queries_void(struct session *session, struct bytes conversation)
{
    LIST_FOR_EACH (link, &session->queries)
        CONTAINER_OF(link, struct query, link)->is_void = true;
    LIST_FOR_EACH (link, &session->requests) {
        struct reply *reply = CONTAINER_OF(link, struct reply, link);
        if (reply->kind == REPLY_QUERY &&
            (reply->query->kind == QUERY_FIND || reply->query->kind == QUERY_PAGE ||
             bytes_equal(text_bytes(reply->query->text), conversation)))
            query_ask_again(session, reply);
    }
    if (session->consumer != NULL)
        consumer_void_page(session);
}

void queries_forget(struct session *session)
{
    LIST_FOR_EACH (link, &session->queries) {
        struct query *query = CONTAINER_OF(link, struct query, link);
        query->session = NULL;
        list_remove(link);
        if (!lookup_leave(&query->lookup))
            query_destroy(query);
    }
}

/* Answering the client. */

static struct frame *encode_page_of(const struct query *query)
{
    const struct conversation *rows[LIMIT_PAGE_ROWS];
    struct page page = {.ref = query->ref, .conversations = rows, .next_before_list_seq = query->next};
    for (size_t i = 0; i < query->page.rows_count; i++) {
        const struct conversation *row = &query->page.rows[i];
        if (row->list == LIST_COMPLETED)
            rows[page.conversations_count++] = row;
    }
    return encode_page(&page);
}

static struct frame *encode_found_of(const struct query *query)
{
    const struct conversation *rows[LIMIT_FIND_ROWS];
    for (size_t i = 0; i < query->find.rows_count; i++)
        rows[i] = &query->find.rows[i];
    return encode_found(&(struct found){.ref = query->ref,
                                        .conversations = rows,
                                        .conversations_count = query->find.rows_count,
                                        .more = query->find.more});
}

static struct frame *encode_history_of(const struct query *query)
{
    const struct store_history *read = &query->history;
    const struct transition *entries[LIMIT_HISTORY_ROWS];
    for (size_t i = 0; i < read->transitions_count; i++)
        entries[i] = &read->transitions[i];
    return encode_history(&(struct history){
        .ref = query->ref,
        .conversation = text_bytes(query->text),
        .transitions = entries,
        .transitions_count = read->transitions_count,
        .next_before = read->next_before_seq,
        .too_old = read->too_old,
    });
}

static struct frame *encode_refused_query(const struct query *query)
{
    bool is_watch = query->kind == QUERY_THREAD;
    return encode_request_refused(query->ref, is_watch ? text_bytes(query->text) : bytes_make(NULL, 0),
                                  REASON_TOO_SLOW, LIMIT_RETRY_TOO_SLOW_MS);
}

struct frame *query_encode(struct session *session, struct query *query)
{
    if (query->is_too_slow && !query->is_abandoned)
        return encode_refused_query(query);
    query_freshen(query);
    switch (query->kind) {
    case QUERY_PAGE: return encode_page_of(query);
    case QUERY_HISTORY: return encode_history_of(query);
    case QUERY_THREAD: return watch_encode(session, query);
    case QUERY_FIND: return encode_found_of(query);
    case QUERY_LOG: break;
    }
    assert(false); /* a page of the log is no answer */
    return NULL;
}
