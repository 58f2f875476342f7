#ifndef RELEVO_NET_TICK_H
#define RELEVO_NET_TICK_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "app/hub/hub.h"
#include "base/histogram.h"

/* What happens around each wait of the loop. */
struct tick {
    uv_loop_t *loop;
    struct hub *hub;
    bool (*flush)(void *context); /* sends what is ready; false: there may be more than one tick may send */
    void *context;
    uv_prepare_t before_wait;
    uv_check_t after_wait;
    uv_idle_t unfinished;     /* keeps the loop from waiting while more is ready than one tick may send */
    uv_timer_t deadline;      /* wakes the loop for the hub */
    int64_t deadline_us;      /* what the timer is set to; INT64_MAX: stopped */
    bool has_heard;           /* since the last wait the hub has been told what time it is */
    uint64_t woke_ms;         /* when the last wait ended; 0: there was none yet */
    struct histogram busy_us; /* from the end of a wait to the next: so long whoever comes may have to wait */
};

/* The tick's loop, hub, flush and context are set. */
void tick_start(struct tick *tick);

/* Something has come: the hub is told when, as of the first that has since the wait. The loop's own clock has
 * milliseconds only. */
void tick_hear(struct tick *tick);

/* The loop runs out of its handles then. */
void tick_stop(struct tick *tick);

/* The present moment, by the clocks that the hub is driven with. */
struct moment tick_now(void);

#endif
