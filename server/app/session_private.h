#ifndef RELEVO_APP_SESSION_PRIVATE_H
#define RELEVO_APP_SESSION_PRIVATE_H

#include "app/consumer.h"
#include "app/credential.h"
#include "app/desks.h"
#include "app/laggards.h"
#include "app/node.h"
#include "app/principal.h"
#include "app/query.h"
#include "app/reply.h"
#include "app/session.h"
#include "app/session_inbox.h"
#include "app/session_join.h"
#include "app/session_outbox.h"
#include "app/sessions.h"
#include "app/sync.h"
#include "app/watch.h"

/* The body of a session; the transport sees session.h only. Its states are in session_state.c. */

enum session_state {
    SESSION_NEW,     /* connected; nothing but hello is taken, within LIMIT_HELLO_MS */
    SESSION_JOINING, /* signed in; waits for its desk to be loaded, or to know the agent */
    SESSION_LIVE,    /* welcomed: commands are taken, dashboards fed */
    SESSION_CLOSING, /* nothing is taken any more; the last frame goes out, then it is closed */
};

/* Why and how it is to be closed. */
struct farewell {
    enum close_code code;
    const char *detail;
    int64_t retry_ms;
};

struct session {
    struct sessions *sessions;
    struct node *node;
    void *connection;
    struct address from;
    enum session_state state;
    struct list all_link;
    struct desk *desk;            /* NULL before it joins */
    struct subscriber subscriber; /* of the desk */
    struct identity identity;
    struct principal *principal; /* whose this is; NULL before he has signed in */
    struct alarm alarm;          /* hello must come, or the token expires */
    struct joining joining;
    struct inbox inbox;
    struct list tasks; /* in flight */
    struct queries queries;
    struct replies replies;
    struct watches watches;
    struct consumer *consumer; /* who follows the log; else NULL */
    struct outbox outbox;
    struct laggard laggard;
    struct farewell farewell;
};

/* Who has a dashboard, and so is fed with rows. */
static inline bool session_is_dashboard(const struct session *session)
{
    return role_is_person(session->identity.role);
}

/* It stands so from now on. */
void session_enter_state(struct session *session, enum session_state state);

/* What the desk tells it. */
void session_take_notice(struct subscriber *subscriber, const struct desk_notice *notice);

/* The database has gone away, or come back: the client is told. */
void session_tell_state(struct session *session);

/* The server goes down and everything is settled: closed with 1012, told to come back spread over a while. */
void session_restart(struct session *session);

/* Wants to be closed with this code; retry_ms: how long the client should wait before it comes back (0: as it
 * likes). */
void session_close(struct session *session, enum close_code code, const char *detail, int64_t retry_ms);

#endif
