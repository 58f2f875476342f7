#include "app/session.h"

#include <assert.h>
#include <stdlib.h>

#include "app/consumer.h"
#include "app/laggards.h"
#include "app/session_join.h"
#include "app/watch.h"
#include "base/alloc.h"
#include "base/log.h"
#include "protocol/limits.h"

struct session *session_create(struct hub *hub, void *connection, struct address from)
{
    struct session *session = alloc_zeroed(sizeof(*session));
    session->hub = hub;
    session->connection = connection;
    session->from = from;
    rate_init(&session->frames);
    list_init(&session->ready_link);
    list_init(&session->desk_link);
    list_init(&session->blocked_link);
    fair_item_init(&session->turn);
    list_init(&session->tasks);
    list_init(&session->answers);
    list_init(&session->requests);
    list_init(&session->queries);
    list_init(&session->watches);
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
    if (session->turn.state == FAIR_WAITING)
        fair_queue_remove(&session->hub->arrivals, &session->turn);
    queries_forget(session);
    watches_forget(session);
    consumer_destroy(session);
    LIST_FOR_EACH (link, &session->answers)
        reply_destroy(CONTAINER_OF(link, struct reply, link));
    LIST_FOR_EACH (link, &session->requests)
        reply_destroy(CONTAINER_OF(link, struct reply, link));
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
    session->hub->held_count -= session->is_held;
    principal_leave(&session->principal);
    identity_finish(&session->identity);
    text_unref(&session->resume_epoch);
    session->hub->stats.sessions--;
    session->hub->watching.sessions[role]--;
    free(session);
    *place = NULL;
}

void session_alarm(struct session *session)
{
    if (session->is_held)
        session_close(session, CLOSE_TOO_MANY_CONNECTIONS, session->close_detail, 0);
    else
        session_close(session, session->state == SESSION_NEW ? CLOSE_NO_HELLO : CLOSE_TOKEN_EXPIRED, NULL, 0);
}

/* What was owed rested on another database: its seqs mean nothing any more, and what was done in it may be
 * lost. */
static void session_void_replies(struct session *session)
{
    LIST_FOR_EACH (link, &session->answers) {
        struct reply *reply = CONTAINER_OF(link, struct reply, link);
        reply->gate_seq = 0;
        if (reply->answer.outcome == OUTCOME_DONE) {
            reply->answer.outcome = OUTCOME_UNKNOWN;
            reply->answer.seq = 0;
            reply->answer.message = 0;
        }
    }
    LIST_FOR_EACH (link, &session->requests) {
        struct reply *reply = CONTAINER_OF(link, struct reply, link);
        if (reply->kind == REPLY_QUERY)
            query_ask_again(session, reply);
    }
}

void session_start_afresh(struct session *session)
{
    desk_push_leave(session->desk, session);
    session->cursor = cursor_fresh(&session->desk->roster);
    watches_begin_anew(session);
    session->is_resumed = false;
    session->owes_welcome = true;
    session_set_ready(session);
}

void session_start_over(struct session *session)
{
    session->has_shown_agent = false;
    session->has_asked_log = false;
    session->has_caught_up = false;
    consumer_end(session);
    if (session->state == SESSION_JOINING) {
        session_try_join(session);
    } else if (session->state == SESSION_LIVE) {
        session_place_cursor(session);
        session->presence_version = 0;
        session_void_replies(session);
        watches_begin_anew(session);
        queries_ask(session);
        session_show_agent(session); /* the record of him may have been lost */
        session->owes_welcome = true;
        session_set_ready(session);
    }
}
