/* What the store tells the hub without being asked. */
#include "app/hub_private.h"
#include "app/session_private.h"
#include "base/log.h"

/* What was said of people may be lost too, here and there. */
static void hub_store_hints_lost(void *context)
{
    struct hub *hub = context;
    poll_set_next(&hub->polls.heads, hub_mono_ms(hub));
    LIST_FOR_EACH (link, &hub->ready_desks)
        desk_presence_begin(CONTAINER_OF(link, struct desk, ready_link), LIMIT_PRESENCE_HEAL_MS);
}

static void hub_store_up(void *context, struct bytes epoch)
{
    struct hub *hub = context;
    bool was_up = hub->store_is_up;
    bool is_other = hub->epoch != NULL && !bytes_equal(text_bytes(hub->epoch), epoch);
    text_assign_bytes(&hub->epoch, epoch);
    hub->store_is_up = true;
    hub->store_is_stuck = false;
    if (!hub->is_draining)
        polls_start(hub);
    hub_store_hints_lost(hub);
    turns_go_on(&hub->lookups);
    hub_watch_idle(hub);
    hub_set_beat(hub);
    /* What is known stays so; the numbers may be another database's, or a backup's. */
    hub->revocations.newest_number = 0;
    if (is_other) {
        log_warn("epoch_changed", "epoch=%s", log_quote(text_string(hub->epoch)));
        hub->knows_revocations = false;
        hub->stats.epoch_changes++;
    }
    size_t position = 0;
    struct desk *desk;
    while ((desk = map_next(&hub->desks, &position)) != NULL)
        desk_store_is_up(desk, is_other);
    LIST_FOR_EACH (link, &hub->sessions) {
        struct session *session = CONTAINER_OF(link, struct session, hub_link);
        session_try_join(session);
        if (!was_up)
            session_tell_state(session);
        queries_ask(session);
    }
}

static void hub_store_down(void *context)
{
    struct hub *hub = context;
    hub->store_is_up = false;
    polls_stop(hub);
    LIST_FOR_EACH (link, &hub->sessions)
        session_tell_state(CONTAINER_OF(link, struct session, hub_link));
}

/* Who waits to come in need not wait for what cannot be committed; it is made up for. */
static void hub_store_stuck(void *context, bool is_stuck)
{
    struct hub *hub = context;
    if (hub->store_is_stuck == is_stuck)
        return;
    hub->store_is_stuck = is_stuck;
    LIST_FOR_EACH (link, &hub->sessions) {
        struct session *session = CONTAINER_OF(link, struct session, hub_link);
        session_tell_state(session);
        if (is_stuck)
            session_try_join(session);
        else
            session_note_agent(session);
    }
}

static void hub_store_clock(void *context, int64_t database_ms, int64_t sent_us, int64_t received_us)
{
    struct hub *hub = context;
    timings_tell(&hub->timings, received_us);
    clock_observe(&hub->clock, database_ms, sent_us, received_us);
}

struct desk *hub_find_id(const struct hub *hub, int64_t workspace_id)
{
    return map_get(&hub->desks_by_id, bytes_make((const uint8_t *)&workspace_id, sizeof(workspace_id)));
}

void hub_hint(struct hub *hub, int64_t workspace_id, int64_t seq)
{
    struct desk *desk = hub_find_id(hub, workspace_id);
    if (desk != NULL && hub->store_is_up && !hub->is_draining)
        desk_hint(desk, seq);
}

void hub_take_head(struct hub *hub, int64_t workspace_id, int64_t seq, int64_t mark_ms)
{
    struct desk *desk = hub_find_id(hub, workspace_id);
    if (desk != NULL && hub->store_is_up && !hub->is_draining)
        desk_take_head(desk, seq, mark_ms);
}

static void hub_store_hint(void *context, int64_t workspace_id, int64_t seq)
{
    hub_hint(context, workspace_id, seq);
}

static void hub_store_told(void *context, int64_t workspace_id, struct bytes words)
{
    hub_hear_node(context, workspace_id, words);
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
