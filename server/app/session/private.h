#ifndef RELEVO_APP_SESSION_PRIVATE_H
#define RELEVO_APP_SESSION_PRIVATE_H

#include "app/desk/desks.h"
#include "app/desk/sync.h"
#include "app/node/node.h"
#include "app/ports/credential.h"
#include "app/session/consumer.h"
#include "app/session/inbox.h"
#include "app/session/join.h"
#include "app/session/laggards.h"
#include "app/session/outbox.h"
#include "app/session/principal.h"
#include "app/session/query.h"
#include "app/session/reply.h"
#include "app/session/session.h"
#include "app/session/sessions_private.h"
#include "app/session/watch.h"

/* The body of a session; the transport sees session.h only. Its states are in state.c. */

enum session_state {
    SESSION_NEW,     /* connected; nothing but hello is taken, within LIMIT_HELLO_MS */
    SESSION_JOINING, /* signed in; waits for its desk to be loaded, or to know the agent */
    SESSION_LIVE,    /* welcomed: commands are taken, dashboards fed */
    SESSION_CLOSING, /* nothing is taken any more; the last frame goes out, then it is closed */
};

/* Why and how it is to be closed. */
struct farewell {
    enum close_code code;
    int32_t retry_ms;
    const char *detail;
};

struct session {
    struct sessions *sessions;
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

static inline struct node *session_node(const struct session *session)
{
    return session->sessions->node;
}

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
