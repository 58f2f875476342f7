#ifndef RELEVO_NET_TURN_H
#define RELEVO_NET_TURN_H

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
    uint64_t woke_ms;         /* when the last wait ended; 0: there was none yet */
    struct histogram busy_us; /* from the end of a wait to the next: so long whoever comes may have to wait */
};

void turn_start(struct net *net);

/* The loop runs out of its handles then. */
void turn_stop(struct net *net);

#endif
