#include "app/session/session.h"

#include <assert.h>
#include <stdlib.h>

#include "app/session/private.h"
#include "base/alloc.h"
#include "base/log.h"
#include "protocol/limits.h"

/* No hello came in time, or the token has expired; or the session is a connection too many that is told
 * late. */
static void session_ring(struct alarm *alarm)
{
    struct session *session = CONTAINER_OF(alarm, struct session, alarm);
    if (session->joining.is_held)
        session_close(session, CLOSE_TOO_MANY_CONNECTIONS, session->farewell.detail, 0);
    else
        session_close(session, session->state == SESSION_NEW ? CLOSE_NO_HELLO : CLOSE_TOKEN_EXPIRED, NULL, 0);
}

struct session *session_create(struct sessions *sessions, void *connection, struct address from)
{
    struct session *session = alloc_zeroed(sizeof(*session));
    session->sessions = sessions;
    session->connection = connection;
    session->from = from;
    rate_init(&session->inbox.frames);
    subscriber_init(&session->subscriber);
    list_init(&session->laggard.link);
    fair_item_init(&session->joining.turn);
    list_init(&session->tasks);
    queries_init(&session->queries);
    replies_init(&session->replies);
    list_init(&session->watches.list);
    alarm_init(&session->alarm, session_ring);
    list_append(&sessions->all, &session->all_link);
    session_node(session)->stats.sessions++;
    sessions->of_role[session->identity.role]++;
    peers_set_beat(&session_node(session)->peers);
    session_enter_state(session, SESSION_NEW);
    return session;
}

void session_destroy(struct session **place)
{
    struct session *session = *place;
    enum role role = session->identity.role;
    LIST_FOR_EACH (link, &session->tasks)
        task_stop_waiting(CONTAINER_OF(link, struct task, waiter_link));
    if (session->desk != NULL)
        desk_presence_leave(session->desk, &session->subscriber, text_bytes(session->identity.id));
    if (session->joining.turn.state == FAIR_WAITING)
        fair_queue_remove(&session_node(session)->arrivals.queue, &session->joining.turn);
    queries_forget(session);
    watches_forget(session);
    consumer_destroy(session);
    replies_finish(&session->replies);
    list_remove(&session->all_link);
    list_remove(&session->subscriber.ready_link);
    laggards_forget(session);
    if (session->desk != NULL)
        desk_unsubscribe(session->desk, &session->subscriber);
    alarms_remove(&session_node(session)->alarms, &session->alarm);
    session_release_bytes(session);
    session->sessions->held_count -= session->joining.is_held;
    principal_leave(&session->principal);
    identity_finish(&session->identity);
    text_unref(&session->joining.resume_epoch);
    session_node(session)->stats.sessions--;
    session->sessions->of_role[role]--;
    free(session);
    *place = NULL;
}

/* What has been read of this conversation, and has not been sent yet, may contain what was erased: it is
 * void. */
static void session_erase(struct session *session, struct bytes conversation)
{
    queries_erase(session, conversation);
    if (session->consumer != NULL)
        consumer_drop_page(session->consumer);
}

/* This node no longer knows everything that happened since: the client gets everything anew, and a welcome
 * says so. */
static void session_start_afresh(struct session *session)
{
    desk_push_leave(session->desk, &session->subscriber);
    session->subscriber.cursor = cursor_fresh(desk_roster(session->desk));
    watches_begin_anew(session);
    session->outbox.is_resumed = false;
    session->outbox.owes_welcome = true;
    session_set_ready(session);
}

/* The desk has been loaded, perhaps from another database: everything starts over. */
static void session_start_over(struct session *session)
{
    session->joining.has_shown_agent = false;
    session->joining.has_asked_log = false;
    session->joining.has_caught_up = false;
    consumer_end(session);
    if (session->state == SESSION_JOINING) {
        session_try_join(session);
    } else if (session->state == SESSION_LIVE) {
        session_place_cursor(session);
        session->outbox.presence_version = 0;
        replies_void_answers(&session->replies);
        queries_start_over(session);
        watches_begin_anew(session);
        queries_ask(session);
        session_show_agent(session); /* the record of the agent may have been lost */
        session->outbox.owes_welcome = true;
        session_set_ready(session);
    }
}

void session_take_notice(struct subscriber *subscriber, const struct desk_notice *notice)
{
    struct session *session = CONTAINER_OF(subscriber, struct session, subscriber);
    switch (notice->kind) {
    case DESK_LOADED: session_start_over(session); break;
    case DESK_LAGGED: session_start_afresh(session); break;
    case DESK_ERASED: session_erase(session, notice->conversation); break;
    }
}
