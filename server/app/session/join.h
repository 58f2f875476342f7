#ifndef RELEVO_APP_SESSION_JOIN_H
#define RELEVO_APP_SESSION_JOIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "core/fair_queue.h"
#include "protocol/message.h"

/* How a session joins, from its first hello to its welcome (sign_in.c, join.c). */

struct session;

/* How far a session has got. */
struct joining {
    struct fair_item turn; /* in node.arrivals: it waits for its turn to join */
    /* Where the client goes on, from hello until its cursor is placed; resume_epoch NULL: it did not say. */
    struct text *resume_epoch;
    int64_t resume_seq;
    int64_t resume_mark_ms;
    bool has_turn;        /* it has had its turn to join */
    bool is_held;         /* it is one connection too many, and is closed after LIMIT_HELD_MS */
    bool has_shown_agent; /* the desk has been asked to record the agent */
    bool has_asked_log;   /* the desk has been asked to read the log */
    bool has_caught_up; /* the log has been read since hello, for a client that was further than this node */
};

/* Takes a hello: the first one signs the client in, a later one renews its token. A bad token closes the
 * session. */
void session_sign_in(struct session *session, const struct message_hello *hello);

/* Closes the session if its token has been revoked. */
void session_check_revoked(struct session *session);

/* Closes the session if the secret that signed its token is no longer trusted; returns whether it did. */
bool session_check_trust(struct session *session);

/* The token is good and there is room for the client: subscribes it to its desk, and lets it wait for its
 * turn. */
void session_join(struct session *session, const struct message_hello *hello);

/* Makes the session LIVE if nothing is missing any more; else it goes on waiting, or is closed. It is called
 * whenever something that a session waits for may be there. Does nothing in other states than JOINING. */
void session_try_join(struct session *session);

/* The session has its turn to join. A client that joins is sent who is there and what is in the lists, which
 * costs more than what it has sent: clients that come and go as fast as they can would make the others wait
 * for that. So workspaces take turns, and principals within them, each at a limited rate. */
void session_let_in(struct fair_item *turn);

/* The token has been renewed: owes the client another welcome, and has a new name or role of the agent
 * recorded. The stream goes on, as nothing is lost. If the client has been started afresh and not been told
 * so yet, the welcome still says so. */
void session_welcome_again(struct session *session);

/* Has the agent recorded, if it joined without that. */
void session_note_agent(struct session *session);

/* Sets the client's cursor; the desk is ready. It resumes where the client was, if this node knows that place
 * and reaches back so far; else it starts from the beginning. */
void session_place_cursor(struct session *session);

/* Has the desk record the agent's name and role, if they are new: at once (true), or later or not at all
 * (false). */
bool session_show_agent(struct session *session);

#endif
