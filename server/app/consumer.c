/* A consumer's way, from hello to its end:
 *
 *                asked for its place              known
 *   DETACHED ──────────────────────► ATTACHING ─────────► FOLLOWING
 *        ▲           away                │
 *        └───────────────────────────────┘
 */
#include "app/consumer.h"

#include <assert.h>
#include <stdlib.h>

#include "app/principal.h"
#include "app/session_join.h"
#include "base/alloc.h"
#include "base/log.h"
#include "protocol/close.h"
#include "protocol/encode.h"
#include "protocol/limits.h"

enum { ATTACH_AGAIN_MS = 500 };

/* The consumer's place in the store's hands; the consumer may go meanwhile. */
struct place {
    struct store_consume asked;
    struct lookup lookup;
    struct consumer *consumer; /* NULL: gone */
    struct text *owner;
    struct text *name;
};

static void consumer_enter_state(struct consumer *consumer, enum consumer_state state)
{
    consumer->state = state;
}

static void consumer_set_alarm(struct consumer *consumer, int64_t in_ms)
{
    struct hub *hub = consumer->session->hub;
    deadlines_set(&hub->consumer_alarms, &consumer->alarm, hub_mono_ms(hub) + in_ms);
}

/* The place. */

static void place_destroy(struct place *place)
{
    text_unref(&place->owner);
    text_unref(&place->name);
    free(place);
}

/* One connection for each name: those that were there before, here, go at once. False: there is a newer one.
 */
static bool consumer_replace_others(const struct consumer *consumer)
{
    const struct session *own = consumer->session;
    LIST_FOR_EACH (link, &own->desk->sessions) {
        struct session *other = CONTAINER_OF(link, struct session, desk_link);
        if (other == own || other->consumer == NULL || other->consumer->state != CONSUMER_FOLLOWING ||
            other->identity.role != own->identity.role || !text_equal(other->identity.id, own->identity.id) ||
            !text_equal(other->consumer->name, consumer->name))
            continue;
        if (other->consumer->generation > consumer->generation)
            return false;
        session_close(other, CLOSE_REPLACED, NULL, 0);
    }
    return true;
}

static void consumer_attached(struct consumer *consumer, const struct store_consume *request)
{
    consumer->slow_tries = 0;
    struct session *session = consumer->session;
    if (request->result == CONSUME_TOO_MANY) {
        session_close(session, CLOSE_TRY_LATER, "the workspace has as many consumers as it may have", 0);
        return;
    }
    consumer->generation = request->generation_r;
    if (!consumer_replace_others(consumer)) {
        session_close(session, CLOSE_REPLACED, NULL, 0);
        return;
    }
    consumer->is_resumed = request->is_resumed_r;
    consumer->seq = consumer->sent_seq = request->acked_seq_r;
    consumer->mark_ms = consumer->sent_mark_ms = request->acked_mark_r;
    consumer->acked_seq = consumer->stored_seq = request->acked_seq_r;
    consumer->acked_mark_ms = request->acked_mark_r;
    consumer_enter_state(consumer, CONSUMER_FOLLOWING);
    consumer_set_alarm(consumer, LIMIT_CONSUMER_LOOK_MS);
    session_try_join(session);
}

static void consumer_stored(struct consumer *consumer, const struct store_consume *request)
{
    if (request->result == CONSUME_REPLACED) {
        session_close(consumer->session, CLOSE_REPLACED, NULL, 0);
        return;
    }
    if (request->result == CONSUME_OTHER_LOG) {
        desk_catch_up(consumer->session->desk, NULL); /* which finds it out */
        consumer_set_alarm(consumer, ATTACH_AGAIN_MS);
        return;
    }
    consumer->slow_tries = 0;
    consumer->stored_seq = request->acked_seq_r;
    bool has_more = consumer->acked_seq > consumer->stored_seq;
    consumer_set_alarm(consumer, has_more ? LIMIT_ACK_MS : LIMIT_CONSUMER_LOOK_MS);
}

static void place_done(struct store_request *request)
{
    struct place *place = CONTAINER_OF(request, struct place, asked.request);
    struct consumer *consumer = place->consumer;
    lookup_end(&place->lookup);
    if (consumer != NULL)
        consumer->place = NULL;
    if (consumer == NULL || consumer->session->state == SESSION_CLOSING) {
        /* Nobody waits for it. */
    } else if (request->outcome == STORE_FAILED) {
        session_close(consumer->session, CLOSE_INTERNAL, NULL, 0);
    } else if (request->outcome == STORE_SLOW && ++consumer->slow_tries >= LIMIT_SLOW_TRIES) {
        session_close(consumer->session, CLOSE_TRY_LATER, "the database is too slow to keep its place",
                      principal_spread_ms(consumer->session->principal, LIMIT_RETRY_TOO_SLOW_MS));
    } else if (request->outcome != STORE_OK) {
        if (consumer->state == CONSUMER_ATTACHING)
            consumer_enter_state(consumer, CONSUMER_DETACHED);
        consumer_set_alarm(consumer, ATTACH_AGAIN_MS);
    } else if (consumer->state == CONSUMER_ATTACHING) {
        consumer_attached(consumer, &place->asked);
    } else {
        consumer_stored(consumer, &place->asked);
    }
    place_destroy(place);
}

static int64_t consumer_mark_of(const struct consumer *consumer, int64_t seq)
{
    return seq == consumer->sent_seq ? consumer->sent_mark_ms
                                     : roster_mark_ms(&consumer->session->desk->roster, seq);
}

/* What the roster knows is as far as the consumer can have got, and of the same log. */
static void place_ask(struct lookup *lookup)
{
    struct place *place = CONTAINER_OF(lookup, struct place, lookup);
    const struct session *session = place->consumer->session;
    const struct desk *desk = session->desk;
    struct store *store = session->hub->options.store;
    if (!desk_is_ready(desk)) {
        place->asked.request.outcome = STORE_AWAY;
        place_done(&place->asked.request);
        return;
    }
    place->asked.workspace_id = desk->workspace_id;
    place->asked.known_seq = desk->roster.seq;
    place->asked.known_mark_ms = desk->roster.at_ms;
    store->ops->ask(store, &place->asked.request);
}

static struct place *consumer_make_place(struct consumer *consumer, int64_t generation, int64_t seq,
                                         int64_t mark_ms)
{
    const struct session *session = consumer->session;
    struct place *place = alloc_zeroed(sizeof(*place));
    lookup_init(&place->lookup, &session->hub->lookups, place_ask);
    place->consumer = consumer;
    place->owner = text_ref(session->identity.id);
    place->name = text_ref(consumer->name);
    place->asked = (struct store_consume){
        .request = {.kind = STORE_CONSUME, .done = place_done},
        .role = session->identity.role,
        .owner = text_bytes(place->owner),
        .name = text_bytes(place->name),
        .generation = generation,
        .seq = seq,
        .mark_ms = mark_ms,
    };
    consumer->place = place;
    return place;
}

static struct place *consumer_make_acknowledgement(struct consumer *consumer)
{
    return consumer_make_place(consumer, consumer->generation, consumer->acked_seq,
                               consumer_mark_of(consumer, consumer->acked_seq));
}

static void consumer_ask(const struct consumer *consumer)
{
    lookup_wait(&consumer->place->lookup, consumer->session->desk, consumer->session->principal);
}

bool consumer_attach(struct session *session)
{
    struct consumer *consumer = session->consumer;
    if (consumer->state == CONSUMER_DETACHED && session->hub->store_is_up && !session->hub->is_draining) {
        consumer_enter_state(consumer, CONSUMER_ATTACHING);
        consumer_make_place(consumer, 0, consumer->wanted_after, consumer->wanted_mark_ms);
        consumer_ask(consumer);
    }
    return consumer->state == CONSUMER_FOLLOWING;
}

static void consumer_store(struct consumer *consumer)
{
    consumer_make_acknowledgement(consumer);
    consumer_ask(consumer);
}

void consumer_store_place(struct consumer *consumer)
{
    struct session *session = consumer->session;
    if (session->state == SESSION_CLOSING || consumer->place != NULL)
        return;
    if (consumer->state == CONSUMER_FOLLOWING && session->hub->store_is_up && desk_is_ready(session->desk))
        consumer_store(consumer);
    else if (consumer->state == CONSUMER_FOLLOWING)
        consumer_set_alarm(consumer, ATTACH_AGAIN_MS);
    else if (desk_is_ready(session->desk))
        consumer_attach(session);
}

void consumer_acknowledge(struct session *session, const struct message_acked *message)
{
    struct consumer *consumer = session->consumer;
    if (consumer == NULL || message->seq > consumer->sent_seq) {
        session_close(session, CLOSE_BAD_FRAME,
                      consumer == NULL ? "only consumers acknowledge" : "acked: seq has not been sent", 0);
        return;
    }
    bool had_all_stored = consumer->acked_seq == consumer->stored_seq;
    if (message->seq > consumer->acked_seq) {
        int64_t mark_ms = consumer_mark_of(consumer, message->seq);
        consumer->acked_seq = message->seq;
        consumer->acked_mark_ms = mark_ms > 0 ? mark_ms : consumer->acked_mark_ms;
    }
    if (had_all_stored && consumer->acked_seq > consumer->stored_seq && consumer->place == NULL)
        consumer_set_alarm(consumer, LIMIT_ACK_MS);
}

/* Its life. */

void consumer_create(struct session *session, const struct consumer_wish *wish)
{
    struct consumer *consumer = alloc_zeroed(sizeof(*consumer));
    consumer->session = session;
    consumer->name = text_create(wish->name);
    consumer->wanted_after = wish->has_after ? wish->after : -1;
    consumer->wanted_mark_ms = wish->mark_ms;
    deadline_init(&consumer->alarm);
    deadline_init(&consumer->quiet_end);
    session->consumer = consumer;
    list_append(&session->hub->watching.consumers, &consumer->hub_link);
    desk_follow(session->desk);
}

static void consumer_drop_page(struct consumer *consumer)
{
    struct query *page = consumer->page;
    consumer->page = NULL;
    consumer->is_reading = false;
    if (page != NULL)
        query_destroy(page);
}

/* What only waits is dropped; but what has been acknowledged is stored, out of turn. */
static void consumer_leave_place(struct consumer *consumer)
{
    const struct session *session = consumer->session;
    bool is_owed = consumer->state == CONSUMER_FOLLOWING && consumer->acked_seq > consumer->stored_seq;
    bool can_ask = desk_is_ready(session->desk) && session->hub->store_is_up && !session->hub->is_draining;
    if (consumer->place != NULL && !lookup_leave(&consumer->place->lookup)) {
        place_destroy(consumer->place);
        consumer->place = NULL;
    }
    if (is_owed && can_ask && consumer->place == NULL) {
        struct place *last = consumer_make_acknowledgement(consumer);
        lookup_ask_at_once(&last->lookup, session->desk);
    }
    if (consumer->place != NULL)
        consumer->place->consumer = NULL;
    consumer->place = NULL;
}

void consumer_end(struct session *session)
{
    struct consumer *consumer = session->consumer;
    bool has_asked =
        consumer != NULL && (consumer->state == CONSUMER_FOLLOWING ||
                             (consumer->place != NULL && lookup_is_asked(&consumer->place->lookup)));
    if (!has_asked)
        return;
    consumer->acked_seq = consumer->stored_seq;
    session_close(session, CLOSE_TRY_LATER, "the log is another database's now", 0);
}

void consumer_destroy(struct session *session)
{
    struct consumer *consumer = session->consumer;
    if (consumer == NULL)
        return;
    consumer_leave_place(consumer);
    consumer_drop_page(consumer);
    list_remove(&consumer->hub_link);
    deadlines_remove(&session->hub->consumer_alarms, &consumer->alarm);
    deadlines_remove(&session->hub->quiet_ends, &consumer->quiet_end);
    desk_unfollow(session->desk);
    text_unref(&consumer->name);
    free(consumer);
    session->consumer = NULL;
}

/* The log. */

/* A channel hears of its own conversations; of agents only the automation. */
static bool consumer_hears(const struct session *session, const struct transition *transition)
{
    return session->identity.role != ROLE_CHANNEL ||
           (transition->after.words != NULL && text_equal(transition->after.channel, session->identity.id));
}

bool consumer_has_log(const struct session *session)
{
    const struct consumer *consumer = session->consumer;
    if (session->state != SESSION_LIVE || consumer == NULL || consumer->state != CONSUMER_FOLLOWING ||
        !desk_is_ready(session->desk))
        return false;
    return consumer->page != NULL ||
           (!consumer->is_reading && (consumer->seq < session->desk->roster.seq || consumer->owes_end));
}

void consumer_void_page(struct session *session)
{
    if (session->consumer->page != NULL)
        consumer_drop_page(session->consumer);
}

void consumer_take_page(struct session *session, struct query *query)
{
    session->consumer->page = query;
    session->consumer->page_place = 0;
    session_set_ready(session);
}

static void consumer_read(struct session *session)
{
    struct consumer *consumer = session->consumer;
    struct bytes channel =
        session->identity.role == ROLE_CHANNEL ? text_bytes(session->identity.id) : bytes_make(NULL, 0);
    struct query *query = query_add(session, QUERY_LOG, channel);
    query->after = consumer->seq;
    query->after_mark_ms = consumer->mark_ms;
    consumer->is_reading = true;
    queries_ask(session);
}

void consumer_tell_end(struct consumer *consumer)
{
    consumer->owes_end = true;
    session_set_ready(consumer->session);
}

/* Where the log goes on with nothing for the consumer, it is told so once in a while: not for every
 * transition of others, but at most once a second, whatever their number. */
static bool consumer_waits_for_end(struct consumer *consumer)
{
    struct hub *hub = consumer->session->hub;
    if (consumer->owes_end || consumer->seq - consumer->sent_seq >= LIMIT_LOG_WINDOW)
        return false;
    if (consumer->quiet_end.index == DEADLINE_NOWHERE && consumer->seq > consumer->sent_seq)
        deadlines_set(&hub->quiet_ends, &consumer->quiet_end, hub_mono_ms(hub) + LIMIT_LOG_QUIET_MS);
    return true;
}

/* A frame for what lies between the last one and where the consumer is now. */
static struct frame *consumer_encode(struct consumer *consumer, const struct transition *const *entries,
                                     size_t count, bool too_old)
{
    if (count == 0 && !too_old && consumer_waits_for_end(consumer))
        return NULL;
    consumer->owes_end = false;
    deadlines_remove(&consumer->session->hub->quiet_ends, &consumer->quiet_end);
    struct log_piece piece = {.from = consumer->sent_seq,
                              .to = consumer->seq,
                              .mark_ms = consumer->mark_ms,
                              .too_old = too_old,
                              .transitions = entries,
                              .transitions_count = count};
    consumer->sent_seq = consumer->seq;
    consumer->sent_mark_ms = consumer->mark_ms;
    return encode_log(&piece);
}

static struct frame *consumer_step_page(struct consumer *consumer)
{
    const struct store_log *log = &consumer->page->log;
    const struct transition *entries[LIMIT_LOG_ROWS];
    size_t count = 0;
    size_t body_bytes = 0;
    while (consumer->page_place < log->transitions_count && count < LIMIT_LOG_ROWS &&
           body_bytes < LIMIT_ENTRIES_BYTES) {
        entries[count++] = &log->transitions[consumer->page_place++];
        body_bytes += text_bytes(entries[count - 1]->body).size;
    }
    bool is_whole = consumer->page_place == log->transitions_count;
    consumer->seq = is_whole ? log->to_seq : entries[count - 1]->seq;
    consumer->mark_ms = is_whole ? log->to_mark_ms : entries[count - 1]->at_ms;
    bool is_known = count > 0 || !log->is_cut; /* else the next page tells what is there, and its mark */
    struct frame *frame = is_known ? consumer_encode(consumer, entries, count, log->too_old) : NULL;
    if (is_whole)
        consumer_drop_page(consumer);
    return frame;
}

static struct frame *consumer_step_tail(struct session *session)
{
    struct consumer *consumer = session->consumer;
    const struct tail *tail = &session->desk->tail;
    const struct transition *entries[LIMIT_LOG_ROWS];
    size_t count = 0;
    size_t body_bytes = 0;
    int64_t from_seq = consumer->seq;
    for (; consumer->seq < tail->end_seq && count < LIMIT_LOG_ROWS && body_bytes < LIMIT_ENTRIES_BYTES;
         consumer->seq++) {
        const struct transition *entry = tail_at(tail, consumer->seq + 1);
        if (!consumer_hears(session, entry))
            continue;
        if (entry->is_cut)
            break;
        entries[count++] = entry;
        body_bytes += text_bytes(entry->body).size;
    }
    if (consumer->seq > from_seq)
        consumer->mark_ms = tail_at(tail, consumer->seq)->at_ms;
    if (count == 0 && consumer->seq < tail->end_seq) /* at what is in the store alone */
        consumer_read(session);
    return consumer_encode(consumer, entries, count, false);
}

/* What was read, or where it begins, is not of the log that is known here: one of the two is old. Nothing of
 * it may be mixed; whoever comes back begins at a place that is checked anew. */
static bool consumer_is_astray(const struct consumer *consumer)
{
    const struct roster *roster = &consumer->session->desk->roster;
    if (consumer->page != NULL && consumer->page->log.is_other)
        return true;
    return consumer->mark_ms != 0 &&
           roster_judge_place(roster, consumer->seq, consumer->mark_ms) == PLACE_ELSEWHERE;
}

struct frame *consumer_step(struct session *session)
{
    struct consumer *consumer = session->consumer;
    if (consumer_is_astray(consumer)) {
        desk_catch_up(session->desk, NULL);
        consumer->acked_seq = consumer->stored_seq;
        session_close(session, CLOSE_TRY_LATER, "the log is another one now", 0);
        return NULL;
    }
    if (consumer->page != NULL)
        return consumer_step_page(consumer);
    if (tail_covers(&session->desk->tail, consumer->seq))
        return consumer_step_tail(session);
    consumer_read(session);
    return NULL;
}
