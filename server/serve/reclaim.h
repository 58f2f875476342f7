#ifndef RELEVO_SERVE_RECLAIM_H
#define RELEVO_SERVE_RECLAIM_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

/* Gives back to the kernel what a storm has left free in the heap. The C library keeps free pages between
 * used ones, so that a server that has been large once would stay so. Looked at every few seconds, and done
 * where the process has grown since it was done last. */
struct reclaim {
    uv_timer_t timer;
    uint64_t resident_bytes; /* after it was done last, or at the least since */
};

void reclaim_start(struct reclaim *reclaim, uv_loop_t *loop);
void reclaim_stop(struct reclaim *reclaim);

/* Whether it is to be done, the process being so large now. */
bool reclaim_is_due(struct reclaim *reclaim, uint64_t resident_bytes);

#endif
