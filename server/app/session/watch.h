#ifndef RELEVO_APP_SESSION_WATCH_H
#define RELEVO_APP_SESSION_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/text.h"
#include "protocol/message.h"

/* Threads that clients have open. The beginning of a thread comes from the store; what happens after that
 * comes from the desk's tail of the log. */

struct frame;
struct session;

struct watch {
    struct list link;
    struct text *conversation;
    bool is_open; /* its beginning has been sent */
    int64_t seq;  /* what happened in it has been sent up to this seq */
};

/* The watches of a session. */
struct watches {
    struct list list; /* struct watch */
    int count;
};

/* Whether the conversation is watched already, or one more can be. */
bool watches_have_room(const struct session *session, struct bytes conversation);

/* Watches the conversation from now on (watches_have_room must be true). Its beginning is asked for, and
 * answers the message's ref. If it is watched already, the watch begins again. */
void watch_begin(struct session *session, const struct message_watch *message);

/* Ends the watch of this conversation. Does nothing where it is not watched. */
void watch_end(struct session *session, struct bytes conversation);

/* Ends all watches of the session. */
void watches_forget(struct session *session);

/* All threads begin anew, as what the client has of them is void. */
void watches_begin_anew(struct session *session);

/* The seq up to which the client has been sent everything in all of its open threads; INT64_MAX: none is
 * open. */
int64_t watches_seq(const struct session *session);

/* Moves on the open watch that is furthest behind, and returns the frame for what lies between; the caller
 * owns it. NULL where nothing there concerns the thread, or the store has to be asked. */
struct frame *watches_step(struct session *session);

#endif
