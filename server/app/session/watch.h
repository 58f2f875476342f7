#ifndef RELEVO_APP_SESSION_WATCH_H
#define RELEVO_APP_SESSION_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/text.h"
#include "protocol/message.h"

/* Threads that clients have open: their beginnings come from the store, what happens then from the desk's
 * tail of the log. */

struct frame;
struct session;

struct watch {
    struct list link;
    struct text *conversation;
    bool is_open; /* its beginning has been sent, */
    int64_t seq;  /* and what happened in it up to here */
};

/* A session's. */
struct watches {
    struct list list; /* struct watch */
    int count;
};

/* Whether the conversation is watched, or one more can be. */
bool watches_have_room(const struct session *session, struct bytes conversation);

void watch_begin(struct session *session, const struct message_watch *message);
void watch_end(struct session *session, struct bytes conversation);
void watches_forget(struct session *session);

/* All threads begin anew: what their clients have is void. */
void watches_begin_anew(struct session *session);

/* Up to where the client has been sent what happened in all threads that it has open; INT64_MAX where it has
 * none. */
int64_t watches_seq(const struct session *session);

/* Moves the watch that is furthest behind on, and returns the frame for what lies between, or NULL where
 * nothing there concerns it. */
struct frame *watches_step(struct session *session);

#endif
