#include "app/session.h"

#include <assert.h>
#include <stdlib.h>

#include "app/session_private.h"
#include "base/alloc.h"
#include "base/log.h"
#include "protocol/limits.h"

struct session *session_create(struct hub *hub, void *connection, struct address from)
{
    struct session *session = alloc_zeroed(sizeof(*session));
    session->hub = hub;
    session->connection = connection;
    session->from = from;
    rate_init(&session->inbox.frames);
    list_init(&session->ready_link);
    list_init(&session->desk_link);
    list_init(&session->laggard.link);
    fair_item_init(&session->joining.turn);
    list_init(&session->tasks);
    queries_init(&session->queries);
    replies_init(&session->replies);
    list_init(&session->watches.list);
    deadline_init(&session->alarm);
    list_append(&hub->sessions, &session->hub_link);
    hub->stats.sessions++;
    hub->watching.sessions[session->identity.role]++;
    session_enter_state(session, SESSION_NEW);
    return session;
}

void session_destroy(struct session **place)
{
    struct session *session = *place;
    enum role role = session->identity.role;
    LIST_FOR_EACH (link, &session->tasks) {
        CONTAINER_OF(link, struct task, session_link)->session = NULL;
        list_remove(link);
    }
    if (session->desk != NULL) {
        desk_presence_leave(session->desk, session);
        desk_push_leave(session->desk, session);
    }
    if (session->joining.turn.state == FAIR_WAITING)
        fair_queue_remove(&session->hub->arrivals, &session->joining.turn);
    queries_forget(session);
    watches_forget(session);
    consumer_destroy(session);
    replies_finish(&session->replies);
    list_remove(&session->hub_link);
    list_remove(&session->ready_link);
    laggards_forget(session);
    list_remove(&session->desk_link);
    if (session->desk != NULL) {
        session->desk->sessions_count--;
        hub_note_work(session->hub, session->desk);
    }
    deadlines_remove(&session->hub->session_alarms, &session->alarm);
    session_release_bytes(session);
    session->hub->held_count -= session->joining.is_held;
    principal_leave(&session->principal);
    identity_finish(&session->identity);
    text_unref(&session->joining.resume_epoch);
    session->hub->stats.sessions--;
    session->hub->watching.sessions[role]--;
    free(session);
    *place = NULL;
}

void session_alarm(struct session *session)
{
    if (session->joining.is_held)
        session_close(session, CLOSE_TOO_MANY_CONNECTIONS, session->farewell.detail, 0);
    else
        session_close(session, session->state == SESSION_NEW ? CLOSE_NO_HELLO : CLOSE_TOKEN_EXPIRED, NULL, 0);
}

void session_erase(struct session *session, struct bytes conversation)
{
    queries_erase(session, conversation);
    if (session->consumer != NULL)
        consumer_drop_page(session->consumer);
}

void session_start_afresh(struct session *session)
{
    desk_push_leave(session->desk, session);
    session->cursor = cursor_fresh(&session->desk->roster);
    watches_begin_anew(session);
    session->outbox.is_resumed = false;
    session->outbox.owes_welcome = true;
    session_set_ready(session);
}

void session_start_over(struct session *session)
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
        session_show_agent(session); /* the record of him may have been lost */
        session->outbox.owes_welcome = true;
        session_set_ready(session);
    }
}
