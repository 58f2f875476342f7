#include "herald.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    READY_PATIENCE_MS = 10 * 1000, /* with a database that is away, before the start counts as done */
};

static void herald_be_ready(struct herald *herald)
{
    if (!herald->is_ready)
        notifier_say(herald->notifier, "READY=1");
    herald->is_ready = true;
}

static void herald_on_turn(uv_check_t *look)
{
    struct herald *herald = look->data;
    const struct hub_stats stats = hub_stats(herald->hub);
    if (stats.store_is_up == herald->store_is_up && stats.can_commit == herald->can_commit)
        return;
    herald->store_is_up = stats.store_is_up;
    herald->can_commit = stats.can_commit;
    notifier_say(herald->notifier, stats.can_commit    ? "STATUS=Serving."
                                   : stats.store_is_up ? "STATUS=Waiting for the database to commit."
                                                       : "STATUS=Waiting for the database.");
    if (stats.store_is_up)
        herald_be_ready(herald);
}

static void herald_on_patience(uv_timer_t *patience)
{
    herald_be_ready(patience->data);
}

static void herald_on_heartbeat(uv_timer_t *heartbeat)
{
    struct herald *herald = heartbeat->data;
    notifier_say(herald->notifier, "WATCHDOG=1");
}

void herald_start(struct herald *herald, uv_loop_t *loop, const struct hub *hub)
{
    *herald = (struct herald){.notifier = notifier_create(), .hub = hub};
    uint64_t watchdog_ms = notifier_watchdog_us(herald->notifier) / 1000;
    uv_check_init(loop, &herald->look);
    uv_timer_init(loop, &herald->patience);
    uv_timer_init(loop, &herald->heartbeat);
    herald->look.data = herald;
    herald->patience.data = herald;
    herald->heartbeat.data = herald;
    if (herald->notifier == NULL)
        return;
    notifier_say(herald->notifier, "STATUS=Waiting for the database.");
    uv_check_start(&herald->look, herald_on_turn);
    uv_timer_start(&herald->patience, herald_on_patience, READY_PATIENCE_MS, 0);
    if (watchdog_ms > 0)
        uv_timer_start(&herald->heartbeat, herald_on_heartbeat, 0, watchdog_ms / 2);
}

/* The time tells this word from one before. Who has not been ready yet is still starting. */
void herald_reloading(struct herald *herald)
{
    char lines[64];
    snprintf(lines, sizeof(lines), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, uv_hrtime() / 1000);
    if (herald->is_ready)
        notifier_say(herald->notifier, lines);
}

void herald_reloaded(struct herald *herald)
{
    if (herald->is_ready)
        notifier_say(herald->notifier, "READY=1");
}

void herald_stopping(struct herald *herald)
{
    uv_check_stop(&herald->look);
    uv_timer_stop(&herald->patience);
    notifier_say(herald->notifier, "STOPPING=1\nSTATUS=Settling what is in flight.");
}

void herald_stop(struct herald *herald)
{
    uv_close((uv_handle_t *)&herald->look, NULL);
    uv_close((uv_handle_t *)&herald->patience, NULL);
    uv_close((uv_handle_t *)&herald->heartbeat, NULL);
    notifier_destroy(&herald->notifier);
}
