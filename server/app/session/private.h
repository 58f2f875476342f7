#ifndef RELEVO_APP_SESSION_PRIVATE_H
#define RELEVO_APP_SESSION_PRIVATE_H

#include "app/desk/desks.h"
#include "app/desk/sync.h"
#include "app/node/node.h"
#include "app/ports/credential.h"
#include "app/session/consumer.h"
#include "app/session/inbox.h"
#include "app/session/join.h"
#include "app/session/lag_log.h"
#include "app/session/outbox.h"
#include "app/session/principal.h"
#include "app/session/query.h"
#include "app/session/reply.h"
#include "app/session/session.h"
#include "app/session/sessions_private.h"
#include "app/session/watch.h"

/* The body of a session; the transport only sees session.h. state.c has its states. */

enum session_state {
    SESSION_NEW, /* it is connected; only hello is accepted, within LIMIT_HELLO_MS */
    /* It has signed in, and waits for its turn, its desk, or the record of its agent (join.c). */
    SESSION_JOINING,
    SESSION_LIVE, /* it has joined: welcome is its first frame, commands are accepted, dashboards are fed */
    SESSION_CLOSING, /* nothing is accepted; the last frame goes out, then the connection is closed */
};

/* Why and how a session is to be closed. */
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
    struct desk *desk;            /* NULL until it has signed in and found room */
    struct subscriber subscriber; /* the desk's view of it */
    struct identity identity;
    struct principal *principal; /* NULL until it has signed in and found room */
    /* Rings when no hello came in time, the token expires, or a connection too many is closed. */
    struct alarm alarm;
    struct joining joining;
    struct inbox inbox;
    struct list tasks; /* struct task that it waits for */
    struct queries queries;
    struct replies replies;
    struct watches watches;
    struct consumer *consumer; /* NULL unless it follows the log */
    struct outbox outbox;
    struct laggard laggard;
    struct farewell farewell;
};

static inline struct node *session_node(const struct session *session)
{
    return session->sessions->node;
}

/* Whether the client is a dashboard, which is fed with rows. */
static inline bool session_is_dashboard(const struct session *session)
{
    return role_is_person(session->identity.role);
}

/* Changes the state, and does what belongs to it. A CLOSING session stays so (asserted). */
void session_enter_state(struct session *session, enum session_state state);

/* The session takes a notice of its desk. */
void session_take_notice(struct subscriber *subscriber, const struct desk_notice *notice);

/* Owes the client the present state of the database. */
void session_tell_state(struct session *session);

/* Closes the session (1012), as the server goes down and everything is settled. The client is told to come
 * back after a random time of up to LIMIT_DRAIN_SPREAD_MS. */
void session_restart(struct session *session);

/* Closes the session with this code, unless it is CLOSING already. `detail` is a constant, or NULL for the
 * code's own sentence. retry_ms: how long the client should wait before it comes back; 0: it is not told. */
void session_close(struct session *session, enum close_code code, const char *detail, int64_t retry_ms);

#endif
