#ifndef RELEVO_NET_LIVENESS_H
#define RELEVO_NET_LIVENESS_H

#include <stdint.h>
#include <uv.h>

#include "base/list.h"

/* One connection's part in it. */
struct pulse {
    struct list link;
    uint64_t heard_ms;
};

/* Finds clients that have died without a word: who has been silent for LIMIT_PING_S is pinged, who stays
 * silent for LIMIT_IDLE_S is given up. (libwebsockets would do the same with a sorted list, in which each
 * connection's place is looked for from the start.) */
struct liveness {
    struct list heard;  /* pulses, the longest silent first */
    struct list pinged; /* likewise */
    uv_timer_t look;    /* once a second */
    void (*ping)(struct pulse *pulse);
    void (*give_up)(struct pulse *pulse);
};

/* `ping` asks the client to show that it lives; `give_up` cuts the connection of one that has not. */
void liveness_start(struct liveness *liveness, uv_loop_t *loop, void (*ping)(struct pulse *pulse),
                    void (*give_up)(struct pulse *pulse));
void liveness_stop(struct liveness *liveness);

/* The client has said something, or taken what it was sent: O(1). */
void liveness_hear(struct liveness *liveness, struct pulse *pulse);

/* The connection is gone. */
void liveness_forget(struct pulse *pulse);

#endif
