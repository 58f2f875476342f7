/* What a client is told: a session's way out. */
#include <assert.h>
#include <stdlib.h>

#include "app/consumer.h"
#include "app/laggards.h"
#include "app/watch.h"
#include "base/alloc.h"
#include "protocol/encode.h"
#include "protocol/limits.h"

void reply_destroy(struct reply *reply)
{
    list_remove(&reply->link);
    text_unref(&reply->conversation);
    text_unref(&reply->answer.holder);
    if (reply->query != NULL)
        query_destroy(reply->query);
    free(reply);
}

struct reply *session_add_reply(struct session *session, enum reply_kind kind, int64_t gate_seq)
{
    struct reply *reply = alloc_zeroed(sizeof(*reply));
    reply->kind = kind;
    reply->gate_seq = gate_seq;
    list_append(kind == REPLY_ANSWER ? &session->answers : &session->requests, &reply->link);
    session_set_ready(session);
    return reply;
}

void session_answer(struct session *session, const struct answer *answer, struct text *conversation,
                    int64_t gate_seq, int64_t heard_us)
{
    struct reply *reply = session_add_reply(session, REPLY_ANSWER, gate_seq);
    reply->heard_us = heard_us;
    reply->settled_us = session->hub->timings.present_us;
    reply->answer = *answer;
    if (answer->outcome == OUTCOME_REFUSED && reason_is_temporary(answer->reason))
        reply->answer.retry_ms = principal_retry_ms(session->principal, session->desk, answer->reason);
    text_ref(reply->answer.holder);
    reply->conversation = text_ref(conversation);
}

static struct frame *session_take_welcome(struct session *session)
{
    const struct roster *roster = &session->desk->roster;
    const struct consumer *consumer = session->consumer;
    int64_t seq = consumer != NULL ? consumer->sent_seq : session->is_resumed ? session->cursor.seq : 0;
    struct welcome welcome = {
        .workspace = text_bytes(session->identity.workspace),
        .agent_id = session->identity.id,
        .agent_name = session->identity.name,
        .role = session->identity.role,
        .epoch = text_bytes(session->hub->epoch),
        .seq = seq,
        .mark_ms = consumer != NULL ? consumer->sent_mark_ms : roster_mark_ms(roster, seq),
        .resumed = session->is_resumed,
        .consumer = consumer == NULL ? bytes_make(NULL, 0) : text_bytes(consumer->name),
        .now_ms = hub_now_ms(session->hub),
        .default_pause_ms = roster->default_pause_ms,
        .token_expires_ms = session->identity.expires_ms,
    };
    session->cursor.told_seq = session->cursor.seq;
    session->owes_welcome = false;
    session->was_welcomed = true;
    return encode_welcome(&welcome);
}

/* The row that a refusal rests on, unless it has changed since. */
static const struct conversation *session_judged_row(const struct session *session, const struct reply *reply)
{
    const struct row *row = reply->conversation == NULL
                                ? NULL
                                : roster_find(&session->desk->roster, text_bytes(reply->conversation));
    bool is_that = row != NULL && row->conversation.seq <= reply->answer.seq;
    return is_that ? &row->conversation : NULL;
}

static void session_time_answer(struct session *session, const struct reply *reply)
{
    struct timings *timings = &session->hub->timings;
    timings_note(timings, &timings->stats.answer_us, reply->heard_us);
    timings_note(timings, &timings->stats.part_us[ANSWER_ROWS], reply->settled_us);
}

static struct frame *session_take_reply(struct session *session, struct reply *reply)
{
    struct frame *frame = NULL;
    switch (reply->kind) {
    case REPLY_ANSWER: {
        session->commands_in_flight--;
        session_time_answer(session, reply);
        reply->answer.conversation = session_judged_row(session, reply);
        frame = encode_answer(&reply->answer);
        break;
    }
    case REPLY_QUERY:
        session->requests_in_flight -= reply->query->is_asked_by_client ? 1 : 0;
        frame = query_encode(session, reply->query);
        break;
    case REPLY_TIME:
        session->requests_in_flight--;
        frame = encode_time(reply->ref, hub_now_ms(session->hub), session->cursor.seq,
                            roster_mark_ms(&session->desk->roster, session->cursor.seq));
        break;
    }
    bool was_read = reply->kind == REPLY_QUERY;
    reply_destroy(reply);
    if (was_read)
        queries_ask(session); /* there is room for more */
    return frame;
}

/* The next reply that may leave: an answer once the client has the rows that it rests on. */
static struct reply *session_due_reply(const struct session *session)
{
    if (!desk_is_ready(session->desk))
        return NULL;
    if (!list_is_empty(&session->requests))
        return CONTAINER_OF(session->requests.next, struct reply, link);
    if (list_is_empty(&session->answers))
        return NULL;
    struct reply *answer = CONTAINER_OF(session->answers.next, struct reply, link);
    bool is_due = !session_is_dashboard(session) ||
                  (answer->gate_seq <= session->cursor.seq && answer->gate_seq <= watches_seq(session));
    return is_due ? answer : NULL;
}

static bool session_can_welcome(const struct session *session)
{
    return session->state == SESSION_LIVE && session->owes_welcome && desk_is_ready(session->desk);
}

static bool session_is_behind(const struct session *session)
{
    return session->state == SESSION_LIVE && session_is_dashboard(session) && desk_is_ready(session->desk) &&
           cursor_is_behind(&session->cursor, &session->desk->roster);
}

static bool session_has_thread(const struct session *session)
{
    return session->state == SESSION_LIVE && !list_is_empty(&session->watches) &&
           desk_is_ready(session->desk) && watches_seq(session) < session->desk->roster.seq;
}

static bool session_has_presence(const struct session *session)
{
    return session->state == SESSION_LIVE && session_is_dashboard(session) && desk_is_ready(session->desk) &&
           desk_presence_is_news(&session->desk->presence, session->presence_version);
}

bool session_has_frame(const struct session *session)
{
    switch (session->state) {
    case SESSION_NEW: return false;
    case SESSION_JOINING: return session->owes_state;
    case SESSION_LIVE:
        return session_can_welcome(session) || session->owes_state || session_is_behind(session) ||
               session_has_thread(session) || consumer_has_log(session) || session_has_presence(session) ||
               session_due_reply(session) != NULL;
    case SESSION_CLOSING: return session->owes_bye;
    }
    assert(false);
    return false;
}

static struct frame *session_take_due_reply(struct session *session)
{
    struct frame *frame = NULL;
    struct reply *reply;
    while (frame == NULL && (reply = session_due_reply(session)) != NULL)
        frame = session_take_reply(session, reply);
    return frame;
}

static struct frame *session_take_live_frame(struct session *session)
{
    struct frame *frame = session_take_due_reply(session);
    if (frame != NULL)
        return frame;
    while (frame == NULL && session_is_behind(session))
        frame = sync_step(&session->desk->frames, &session->desk->roster, &session->cursor);
    if (frame != NULL && !session_is_behind(session))
        sync_checks_note(&session->desk->checks, &session->desk->roster);
    if (!session_is_behind(session)) {
        desk_push_reached(session->desk, session, frame != NULL);
        laggards_forget(session);
    }
    session->hub->stats.sync_frames += frame != NULL;
    session->hub->stats.sync_bytes += frame == NULL ? 0 : frame->size;
    session->is_resyncing &= session_is_behind(session);
    while (frame == NULL && session_has_thread(session))
        frame = watches_step(session);
    while (frame == NULL && consumer_has_log(session))
        frame = consumer_step(session);
    if (frame == NULL)
        frame = session_take_due_reply(session);
    while (frame == NULL && session_has_presence(session))
        frame = desk_presence_step(session->desk, &session->presence_version);
    return frame;
}

struct frame *session_take_frame(struct session *session)
{
    if (session->state == SESSION_CLOSING) {
        bool owes_bye = session->owes_bye;
        session->owes_bye = false;
        return owes_bye ? encode_bye((int)session->close_code, session->close_detail, session->retry_ms)
                        : NULL;
    }
    if (session_can_welcome(session)) {
        /* A welcome stands for `up`, unless this follows. */
        session->owes_state = hub_store_state(session->hub) != STORE_STATE_UP;
        return session_take_welcome(session);
    }
    if (session->owes_state) {
        session->owes_state = false;
        return encode_state(hub_store_state(session->hub));
    }
    struct frame *frame = session->state == SESSION_LIVE ? session_take_live_frame(session) : NULL;
    /* A consumer may have found itself in another log, and is told goodbye. */
    return frame == NULL && session->state == SESSION_CLOSING ? session_take_frame(session) : frame;
}

void session_note_blocked(struct session *session)
{
    if (session->desk != NULL)
        desk_push_leave(session->desk, session);
    laggards_note(session);
}

enum close_code session_wants_close(const struct session *session, const char **detail_r)
{
    *detail_r = session->close_detail;
    return session->state == SESSION_CLOSING && !session->owes_bye ? session->close_code : CLOSE_NONE;
}
