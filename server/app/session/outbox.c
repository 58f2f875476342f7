/* What a client is told: a session's way out.
 *
 * A session for which there is something is put on the ready list. The transport takes one frame at a time,
 * when the connection can be written to, and the frame is made only then. So the server keeps no frames for a
 * slow client, only its place: in the rows, in each thread, in the log.
 *
 * Frames leave in this order: welcome; the state of the database; replies that are due; rows, up to the end
 * of the log; threads; the log; the answers that waited for those; presence. An answer leaves after the rows
 * that it rests on.
 *
 * What may fail: nothing here, except that a consumer may find that its log is another one; its session is
 * closed. While the desk is not ready, everything but the state waits. */
#include <assert.h>
#include <stdlib.h>

#include "app/session/private.h"
#include "base/alloc.h"
#include "protocol/encode.h"
#include "protocol/limits.h"

static struct frame *session_take_welcome(struct session *session)
{
    const struct roster *roster = desk_roster(session->desk);
    const struct consumer *consumer = session->consumer;
    int64_t seq = consumer != NULL             ? consumer->sent.seq
                  : session->outbox.is_resumed ? session->subscriber.cursor.seq
                                               : 0;
    struct welcome welcome = {
        .workspace = text_bytes(session->identity.workspace),
        .agent_id = session->identity.id,
        .agent_name = session->identity.name,
        .role = session->identity.role,
        .epoch = text_bytes(session_node(session)->epoch),
        .seq = seq,
        .mark_ms = consumer != NULL ? consumer->sent.mark_ms : roster_mark_ms(roster, seq),
        .resumed = session->outbox.is_resumed,
        .consumer = consumer == NULL ? bytes_make(NULL, 0) : text_bytes(consumer->name),
        .now_ms = node_now_ms(session_node(session)),
        .default_pause_ms = roster->default_pause_ms,
        .token_expires_ms = session->identity.expires_ms,
    };
    session->subscriber.cursor.told_seq = session->subscriber.cursor.seq;
    session->outbox.owes_welcome = false;
    session->outbox.was_welcomed = true;
    return encode_welcome(&welcome);
}

/* The row that a refusal rests on; NULL if it has changed since. */
static const struct conversation *session_judged_row(const struct session *session,
                                                     const struct owed_answer *owed)
{
    const struct row *row = owed->conversation == NULL
                                ? NULL
                                : roster_find(desk_roster(session->desk), text_bytes(owed->conversation));
    bool is_that = row != NULL && row->conversation.seq <= owed->answer.seq;
    return is_that ? &row->conversation : NULL;
}

static struct frame *session_take_answer(struct session *session, struct owed_answer *owed)
{
    struct timings *timings = &session_node(session)->timings;
    timings_note(timings, &timings->stats.answer_us, owed->heard_us);
    timings_note(timings, &timings->stats.part_us[ANSWER_ROWS], owed->settled_us);
    session->replies.commands_in_flight--;
    owed->answer.conversation = session_judged_row(session, owed);
    struct frame *frame = encode_answer(&owed->answer);
    owed_answer_destroy(owed);
    return frame;
}

static struct frame *session_take_time(struct session *session, struct time_reply *time)
{
    int64_t seq = session->subscriber.cursor.seq;
    struct frame *frame = encode_time(time->ref, node_now_ms(session_node(session)), seq,
                                      roster_mark_ms(desk_roster(session->desk), seq));
    session->replies.requests_in_flight--;
    list_remove(&time->reply.link);
    free(time);
    return frame;
}

/* Takes the reply's frame; NULL where nobody waits for it any more. */
static struct frame *session_take_reply(struct session *session, struct reply *reply)
{
    switch (reply->kind) {
    case REPLY_TIME: return session_take_time(session, CONTAINER_OF(reply, struct time_reply, reply));
    case REPLY_QUERY: return query_take_frame(CONTAINER_OF(reply, struct query, reply));
    }
    assert(false);
    return NULL;
}

static struct reply *session_due_reply(const struct session *session)
{
    const struct list *others = &session->replies.others;
    return list_is_empty(others) ? NULL : CONTAINER_OF(others->next, struct reply, link);
}

/* The next answer, if the client has the rows that it rests on; else NULL. */
static struct owed_answer *session_due_answer(const struct session *session)
{
    const struct list *answers = &session->replies.answers;
    if (list_is_empty(answers))
        return NULL;
    struct owed_answer *owed = CONTAINER_OF(answers->next, struct owed_answer, link);
    bool is_due = !session_is_dashboard(session) || (owed->gate_seq <= session->subscriber.cursor.seq &&
                                                     owed->gate_seq <= watches_seq(session));
    return is_due ? owed : NULL;
}

static bool session_has_due_reply(const struct session *session)
{
    return desk_is_ready(session->desk) &&
           (session_due_reply(session) != NULL || session_due_answer(session) != NULL);
}

/* Replies leave before answers, as answers may have to wait. */
static struct frame *session_take_due_reply(struct session *session)
{
    struct frame *frame = NULL;
    while (frame == NULL && session_has_due_reply(session)) {
        struct reply *reply = session_due_reply(session);
        frame = reply != NULL ? session_take_reply(session, reply)
                              : session_take_answer(session, session_due_answer(session));
    }
    return frame;
}

static bool session_can_welcome(const struct session *session)
{
    return session->state == SESSION_LIVE && session->outbox.owes_welcome && desk_is_ready(session->desk);
}

static bool session_is_behind(const struct session *session)
{
    return session->state == SESSION_LIVE && session_is_dashboard(session) && desk_is_ready(session->desk) &&
           cursor_is_behind(&session->subscriber.cursor, desk_roster(session->desk));
}

static bool session_has_thread(const struct session *session)
{
    return session->state == SESSION_LIVE && !list_is_empty(&session->watches.list) &&
           desk_is_ready(session->desk) && watches_seq(session) < desk_roster(session->desk)->seq;
}

static bool session_has_presence(const struct session *session)
{
    return session->state == SESSION_LIVE && session_is_dashboard(session) && desk_is_ready(session->desk) &&
           desk_presence_is_news(session->desk, session->outbox.presence_version);
}

bool session_has_frame(const struct session *session)
{
    switch (session->state) {
    case SESSION_NEW: return false;
    case SESSION_JOINING: return session->outbox.owes_state;
    case SESSION_LIVE:
        return session_can_welcome(session) || session->outbox.owes_state || session_is_behind(session) ||
               session_has_thread(session) || consumer_has_log(session) || session_has_presence(session) ||
               session_has_due_reply(session);
    case SESSION_CLOSING: return session->outbox.owes_bye;
    }
    assert(false);
    return false;
}

static struct frame *session_take_live_frame(struct session *session)
{
    struct frame *frame = session_take_due_reply(session);
    if (frame != NULL)
        return frame;
    while (frame == NULL && session_is_behind(session))
        frame = desk_feed(session->desk, &session->subscriber);
    if (!session_is_behind(session)) {
        desk_push_reached(session->desk, &session->subscriber, frame != NULL);
        laggards_forget(session);
    }
    session_node(session)->stats.sync_frames += frame != NULL;
    session_node(session)->stats.sync_bytes += frame == NULL ? 0 : frame->size;
    session->outbox.is_resyncing &= session_is_behind(session);
    while (frame == NULL && session_has_thread(session))
        frame = watches_step(session);
    while (frame == NULL && consumer_has_log(session))
        frame = consumer_step(session);
    if (frame == NULL)
        frame = session_take_due_reply(session);
    while (frame == NULL && session_has_presence(session))
        frame = desk_presence_step(session->desk, &session->outbox.presence_version);
    return frame;
}

struct frame *session_take_frame(struct session *session)
{
    if (session->state == SESSION_CLOSING) {
        bool owes_bye = session->outbox.owes_bye;
        session->outbox.owes_bye = false;
        return owes_bye ? encode_bye((int)session->farewell.code, session->farewell.detail,
                                     session->farewell.retry_ms)
                        : NULL;
    }
    if (session_can_welcome(session)) {
        /* A welcome means that the database is up, unless a state follows. */
        session->outbox.owes_state = node_store_state(session_node(session)) != STORE_STATE_UP;
        return session_take_welcome(session);
    }
    if (session->outbox.owes_state) {
        session->outbox.owes_state = false;
        return encode_state(node_store_state(session_node(session)));
    }
    struct frame *frame = session->state == SESSION_LIVE ? session_take_live_frame(session) : NULL;
    /* consumer_step may have closed the session: then its bye is taken. */
    return frame == NULL && session->state == SESSION_CLOSING ? session_take_frame(session) : frame;
}

void session_note_blocked(struct session *session)
{
    if (session->desk != NULL)
        desk_push_leave(session->desk, &session->subscriber);
    laggards_note(session);
}

enum close_code session_wants_close(const struct session *session, const char **detail_r)
{
    *detail_r = session->farewell.detail;
    return session->state == SESSION_CLOSING && !session->outbox.owes_bye ? session->farewell.code
                                                                          : CLOSE_NONE;
}
