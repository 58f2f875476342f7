/* A consumer's place in the log, as the store keeps it: attaching, and storing what is acknowledged.
 *
 *                asked for its place              known
 *   DETACHED ──────────────────────► ATTACHING ─────────► FOLLOWING
 *        ▲           away                │
 *        └───────────────────────────────┘
 *
 * While it is FOLLOWING, what the client acknowledges is stored, at most once in LIMIT_ACK_MS. Where there is
 * nothing to store, the place is looked after now and again: so a connection that has been replaced at
 * another node finds out.
 *
 * What may fail: the store is away (it is asked again); the store is too slow several times (1013); another
 * connection has come under the same name (4005); the log is another one (the desk finds that out). If the
 * connection goes before everything is stored, the rest is stored without it. */
#include "app/session/consumer_private.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "protocol/limits.h"

enum { ATTACH_AGAIN_MS = 500 };

/* A request to the store about the consumer's place. The consumer may go before the answer. */
struct place {
    struct store_consume asked;
    struct lookup lookup;
    struct consumer *consumer; /* NULL: the consumer has gone */
    struct text *owner;
    struct text *name;
};

static void consumer_enter_state(struct consumer *consumer, enum consumer_state state)
{
    consumer->state = state;
}

static void consumer_set_alarm(struct consumer *consumer, int64_t in_ms)
{
    struct node *node = session_node(consumer->session);
    alarms_set(&node->alarms, &consumer->alarm, node_mono_ms(node) + in_ms);
}

static void place_destroy(struct place *place)
{
    text_unref(&place->owner);
    text_unref(&place->name);
    free(place);
}

/* Only one connection follows under a name: earlier ones at this node are closed. False: there is a newer
 * one. */
static bool consumer_replace_others(const struct consumer *consumer)
{
    const struct session *own = consumer->session;
    LIST_FOR_EACH (link, desk_subscribers(own->desk)) {
        struct session *other = CONTAINER_OF(link, struct session, subscriber.link);
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
    consumer->at.seq = consumer->sent.seq = request->acked_seq_r;
    consumer->at.mark_ms = consumer->sent.mark_ms = request->acked_mark_r;
    consumer->acked.seq = consumer->stored_seq = request->acked_seq_r;
    consumer->acked.mark_ms = request->acked_mark_r;
    consumer_enter_state(consumer, CONSUMER_FOLLOWING);
    consumer_set_alarm(consumer, LIMIT_CONSUMER_LOOK_MS);
    consumer->attached(session);
}

static void consumer_stored(struct consumer *consumer, const struct store_consume *request)
{
    if (request->result == CONSUME_REPLACED) {
        session_close(consumer->session, CLOSE_REPLACED, NULL, 0);
        return;
    }
    if (request->result == CONSUME_OTHER_LOG) {
        desk_catch_up(consumer->session->desk); /* the desk reads the log and finds out */
        consumer_set_alarm(consumer, ATTACH_AGAIN_MS);
        return;
    }
    consumer->slow_tries = 0;
    consumer->stored_seq = request->acked_seq_r;
    bool has_more = consumer->acked.seq > consumer->stored_seq;
    consumer_set_alarm(consumer, has_more ? LIMIT_ACK_MS : LIMIT_CONSUMER_LOOK_MS);
}

static void place_done(struct lookup *lookup)
{
    struct place *place = CONTAINER_OF(lookup, struct place, lookup);
    struct consumer *consumer = place->consumer;
    enum store_outcome outcome = lookup->request->outcome;
    if (consumer != NULL)
        consumer->place = NULL;
    if (consumer == NULL || consumer->session->state == SESSION_CLOSING) {
        /* Nobody waits for the answer. */
    } else if (outcome == STORE_FAILED) {
        session_close(consumer->session, CLOSE_INTERNAL, NULL, 0);
    } else if (outcome == STORE_SLOW && ++consumer->slow_tries >= LIMIT_SLOW_TRIES) {
        session_close(consumer->session, CLOSE_TRY_LATER, "the database is too slow to keep its place",
                      principal_spread_ms(consumer->session->principal, LIMIT_RETRY_TOO_SLOW_MS));
    } else if (outcome != STORE_OK) {
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
    return seq == consumer->sent.seq ? consumer->sent.mark_ms
                                     : roster_mark_ms(desk_roster(consumer->session->desk), seq);
}

/* The roster's seq and mark are a place of the log that the consumer has followed, and not before it. */
static bool place_ask(struct lookup *lookup)
{
    struct place *place = CONTAINER_OF(lookup, struct place, lookup);
    const struct desk *desk = place->consumer->session->desk;
    if (!desk_is_ready(desk))
        return false;
    place->asked.workspace_id = desk_workspace_id(desk);
    place->asked.known_seq = desk_roster(desk)->seq;
    place->asked.known_mark_ms = desk_roster(desk)->at_ms;
    return true;
}

static const struct lookup_ops place_ops = {.ask = place_ask, .done = place_done};

static struct place *consumer_make_place(struct consumer *consumer, int64_t generation, int64_t seq,
                                         int64_t mark_ms)
{
    const struct session *session = consumer->session;
    struct place *place = alloc_zeroed(sizeof(*place));
    lookup_init(&place->lookup, &session_node(session)->lookups, &place->asked.request, &place_ops);
    place->consumer = consumer;
    place->owner = text_ref(session->identity.id);
    place->name = text_ref(consumer->name);
    place->asked = (struct store_consume){
        .request = {.kind = STORE_CONSUME},
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
    return consumer_make_place(consumer, consumer->generation, consumer->acked.seq,
                               consumer_mark_of(consumer, consumer->acked.seq));
}

static void consumer_ask(const struct consumer *consumer)
{
    lookup_wait(&consumer->place->lookup, desk_lookups_turn(consumer->session->desk),
                &consumer->session->principal->lookups);
}

bool consumer_attach(struct session *session)
{
    struct consumer *consumer = session->consumer;
    if (consumer->state == CONSUMER_DETACHED && session_node(session)->store_is_up &&
        !session_node(session)->is_draining) {
        consumer_enter_state(consumer, CONSUMER_ATTACHING);
        consumer_make_place(consumer, 0, consumer->wanted.seq, consumer->wanted.mark_ms);
        consumer_ask(consumer);
    }
    return consumer->state == CONSUMER_FOLLOWING;
}

static void consumer_store(struct consumer *consumer)
{
    consumer_make_acknowledgement(consumer);
    consumer_ask(consumer);
}

void consumer_store_place(struct alarm *alarm)
{
    struct consumer *consumer = CONTAINER_OF(alarm, struct consumer, alarm);
    struct session *session = consumer->session;
    if (session->state == SESSION_CLOSING || consumer->place != NULL)
        return;
    if (consumer->state == CONSUMER_FOLLOWING && session_node(session)->store_is_up &&
        desk_is_ready(session->desk))
        consumer_store(consumer);
    else if (consumer->state == CONSUMER_FOLLOWING)
        consumer_set_alarm(consumer, ATTACH_AGAIN_MS);
    else if (desk_is_ready(session->desk))
        consumer_attach(session);
}

void consumer_acknowledge(struct session *session, const struct message_acked *message)
{
    struct consumer *consumer = session->consumer;
    if (consumer == NULL || message->seq > consumer->sent.seq) {
        session_close(session, CLOSE_BAD_FRAME,
                      consumer == NULL ? "only consumers acknowledge" : "acked: seq has not been sent", 0);
        return;
    }
    bool had_all_stored = consumer->acked.seq == consumer->stored_seq;
    if (message->seq > consumer->acked.seq) {
        int64_t mark_ms = consumer_mark_of(consumer, message->seq);
        consumer->acked.seq = message->seq;
        consumer->acked.mark_ms = mark_ms > 0 ? mark_ms : consumer->acked.mark_ms;
    }
    if (had_all_stored && consumer->acked.seq > consumer->stored_seq && consumer->place == NULL)
        consumer_set_alarm(consumer, LIMIT_ACK_MS);
}

void consumer_leave_place(struct consumer *consumer)
{
    const struct session *session = consumer->session;
    bool is_owed = consumer->state == CONSUMER_FOLLOWING && consumer->acked.seq > consumer->stored_seq;
    bool can_ask = desk_is_ready(session->desk) && session_node(session)->store_is_up &&
                   !session_node(session)->is_draining;
    if (consumer->place != NULL && !lookup_leave(&consumer->place->lookup)) {
        place_destroy(consumer->place);
        consumer->place = NULL;
    }
    if (is_owed && can_ask && consumer->place == NULL) {
        struct place *last = consumer_make_acknowledgement(consumer);
        lookup_ask_at_once(&last->lookup, desk_lookups_turn(session->desk));
    }
    if (consumer->place != NULL)
        consumer->place->consumer = NULL;
    consumer->place = NULL;
}

bool consumer_has_asked(const struct consumer *consumer)
{
    return consumer->state == CONSUMER_FOLLOWING ||
           (consumer->place != NULL && lookup_is_asked(&consumer->place->lookup));
}
