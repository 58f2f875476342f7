#ifndef RELEVO_NET_TURN_H
#define RELEVO_NET_TURN_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/histogram.h"

struct net;

/* What happens around each wait of the loop. */
struct turn {
    uv_prepare_t before_wait;
    uv_check_t after_wait;
    uv_idle_t unfinished;     /* keeps the loop from waiting while more is ready than one turn may send */
    uv_timer_t deadline;      /* wakes the loop for the hub */
    int64_t deadline_us;      /* what the timer is set to; INT64_MAX: stopped */
    bool has_heard;           /* since the last wait the hub has been told what time it is */
    uint64_t woke_ms;         /* when the last wait ended; 0: there was none yet */
    struct histogram busy_us; /* from the end of a wait to the next: so long whoever comes may have to wait */
};

void turn_start(struct net *net);

/* Something has come: the hub is told when, as of the first that has since the wait. The loop's own clock has
 * milliseconds only. */
void turn_hear(struct net *net);

/* The loop runs out of its handles then. */
void turn_stop(struct net *net);

#endif
