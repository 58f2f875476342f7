#ifndef RELEVO_APP_SESSION_THREAD_H
#define RELEVO_APP_SESSION_THREAD_H

#include "app/session_query.h"

/* Threads that clients have open: their beginnings come from the store, what happens then from the desk's
 * tail of the log. */

struct watch {
    struct list link;
    uint64_t number; /* none was given before in this session */
    struct text *conversation;
    int64_t seq;  /* what happened in it up to here has been sent, or will be by its beginning */
    bool is_open; /* its beginning has been sent */
};

/* Whether the conversation is watched, or one more can be. */
bool session_has_room_to_watch(const struct session *session, struct bytes conversation);

void session_watch(struct session *session, const struct message_watch *message);
void session_unwatch(struct session *session, struct bytes conversation);
void session_forget_watches(struct session *session);

/* All threads begin anew: what their clients have is void. */
void session_begin_watches_anew(struct session *session);

/* The answer to QUERY_THREAD. */
struct frame *session_encode_thread(struct session *session, struct session_query *query);

/* Up to where the client has been sent what happened in all threads that it has open; INT64_MAX where it has
 * none. */
int64_t session_threads_seq(const struct session *session);

/* Moves the watch that is furthest behind on, and returns the frame for what lies between, or NULL where
 * nothing there concerns it. */
struct frame *session_step_thread(struct session *session);

#endif
