#include "app/watch.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "protocol/close.h"
#include "protocol/encode.h"
#include "protocol/limits.h"

static struct watch *watch_of(struct list *link)
{
    return CONTAINER_OF(link, struct watch, link);
}

static struct watch *watch_find(const struct session *session, struct bytes conversation)
{
    LIST_FOR_EACH (link, &session->watches) {
        if (bytes_equal(text_bytes(watch_of(link)->conversation), conversation))
            return watch_of(link);
    }
    return NULL;
}

/* The beginnings that have not been told are of no use any more: what the client has by then is another's
 * business. */
static void session_abandon_beginnings(struct session *session, struct bytes conversation)
{
    LIST_FOR_EACH (link, &session->queries) {
        struct query *query = CONTAINER_OF(link, struct query, link);
        query->is_abandoned |=
            query->kind == QUERY_THREAD && bytes_equal(text_bytes(query->text), conversation);
    }
    LIST_FOR_EACH (link, &session->requests) {
        const struct reply *reply = CONTAINER_OF(link, struct reply, link);
        if (reply->kind == REPLY_QUERY && reply->query->kind == QUERY_THREAD &&
            bytes_equal(text_bytes(reply->query->text), conversation))
            reply->query->is_abandoned = true;
    }
}

static void watch_destroy(struct session *session, struct watch *watch)
{
    list_remove(&watch->link);
    session->watches_count--;
    desk_unfollow(session->desk);
    text_unref(&watch->conversation);
    free(watch);
}

/* What happened in it after a seq comes from the store; after 0, its newest entries. */
static void watch_read(struct session *session, struct watch *watch, int64_t after)
{
    struct query *query = query_find(session, QUERY_THREAD, watch->conversation);
    watch->is_open = false;
    if (query == NULL)
        query = query_add(session, QUERY_THREAD, text_bytes(watch->conversation));
    query->limit = LIMIT_HISTORY_ROWS;
    query->after = after;
    query->is_void = true; /* should it have been asked for less */
}

static void watch_begin_anew(struct session *session, struct watch *watch)
{
    watch_read(session, watch, 0);
}

void watch_place_query(const struct session *session, struct query *query)
{
    int64_t seq = session->desk->roster.seq;
    /* A client may know more from another node: that does not come again. */
    query->before = (query->after > seq ? query->after : seq) + 1;
}

bool watches_have_room(const struct session *session, struct bytes conversation)
{
    return session->watches_count < LIMIT_WATCHES || watch_find(session, conversation) != NULL;
}

void watch_begin(struct session *session, const struct message_watch *message)
{
    struct watch *watch = watch_find(session, message->conversation);
    int64_t after =
        session->owes_welcome ? 0 : message->after; /* of another database, and he has not read it */
    if (watch != NULL && watch->is_open && after > 0 && after < watch->seq)
        after = watch->seq; /* the rest is on its way to him */
    session_abandon_beginnings(session, message->conversation);
    if (watch == NULL) {
        watch = alloc_zeroed(sizeof(*watch));
        watch->conversation = text_create(message->conversation);
        list_append(&session->watches, &watch->link);
        session->watches_count++;
        desk_follow(session->desk);
    }
    watch->is_open = false;
    struct query *query = query_add(session, QUERY_THREAD, message->conversation);
    query_set_ref(query, message->ref);
    query->limit = LIMIT_HISTORY_ROWS;
    query->after = after;
    queries_ask(session);
}

void watch_end(struct session *session, struct bytes conversation)
{
    struct watch *watch = watch_find(session, conversation);
    if (watch == NULL)
        return;
    session_abandon_beginnings(session, conversation);
    watch_destroy(session, watch);
}

void watch_refuse(struct session *session, const struct query *query)
{
    struct watch *watch = watch_find(session, text_bytes(query->text));
    if (watch != NULL && !query->is_abandoned)
        watch_destroy(session, watch);
}

void watches_forget(struct session *session)
{
    LIST_FOR_EACH (link, &session->watches)
        watch_destroy(session, watch_of(link));
}

void watches_begin_anew(struct session *session)
{
    LIST_FOR_EACH (link, &session->watches)
        watch_begin_anew(session, watch_of(link));
    queries_ask(session);
}

/* Whoever asked is told that nothing has come after what he has. */
static struct frame *encode_abandoned(const struct query *query, const struct watch *watch)
{
    if (!query->is_asked_by_client)
        return NULL;
    return encode_thread(&(struct thread){
        .conversation = text_bytes(query->text),
        .has_ref = true,
        .ref = query->ref,
        .to = watch != NULL && watch->is_open ? watch->seq : query->after,
    });
}

/* The store gives them newest first; a thread is read in order. Where it cannot give all that came after what
 * the client has, what the client has is void. */
struct frame *watch_encode(struct session *session, const struct query *query)
{
    const struct store_history *read = &query->history;
    const struct transition *entries[LIMIT_HISTORY_ROWS];
    struct watch *watch = watch_find(session, text_bytes(query->text));
    if (query->is_abandoned)
        return encode_abandoned(query, watch);
    for (size_t i = 0; i < read->transitions_count; i++)
        entries[i] = &read->transitions[read->transitions_count - 1 - i];
    struct thread thread = {
        .conversation = text_bytes(query->text),
        .has_ref = query->is_asked_by_client,
        .ref = query->ref,
        .fresh = query->after == 0 || read->more || read->too_old,
        .to = query->before - 1,
        .transitions = entries,
        .transitions_count = read->transitions_count,
        .next_before = read->next_before_seq,
        .too_old = read->too_old,
    };
    watch->is_open = true;
    watch->seq = thread.to;
    return encode_thread(&thread);
}

int64_t watches_seq(const struct session *session)
{
    int64_t seq = INT64_MAX;
    LIST_FOR_EACH (link, &session->watches) {
        const struct watch *watch = watch_of(link);
        if (watch->is_open && watch->seq < seq)
            seq = watch->seq;
    }
    return seq;
}

static struct frame *watch_step(struct session *session, struct watch *watch)
{
    const struct tail *tail = &session->desk->tail;
    const struct transition *entries[LIMIT_HISTORY_ROWS];
    size_t count = 0;
    size_t body_bytes = 0;
    if (!tail_covers(tail, watch->seq)) {
        watch_begin_anew(session, watch); /* it has been away for too long */
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
    if (count == 0 && watch->seq < tail->end_seq) { /* at what is in the store alone */
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
    LIST_FOR_EACH (link, &session->watches) {
        if (watch_of(link)->is_open && watch_of(link)->seq == seq)
            return watch_step(session, watch_of(link));
    }
    return NULL;
}
