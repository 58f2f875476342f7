/* What the store tells the hub without being asked: that the database is there, is away, or commits nothing;
 * what time it is; where other nodes have committed something (a hint); and what they tell of their people.
 * The node keeps these facts, and whoever waits for them is told.
 *
 * A hint, or what another node tells, may be late, lost or untrue. So a hint is only a reason to read the
 * log, and the heads are polled as well. */
#include "app/hub/private.h"
#include "base/log.h"

/* What other nodes told of people may have been lost, too. */
static void hub_store_hints_lost(void *context)
{
    struct hub *hub = context;
    poll_set_next(&hub->polls.heads, node_mono_ms(&hub->node));
    desks_heal_presence(hub->desks);
}

static void hub_store_up(void *context, struct bytes epoch)
{
    struct hub *hub = context;
    bool was_up = hub->node.store_is_up;
    bool is_other = hub->node.epoch != NULL && !bytes_equal(text_bytes(hub->node.epoch), epoch);
    text_assign_bytes(&hub->node.epoch, epoch);
    hub->node.store_is_up = true;
    hub->node.store_is_stuck = false;
    if (!hub->node.is_draining)
        polls_start(hub);
    hub_store_hints_lost(hub);
    turns_go_on(&hub->node.lookups);
    desks_watch_idle(hub->desks);
    peers_set_beat(&hub->node.peers);
    sessions_begin_revocations(hub->sessions, is_other);
    if (is_other) {
        log_warn("epoch_changed", "epoch=%s", log_quote(text_string(hub->node.epoch)));
        hub->node.stats.epoch_changes++;
    }
    size_t position = 0;
    struct desk *desk;
    while ((desk = desks_next(hub->desks, &position)) != NULL)
        desk_store_is_up(desk, is_other);
    sessions_note_store(hub->sessions, !was_up);
}

static void hub_store_down(void *context)
{
    struct hub *hub = context;
    hub->node.store_is_up = false;
    polls_stop(hub);
    sessions_tell_state(hub->sessions);
}

static void hub_store_stuck(void *context, bool is_stuck)
{
    struct hub *hub = context;
    if (hub->node.store_is_stuck == is_stuck)
        return;
    hub->node.store_is_stuck = is_stuck;
    sessions_note_stuck(hub->sessions, is_stuck);
}

static void hub_store_clock(void *context, int64_t database_ms, int64_t sent_us, int64_t received_us)
{
    struct hub *hub = context;
    timings_tell(&hub->node.timings, received_us);
    clock_observe(&hub->node.clock, database_ms, sent_us, received_us);
}

static void hub_store_hint(void *context, int64_t workspace_id, int64_t seq)
{
    struct hub *hub = context;
    desks_hint(hub->desks, workspace_id, seq);
}

static void hub_store_told(void *context, int64_t workspace_id, struct bytes words)
{
    hub_hear_peer(context, workspace_id, words);
}

struct store_listener hub_listener(struct hub *hub)
{
    return (struct store_listener){
        .up = hub_store_up,
        .down = hub_store_down,
        .stuck = hub_store_stuck,
        .clock = hub_store_clock,
        .hint = hub_store_hint,
        .hints_lost = hub_store_hints_lost,
        .told = hub_store_told,
        .context = hub,
    };
}
