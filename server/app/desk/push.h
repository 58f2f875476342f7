#ifndef RELEVO_APP_DESK_PUSH_H
#define RELEVO_APP_DESK_PUSH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How long a commit takes to all the dashboards of its workspace, measured in rounds: a round begins with a
 * commit, and ends when each dashboard that had all that was before, and could be written to, has been given
 * what is new. What is committed while a round goes on is measured by one more, from the first such commit
 * on: so that rounds end also where commits never do. A dashboard that cannot be written to when it is its
 * turn, or goes, or starts afresh, is of no round: it keeps nobody's time. */

struct desk;
struct subscriber;

struct push_round {
    int64_t since_us;
    size_t owed;  /* dashboards that have not got there */
    bool is_told; /* some have been told of it */
};

struct pushes {
    struct push_round rounds[2]; /* one goes on; the other gathers, until it is that one's turn */
    int current;
};

/* The workspace's log has got beyond seq_before: all of its subscribers are put on the ready list, and
 * its dashboards are of a round. */
void desk_push(struct desk *desk, int64_t seq_before);

/* This dashboard has got to the tail; harmless where it is of no round. `is_told`: by a frame. */
void desk_push_reached(struct desk *desk, struct subscriber *subscriber, bool is_told);

/* This subscriber keeps no time any more; harmless where he does not. */
void desk_push_leave(struct desk *desk, struct subscriber *subscriber);

/* There is nothing more to be told: the desk's roster is given up. */
void desk_push_end(struct desk *desk);

#endif
