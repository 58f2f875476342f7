#ifndef RELEVO_APP_SESSION_THREAD_H
#define RELEVO_APP_SESSION_THREAD_H

#include "app/session_query.h"

/* Threads that clients have open: their beginnings come from the store, what happens then from the desk's
 * tail of the log. */

struct watch {
    struct list link;
    struct text *conversation;
    bool is_open; /* its beginning has been sent, */
    int64_t seq;  /* and what happened in it up to here */
};

/* Whether the conversation is watched, or one more can be. */
bool session_has_room_to_watch(const struct session *session, struct bytes conversation);

void session_watch(struct session *session, const struct message_watch *message);
void session_unwatch(struct session *session, struct bytes conversation);
void session_forget_watches(struct session *session);

/* All threads begin anew: what their clients have is void. */
void session_begin_watches_anew(struct session *session);

/* A beginning is about to be read (QUERY_THREAD): no gap and nothing twice, for the store tells what is there
 * by now, the tail what comes. */
void session_place_thread(const struct session *session, struct session_query *query);

/* The beginning cannot be read: what is watched by this query is so no more. */
void session_refuse_thread(struct session *session, const struct session_query *query);

/* The answer to QUERY_THREAD; NULL where nobody waits for it any more. */
struct frame *session_encode_thread(struct session *session, const struct session_query *query);

/* Up to where the client has been sent what happened in all threads that it has open; INT64_MAX where it has
 * none. */
int64_t session_threads_seq(const struct session *session);

/* Moves the watch that is furthest behind on, and returns the frame for what lies between, or NULL where
 * nothing there concerns it. */
struct frame *session_step_thread(struct session *session);

#endif
