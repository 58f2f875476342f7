/* What a client asks for: a session's way in.
 *
 * A message has come whole: it is counted against the client's limits, scanned, decoded, and handed on by its
 * type. A command becomes a task of the desk, whose answer comes back (session_answer). A message with a ref
 * becomes a query or a reply. The others change the session at once.
 *
 * What may fail: the frame is no message, or the client may not send this message now (4002, 4004). The
 * client sends faster, or more at once, than it may (4101). A command that comes too fast is only refused, so
 * that it can be sent again; a client that does not even read the refusals is closed. */
#include <assert.h>
#include <stdlib.h>

#include "app/session/browse.h"
#include "app/session/private.h"
#include "base/alloc.h"
#include "base/log.h"
#include "protocol/decode.h"
#include "protocol/limits.h"
#include "protocol/scan.h"

static void session_refuse(struct session *session, struct command_id id, enum reason reason,
                           const char *detail)
{
    struct answer answer = {.id = id, .outcome = OUTCOME_REFUSED, .reason = reason, .detail = detail};
    session->replies.commands_in_flight++;
    node_count_answer(session_node(session), 0, &answer);
    session_answer(session, &answer, NULL, 0, session_node(session)->timings.present_us);
    /* A refusal takes memory too, until the client reads it. */
    if (session->replies.commands_in_flight > 2 * LIMIT_COMMANDS_IN_FLIGHT)
        session_close(session, CLOSE_TOO_FAST, "too many commands without reading the answers",
                      LIMIT_RETRY_CLOSED_MS);
}

/* A client that may not touch a conversation is not shown it either. */
static bool answer_may_show_row(const struct answer *answer)
{
    return answer->outcome == OUTCOME_REFUSED && answer->shows_row && answer->reason != REASON_FORBIDDEN &&
           answer->reason != REASON_NOT_YOUR_CHANNEL;
}

static void session_command_done(struct task *task, const struct answer *answer, int64_t gate_seq)
{
    struct session *session = task->waiter;
    struct text *conversation = answer_may_show_row(answer) ? text_create(task->command.conversation) : NULL;
    session->replies.unsettled_bytes -= task->frame_size;
    if (answer->outcome == OUTCOME_REFUSED)
        principal_note_refusal(session->principal, session->desk, answer->reason, task->frame_size);
    session_answer(session, answer, conversation, gate_seq, task->heard_us);
    text_unref(&conversation);
}

/* The frame is decoded twice: the first message borrows from the transport's buffer, the task's from its own
 * copy. */
static void session_receive_command(struct session *session, struct bytes frame, struct command_id id)
{
    if (session->replies.commands_in_flight >= LIMIT_COMMANDS_IN_FLIGHT ||
        session->replies.unsettled_bytes + frame.size > LIMIT_UNANSWERED_BYTES) {
        session_refuse(session, id, REASON_TOO_MANY, NULL);
        return;
    }
    if (!principal_may_command(session->principal, session->desk, frame.size)) {
        session_refuse(session, id, REASON_TOO_FAST, NULL);
        return;
    }
    struct task *task = task_create(frame);
    struct message message;
    struct decode_error error;
    enum decode_result result = decode_message(bytes_make(task->frame, frame.size), &message, &error);
    assert(result == DECODE_OK);
    task->kind = TASK_COMMAND;
    task->command = message.command;
    task->actor = (struct actor){.role = session->identity.role, .id = text_ref(session->identity.id)};
    session->replies.commands_in_flight++;
    session->replies.unsettled_bytes += frame.size;
    task_await(task, &session->tasks, session, session_command_done);
    desk_submit(session->desk, &task);
}

/* Only dashboards may ask for rows, threads and the like. */
static bool session_speaks_as_dashboard(struct session *session)
{
    if (session_is_dashboard(session))
        return true;
    session_close(session, CLOSE_BAD_FRAME, "only dashboards may ask for this", 0);
    return false;
}

/* Whether the client has other counts or another digest than it was told. If it was never told any at this
 * seq, or has the same ones, the server has made no mistake. */
static bool session_disagrees(const struct session *session, const struct message_resync *resync)
{
    const struct sync_check *told = desk_find_check(session->desk, resync->seq);
    return resync->seq <= session->subscriber.cursor.told_seq && told != NULL &&
           (resync->open != told->counts.open || resync->digest != told->digest ||
            resync->completed > told->counts.completed);
}

/* The log line is a warning only: any client with a token can claim this, and the server cannot check it.
 *
 * A resync that comes while the client is being started afresh is ignored: there is nothing yet that the
 * client could disagree with. */
static void session_receive_resync(struct session *session, const struct message_resync *resync)
{
    if (!session_speaks_as_dashboard(session) || session->outbox.is_resyncing)
        return;
    bool is_fault = session_disagrees(session, resync);
    session_node(session)->stats.resyncs += is_fault;
    session_node(session)->stats.resyncs_unfounded += !is_fault;
    if (is_fault && log_ration_allows(&session_node(session)->rations.mismatch, "digest_mismatch"))
        log_warn("digest_mismatch", "workspace=%s agent=%s seq=%lld",
                 log_quote(text_string(session->identity.workspace)),
                 log_quote(text_string(session->identity.id)), (long long)resync->seq);
    session->outbox.is_resyncing = true;
    desk_push_leave(session->desk, &session->subscriber);
    session->subscriber.cursor = cursor_fresh(desk_roster(session->desk));
    session_set_ready(session);
}

/* Counts a request (a message with a ref). Only few may be in flight, as each may cost a query in the
 * database. */
static bool session_takes_request(struct session *session)
{
    if (session->replies.requests_in_flight >= LIMIT_REQUESTS_IN_FLIGHT) {
        session_close(session, CLOSE_TOO_FAST, "too many requests at once", LIMIT_RETRY_CLOSED_MS);
        return false;
    }
    session->replies.requests_in_flight++;
    return true;
}

static bool session_takes_dashboards_request(struct session *session)
{
    return session_speaks_as_dashboard(session) && session_takes_request(session);
}

static void session_receive_presence(struct session *session, const struct message_presence *message)
{
    if (session_is_dashboard(session))
        desk_presence_say(session->desk, &session->subscriber, session->identity.id, message->conversation,
                          message->is_typing);
    else
        session_close(session, CLOSE_BAD_FRAME, "only dashboards have a presence", 0);
}

static void session_receive_watch(struct session *session, const struct message_watch *message)
{
    if (!session_takes_dashboards_request(session))
        return;
    if (watches_have_room(session, message->conversation))
        watch_begin(session, message);
    else
        session_close(session, CLOSE_TOO_FAST, "too many threads watched at once", LIMIT_RETRY_CLOSED_MS);
}

/* Renewals have a limit of their own, as checking a token costs more than other messages do. */
static void session_receive_hello(struct session *session, const struct message_hello *hello)
{
    int64_t now_us = session_node(session)->now.mono_us;
    if (session->state != SESSION_NEW) {
        if (now_us - session->inbox.renewals_since_us >= INT64_C(1000) * LIMIT_RENEWALS_MS) {
            session->inbox.renewals = 0;
            session->inbox.renewals_since_us = now_us;
        }
        if (++session->inbox.renewals > LIMIT_RENEWALS) {
            session_close(session, CLOSE_TOO_FAST, "too many hellos", LIMIT_RETRY_CLOSED_MS);
            return;
        }
    }
    session_sign_in(session, hello);
}

static void session_meter_command(struct session *session)
{
    principal_note_command(session->principal);
    desk_count_command(session->desk);
}

static void session_receive_message(struct session *session, struct bytes frame,
                                    const struct message *message)
{
    switch (message->type) {
    case MESSAGE_HELLO: session_receive_hello(session, &message->hello); break;
    case MESSAGE_COMMAND:
        session_meter_command(session);
        session_receive_command(session, frame, message->command.id);
        break;
    case MESSAGE_PAGE:
        if (session_takes_dashboards_request(session))
            browse_page(session, &message->page);
        break;
    case MESSAGE_HISTORY:
        if (session_takes_dashboards_request(session))
            browse_history(session, &message->history);
        break;
    case MESSAGE_FIND:
        if (session_takes_dashboards_request(session))
            browse_find(session, &message->find);
        break;
    case MESSAGE_WATCH: session_receive_watch(session, &message->watch); break;
    case MESSAGE_UNWATCH: watch_end(session, message->unwatch.conversation); break;
    case MESSAGE_ACKED: consumer_acknowledge(session, &message->acked); break;
    case MESSAGE_PRESENCE: session_receive_presence(session, &message->presence); break;
    case MESSAGE_TIME:
        if (session_takes_request(session))
            session_owe_time(session, message->time.ref);
        break;
    case MESSAGE_RESYNC: session_receive_resync(session, &message->resync); break;
    }
}

bool session_hold_bytes(struct session *session, size_t bytes)
{
    struct sessions *sessions = session->sessions;
    struct principal *principal = session->principal;
    if (session->state == SESSION_CLOSING)
        return false;
    if (principal != NULL && principal->unfinished_bytes + bytes > LIMIT_UNFINISHED_PERSON_BYTES) {
        session_close(session, CLOSE_TOO_FAST, "too much of unfinished messages at once", 1000);
        return false;
    }
    if (sessions->unfinished_bytes + bytes > LIMIT_UNFINISHED_BYTES ||
        (principal == NULL &&
         sessions->unfinished_stranger_bytes + bytes > LIMIT_UNFINISHED_STRANGERS_BYTES)) {
        session_close(session, CLOSE_TRY_LATER, NULL, 1000);
        return false;
    }
    *(principal == NULL ? &sessions->unfinished_stranger_bytes : &principal->unfinished_bytes) += bytes;
    sessions->unfinished_bytes += bytes;
    session->inbox.unfinished_bytes += bytes;
    return true;
}

void session_release_bytes(struct session *session)
{
    struct sessions *sessions = session->sessions;
    struct principal *principal = session->principal;
    *(principal == NULL ? &sessions->unfinished_stranger_bytes : &principal->unfinished_bytes) -=
        session->inbox.unfinished_bytes;
    sessions->unfinished_bytes -= session->inbox.unfinished_bytes;
    session->inbox.unfinished_bytes = 0;
}

size_t session_message_bytes(const struct session *session)
{
    return session->principal == NULL ? LIMIT_HELLO_BYTES : LIMIT_FRAME_BYTES;
}

void session_pay_unseen(struct session *session, uint64_t bytes)
{
    int64_t now_us = session_node(session)->now.mono_us;
    int64_t forgiven = (now_us - session->inbox.unseen_us) / 1000 * LIMIT_UNSEEN_BYTES_PER_S / 1000;
    int64_t left = session->inbox.unseen_bytes - forgiven;
    session->inbox.unseen_us = now_us;
    session->inbox.unseen_bytes = (left > 0 ? left : 0) + (int64_t)bytes;
    if (session->inbox.unseen_bytes > LIMIT_UNSEEN_BYTES)
        session_close(session, CLOSE_TOO_FAST, NULL, 1000);
}

bool session_pay_frame(struct session *session)
{
    static const struct rate_limit limit = {LIMIT_FRAMES_PER_S, LIMIT_FRAMES_PER_S};
    if (session->state == SESSION_CLOSING)
        return false;
    if (rate_spend(&session->inbox.frames, limit, session_node(session)->now.mono_us))
        return true;
    session_close(session, CLOSE_TOO_FAST, NULL, LIMIT_RETRY_CLOSED_MS);
    return false;
}

void session_receive(struct session *session, struct bytes frame)
{
    /* They are charged to a stranger or to a principal, which may change now. */
    assert(session->inbox.unfinished_bytes == 0);
    if (!session_pay_frame(session) || session->joining.is_held)
        return;
    enum scan_result scan = scan_frame(frame);
    if (scan != SCAN_OK) {
        session_close(session, CLOSE_BAD_FRAME, scan_result_sentence(scan), 0);
        return;
    }
    struct message message;
    struct decode_error error = {0};
    enum decode_result result = decode_message(frame, &message, &error);
    if (result == DECODE_UNKNOWN_TYPE || result == DECODE_BAD_MESSAGE) {
        session_close(session, CLOSE_BAD_FRAME, error.detail, 0);
    } else if (!session->outbox.was_welcomed && (result != DECODE_OK || message.type != MESSAGE_HELLO)) {
        session_close(session, CLOSE_OUT_OF_ORDER, session->state == SESSION_NEW ? NULL : "wait for welcome",
                      0);
    } else if (result == DECODE_REFUSED) {
        session_meter_command(session);
        session_refuse(session, message.command.id, error.reason, error.detail);
    } else {
        session_receive_message(session, frame, &message);
    }
}
