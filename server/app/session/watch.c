/* The way of a watch: its beginning is read from the store. Once that has been sent, the watch is open and
 * follows the desk's tail. Where the tail does not reach back far enough, or a long body in it has been cut,
 * the missing part is read from the store, as another beginning.
 *
 * What may fail: reading takes too long. The client is told so, and the watch ends. */
#include "app/session/watch.h"

#include <stdlib.h>

#include "app/session/private.h"
#include "base/alloc.h"
#include "protocol/close.h"
#include "protocol/encode.h"
#include "protocol/limits.h"

/* What the client has to know of a thread before it follows what happens in it. There is no gap, and nothing
 * comes twice: the store gives what is there up to a seq, and the tail gives what comes after it. */
struct beginning {
    struct query query;
    struct store_history history;
    int64_t after;     /* the client has everything up to this seq; 0: it has nothing */
    int64_t before;    /* it ends before this seq */
    bool is_abandoned; /* the watch has ended or begun anew, before this was sent */
};

static const struct query_ops beginning_ops;

static struct beginning *beginning_of(const struct query *query)
{
    return CONTAINER_OF(query, struct beginning, query);
}

static struct watch *watch_of(struct list *link)
{
    return CONTAINER_OF(link, struct watch, link);
}

static struct watch *watch_find(const struct session *session, struct bytes conversation)
{
    LIST_FOR_EACH (link, &session->watches.list) {
        if (bytes_equal(text_bytes(watch_of(link)->conversation), conversation))
            return watch_of(link);
    }
    return NULL;
}

/* Beginnings that have not been sent are not needed any more, as the watch ends or begins anew. */
static void beginnings_abandon(const struct list *queries, struct bytes conversation)
{
    LIST_FOR_EACH (link, queries) {
        const struct query *query = CONTAINER_OF(link, struct query, link);
        if (query->ops == &beginning_ops && bytes_equal(text_bytes(query->text), conversation))
            beginning_of(query)->is_abandoned = true;
    }
}

static void watch_abandon_beginnings(struct session *session, struct bytes conversation)
{
    beginnings_abandon(&session->queries.waiting, conversation);
    beginnings_abandon(&session->queries.owed, conversation);
}

/* The beginning that waits for the store; NULL: there is none. */
static struct beginning *watch_find_beginning(const struct session *session, const struct watch *watch)
{
    LIST_FOR_EACH (link, &session->queries.waiting) {
        const struct query *query = CONTAINER_OF(link, struct query, link);
        if (query->ops == &beginning_ops && !beginning_of(query)->is_abandoned &&
            text_equal(query->text, watch->conversation))
            return beginning_of(query);
    }
    return NULL;
}

static struct beginning *watch_add_beginning(struct session *session, const struct watch *watch)
{
    struct beginning *beginning = alloc_zeroed(sizeof(*beginning));
    query_begin(&beginning->query, &beginning_ops, session, &beginning->history.request,
                text_bytes(watch->conversation));
    return beginning;
}

static void watch_destroy(struct session *session, struct watch *watch)
{
    list_remove(&watch->link);
    session->watches.count--;
    desk_unfollow(session->desk);
    text_unref(&watch->conversation);
    free(watch);
}

/* Reads what happened in the thread after a seq from the store; after 0, its newest entries. */
static void watch_read(struct session *session, struct watch *watch, int64_t after)
{
    struct beginning *beginning = watch_find_beginning(session, watch);
    watch->is_open = false;
    if (beginning == NULL)
        beginning = watch_add_beginning(session, watch);
    beginning->after = after;
    beginning->query.is_void = true; /* if it has been asked already, it is asked again */
}

static void watch_begin_anew(struct session *session, struct watch *watch)
{
    watch_read(session, watch, 0);
}

bool watches_have_room(const struct session *session, struct bytes conversation)
{
    return session->watches.count < LIMIT_WATCHES || watch_find(session, conversation) != NULL;
}

void watch_begin(struct session *session, const struct message_watch *message)
{
    struct watch *watch = watch_find(session, message->conversation);
    int64_t after =
        /* Before a welcome, the place that the client names may be of another database. */
        session->outbox.owes_welcome ? 0 : message->after;
    if (watch != NULL && watch->is_open && after > 0 && after < watch->seq)
        after = watch->seq; /* the client already has that, or it is on its way */
    watch_abandon_beginnings(session, message->conversation);
    if (watch == NULL) {
        watch = alloc_zeroed(sizeof(*watch));
        watch->conversation = text_create(message->conversation);
        list_append(&session->watches.list, &watch->link);
        session->watches.count++;
        desk_follow(session->desk);
    }
    watch->is_open = false;
    struct beginning *beginning = watch_add_beginning(session, watch);
    query_set_ref(&beginning->query, message->ref);
    beginning->after = after;
    queries_ask(session);
}

void watch_end(struct session *session, struct bytes conversation)
{
    struct watch *watch = watch_find(session, conversation);
    if (watch == NULL)
        return;
    watch_abandon_beginnings(session, conversation);
    watch_destroy(session, watch);
}

void watches_forget(struct session *session)
{
    LIST_FOR_EACH (link, &session->watches.list)
        watch_destroy(session, watch_of(link));
}

void watches_begin_anew(struct session *session)
{
    LIST_FOR_EACH (link, &session->watches.list)
        watch_begin_anew(session, watch_of(link));
    queries_ask(session);
}

/* Beginnings. */

static void beginning_ask(struct query *query, int64_t workspace_id)
{
    struct beginning *beginning = beginning_of(query);
    int64_t seq = desk_roster(query->session->desk)->seq;
    /* A client may know more than this node, from another node: that is not sent again. */
    beginning->before = (beginning->after > seq ? beginning->after : seq) + 1;
    beginning->history = (struct store_history){.request = {.kind = STORE_HISTORY},
                                                .workspace_id = workspace_id,
                                                .conversation = text_bytes(query->text),
                                                .before_seq = beginning->before,
                                                .after_seq = beginning->after,
                                                .limit = LIMIT_HISTORY_ROWS};
}

/* A thread that cannot be read is no longer watched. */
static void beginning_done(struct query *query)
{
    struct watch *watch = watch_find(query->session, text_bytes(query->text));
    if (query->is_too_slow && watch != NULL && !beginning_of(query)->is_abandoned)
        watch_destroy(query->session, watch);
    query_owe(query);
}

/* A client that asked is told that nothing has come after what it has. */
static struct frame *beginning_encode_abandoned(const struct query *query, const struct watch *watch)
{
    if (!query->is_asked_by_client)
        return NULL;
    return encode_thread(&(struct thread){
        .conversation = text_bytes(query->text),
        .has_ref = true,
        .ref = query->ref,
        .to = watch != NULL && watch->is_open ? watch->seq : beginning_of(query)->after,
    });
}

/* The store gives entries newest first; a thread is sent in order. Where the store cannot give everything
 * after what the client has, the client drops what it has (fresh). */
static struct frame *beginning_encode(struct query *query)
{
    const struct beginning *beginning = beginning_of(query);
    const struct store_history *read = &beginning->history;
    const struct transition *entries[LIMIT_HISTORY_ROWS];
    struct watch *watch = watch_find(query->session, text_bytes(query->text));
    if (beginning->is_abandoned)
        return beginning_encode_abandoned(query, watch);
    for (size_t i = 0; i < read->transitions_count; i++)
        entries[i] = &read->transitions[read->transitions_count - 1 - i];
    struct thread thread = {
        .conversation = text_bytes(query->text),
        .has_ref = query->is_asked_by_client,
        .ref = query->ref,
        .fresh = beginning->after == 0 || read->more || read->too_old,
        .to = beginning->before - 1,
        .transitions = entries,
        .transitions_count = read->transitions_count,
        .next_before = read->next_before_seq,
        .too_old = read->too_old,
    };
    watch->is_open = true;
    watch->seq = thread.to;
    return encode_thread(&thread);
}

static struct frame *beginning_refuse(const struct query *query)
{
    struct bytes conversation = text_bytes(query->text);
    if (beginning_of(query)->is_abandoned)
        return beginning_encode_abandoned(query, watch_find(query->session, conversation));
    return encode_request_refused(query->ref, conversation, REASON_TOO_SLOW, LIMIT_RETRY_TOO_SLOW_MS);
}

static size_t beginning_bytes(const struct query *query)
{
    return query_bodies_bytes(&beginning_of(query)->history);
}

static const struct query_ops beginning_ops = {.ask = beginning_ask,
                                               .done = beginning_done,
                                               .encode = beginning_encode,
                                               .refuse = beginning_refuse,
                                               .bytes = beginning_bytes};

/* What happens in open threads. */

int64_t watches_seq(const struct session *session)
{
    int64_t seq = INT64_MAX;
    LIST_FOR_EACH (link, &session->watches.list) {
        const struct watch *watch = watch_of(link);
        if (watch->is_open && watch->seq < seq)
            seq = watch->seq;
    }
    return seq;
}

static struct frame *watch_step(struct session *session, struct watch *watch)
{
    const struct tail *tail = desk_tail(session->desk);
    const struct transition *entries[LIMIT_HISTORY_ROWS];
    size_t count = 0;
    size_t body_bytes = 0;
    if (!tail_covers(tail, watch->seq)) {
        watch_begin_anew(session, watch); /* the client has not read for too long */
        queries_ask(session);
        return NULL;
    }
    for (; watch->seq < tail->end_seq && count < LIMIT_HISTORY_ROWS && body_bytes < LIMIT_ENTRIES_BYTES;
         watch->seq++) {
        const struct transition *entry = tail_at(tail, watch->seq + 1);
        if (!bytes_equal(conversation_id(&entry->after), text_bytes(watch->conversation)))
            continue;
        if (entry->is_cut)
            break;
        entries[count++] = entry;
        body_bytes += text_bytes(entry->body).size;
    }
    if (count == 0 && watch->seq < tail->end_seq) { /* the next entry's body is only in the store */
        watch_read(session, watch, watch->seq);
        queries_ask(session);
    }
    if (count == 0)
        return NULL;
    return encode_thread(&(struct thread){
        .conversation = text_bytes(watch->conversation),
        .to = watch->seq,
        .transitions = entries,
        .transitions_count = count,
    });
}

struct frame *watches_step(struct session *session)
{
    int64_t seq = watches_seq(session);
    LIST_FOR_EACH (link, &session->watches.list) {
        if (watch_of(link)->is_open && watch_of(link)->seq == seq)
            return watch_step(session, watch_of(link));
    }
    return NULL;
}
