#ifndef RELEVO_APP_SESSION_JOIN_H
#define RELEVO_APP_SESSION_JOIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "core/fair_queue.h"
#include "protocol/message.h"

/* A session's way in, from its first hello to its welcome (sign_in.c, join.c). */

struct session;

/* How far it has come. */
struct joining {
    struct fair_item turn;     /* to join */
    struct text *resume_epoch; /* where the client was, between hello and welcome; NULL: nowhere */
    int64_t resume_seq;
    int64_t resume_mark_ms;
    bool has_turn;        /* to join: it has had it */
    bool is_held;         /* it is one too many, and will be told so in a while */
    bool has_shown_agent; /* the desk has been asked to record the agent */
    bool has_asked_log;   /* the desk has been asked to read the log */
    bool has_caught_up;   /* the log has been read since hello, for a client that was ahead of this node */
};

/* A hello has come: the first signs in, a later one renews the token. */
void session_sign_in(struct session *session, const struct message_hello *hello);

/* Closes it where its token has been revoked. */
void session_check_revoked(struct session *session);

/* Closes it where what vouches for its token is trusted no more; whether that is so. */
bool session_check_trust(struct session *session);

/* He is who he says and there is room for him: he waits for his turn. */
void session_join(struct session *session, const struct message_hello *hello);

/* The desk has been loaded, or knows more agents, or has caught up: a session that waits may go on. */
void session_try_join(struct session *session);

/* A client that comes in is told who is there and what stands in the lists, which costs more than what it has
 * sent: whoever comes and goes as fast as he can would have the others wait for that. So workspaces take
 * turns, and people within them, each at a pace: this one has its turn. */
void session_let_in(struct fair_item *turn);

/* A renewed token: nothing is lost, so the stream goes on. A start afresh that has not been told yet stays
 * one. */
void session_welcome_again(struct session *session);

/* Where the agent has come in without having been recorded, he is now. */
void session_note_agent(struct session *session);

/* Where the client goes on in a desk that is ready: where it was, if that is known and can be, else from the
 * start. */
void session_place_cursor(struct session *session);

/* The agent is known, perhaps by another name or role: that is recorded, at once or later. True: at once. */
bool session_show_agent(struct session *session);

#endif
