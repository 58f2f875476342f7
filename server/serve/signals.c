#include "serve/signals.h"

#include <signal.h>

#include "serve/process.h"

void signals_listen(struct signals *signals, uv_loop_t *loop, const struct signal_handler *handlers,
                    void *context)
{
    for (int i = 0; i < SIGNALS_COUNT; i++) {
        uv_signal_init(loop, &signals->handles[i]);
        signals->handles[i].data = context;
        uv_signal_start(&signals->handles[i], handlers[i].heard, handlers[i].number);
    }
    process_release_signals();
}

void signals_let_loop_end(struct signals *signals)
{
    for (int i = 0; i < SIGNALS_COUNT; i++)
        uv_unref((uv_handle_t *)&signals->handles[i]);
}

void signals_stop_listening(struct signals *signals, uv_loop_t *loop, const struct signal_handler *handlers)
{
    process_hold_signals();
    for (int i = 0; i < SIGNALS_COUNT; i++) {
        uv_close((uv_handle_t *)&signals->handles[i], NULL);
        uv_run(loop, UV_RUN_DEFAULT);
        signal(handlers[i].number, SIG_IGN);
    }
}
