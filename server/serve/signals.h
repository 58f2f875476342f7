#ifndef RELEVO_SERVE_SIGNALS_H
#define RELEVO_SERVE_SIGNALS_H

#include <uv.h>

/* The signals that a running server listens to, on its loop. */
enum { SIGNALS_COUNT = 5 };

struct signals {
    uv_signal_t handles[SIGNALS_COUNT];
};

struct signal_handler {
    int number;
    uv_signal_cb heard; /* the context is the signal's data */
};

/* Lets in those that have been held since the start (process_hold_signals). */
void signals_listen(struct signals *signals, uv_loop_t *loop, const struct signal_handler *handlers,
                    void *context);

/* They are still heard, but the loop does not wait for one. */
void signals_let_loop_end(struct signals *signals);

/* From now on they are ignored: nothing is left that one could hurry. */
void signals_stop_listening(struct signals *signals, uv_loop_t *loop, const struct signal_handler *handlers);

#endif
