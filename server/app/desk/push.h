#ifndef RELEVO_APP_DESK_PUSH_H
#define RELEVO_APP_DESK_PUSH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How long it takes until all dashboards of a workspace have a commit. It is measured in rounds. A round
 * begins with a commit. It ends when every dashboard that had everything before the commit, and could be
 * written to, has been given what is new. What is committed during a round is measured by the next round,
 * which begins at the first such commit; so rounds also end where commits follow each other without a pause.
 * A dashboard that cannot be written to in its turn, or goes, or starts afresh, leaves its round: it is not
 * measured. */

struct desk;
struct subscriber;

struct push_round {
    int64_t since_us; /* when it began, on the monotonic clock */
    size_t owed;      /* dashboards that have not been given what is new yet */
    bool is_told;     /* at least one has been sent a frame */
};

struct pushes {
    struct push_round rounds[2]; /* one is going on; the other collects dashboards for the next */
    int current;                 /* the index of the one that is going on */
};

/* The log has grown beyond seq_before: puts all subscribers of the desk on the ready list, and its dashboards
 * into a round. */
void desk_wake_subscribers(struct desk *desk, int64_t seq_before);

/* This dashboard has reached the end of the log. `is_told`: it was sent a frame. Does nothing where it is in
 * no round. */
void desk_push_reached(struct desk *desk, struct subscriber *subscriber, bool is_told);

/* Takes the subscriber out of its round. Does nothing where it is in none. */
void desk_push_leave(struct desk *desk, struct subscriber *subscriber);

/* Ends all rounds, as the desk's roster is given up. */
void desk_push_end(struct desk *desk);

#endif
