#ifndef RELEVO_SERVE_SERVICE_STATUS_H
#define RELEVO_SERVE_SERVICE_STATUS_H

#include <stdbool.h>
#include <uv.h>

#include "app/hub/hub.h"
#include "systemd/notify_socket.h"

/* What the service manager hears of a server, where there is one:
 *
 *   READY=1     Clients are accepted, and the database has been up. Where that takes long, it is said
 *               without: another start would not bring the database back, while waiting for it will.
 *   STATUS=…    Whether the database is there, for `systemctl status`.
 *   RELOADING=1 It reads its settings again; READY=1 when that is over, whatever has come of it.
 *   STOPPING=1  It drains.
 *   WATCHDOG=1  Twice in the time that is given for it, as long as the loop turns. */
struct service_status {
    struct notify_socket *socket;
    const struct hub *hub;
    uv_check_t look;
    uv_timer_t patience;
    uv_timer_t heartbeat;
    bool is_ready; /* has been said */
    bool store_is_up;
    bool can_commit;
};

/* Clients are accepted. `hub` outlives it. */
void service_status_start(struct service_status *status, uv_loop_t *loop, const struct hub *hub);

void service_status_reloading(struct service_status *status);
void service_status_reloaded(struct service_status *status);

void service_status_stopping(struct service_status *status);

/* The last word has been said; the loop runs out of our handles. */
void service_status_stop(struct service_status *status);

#endif
