#include "serve/service_status.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    READY_PATIENCE_MS = 10 * 1000, /* with a database that is away, before the start counts as done */
};

static void service_status_be_ready(struct service_status *status)
{
    if (!status->is_ready)
        notify_socket_say(status->socket, "READY=1");
    status->is_ready = true;
}

static void service_status_on_turn(uv_check_t *look)
{
    struct service_status *status = look->data;
    const struct node_stats stats = hub_stats(status->hub);
    if (stats.store_is_up == status->store_is_up && stats.can_commit == status->can_commit)
        return;
    status->store_is_up = stats.store_is_up;
    status->can_commit = stats.can_commit;
    notify_socket_say(status->socket, stats.can_commit    ? "STATUS=Serving."
                                      : stats.store_is_up ? "STATUS=Waiting for the database to commit."
                                                          : "STATUS=Waiting for the database.");
    if (stats.store_is_up)
        service_status_be_ready(status);
}

static void service_status_on_patience(uv_timer_t *patience)
{
    service_status_be_ready(patience->data);
}

static void service_status_on_heartbeat(uv_timer_t *heartbeat)
{
    struct service_status *status = heartbeat->data;
    notify_socket_say(status->socket, "WATCHDOG=1");
}

void service_status_start(struct service_status *status, uv_loop_t *loop, const struct hub *hub)
{
    *status = (struct service_status){.socket = notify_socket_create(), .hub = hub};
    uint64_t watchdog_ms = notify_socket_watchdog_us(status->socket) / 1000;
    uv_check_init(loop, &status->look);
    uv_timer_init(loop, &status->patience);
    uv_timer_init(loop, &status->heartbeat);
    status->look.data = status;
    status->patience.data = status;
    status->heartbeat.data = status;
    if (status->socket == NULL)
        return;
    notify_socket_say(status->socket, "STATUS=Waiting for the database.");
    uv_check_start(&status->look, service_status_on_turn);
    uv_timer_start(&status->patience, service_status_on_patience, READY_PATIENCE_MS, 0);
    if (watchdog_ms > 0)
        uv_timer_start(&status->heartbeat, service_status_on_heartbeat, 0, watchdog_ms / 2);
}

/* The time tells this word from one before. Who has not been ready yet is still starting. */
void service_status_reloading(struct service_status *status)
{
    char lines[64];
    snprintf(lines, sizeof(lines), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, uv_hrtime() / 1000);
    if (status->is_ready)
        notify_socket_say(status->socket, lines);
}

void service_status_reloaded(struct service_status *status)
{
    if (status->is_ready)
        notify_socket_say(status->socket, "READY=1");
}

void service_status_stopping(struct service_status *status)
{
    uv_check_stop(&status->look);
    uv_timer_stop(&status->patience);
    notify_socket_say(status->socket, "STOPPING=1\nSTATUS=Settling what is in flight.");
}

void service_status_stop(struct service_status *status)
{
    uv_close((uv_handle_t *)&status->look, NULL);
    uv_close((uv_handle_t *)&status->patience, NULL);
    uv_close((uv_handle_t *)&status->heartbeat, NULL);
    notify_socket_destroy(&status->socket);
}
