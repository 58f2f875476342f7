/* Records who the workspace's agents are, as their tokens say: when they sign in for the first time, and when
 * they have another name or role. With two tokens with two names, one agent could have each hello recorded.
 * So changes are recorded only at a limited rate, and the newest one last. */
#include <stdlib.h>

#include "app/desk/private.h"
#include "base/alloc.h"
#include "protocol/limits.h"

/* The newest name and role of an agent, to be recorded when that is allowed. */
struct change {
    struct text *id;
    struct text *name;
    enum role role;
};

static struct bytes change_key(const void *value)
{
    return text_bytes(((const struct change *)value)->id);
}

void desk_agents_init(struct desk *desk)
{
    map_init(&desk->agent_changes, change_key, desk->node->options.random);
    rate_init(&desk->agent_changes_rate);
}

static void desk_forget_change(struct desk *desk, struct change *change)
{
    map_remove(&desk->agent_changes, change_key(change));
    text_unref(&change->id);
    text_unref(&change->name);
    free(change);
}

void desk_agents_finish(struct desk *desk)
{
    size_t position = 0;
    struct change *change;
    while ((change = map_next(&desk->agent_changes, &position)) != NULL) {
        text_unref(&change->id);
        text_unref(&change->name);
        free(change);
    }
    map_finish(&desk->agent_changes);
}

bool desk_may_change_agent(struct desk *desk, const struct agent *agent)
{
    static const struct rate_limit limit = {LIMIT_AGENT_CHANGES_PER_S, LIMIT_AGENT_CHANGES_BURST};
    return agent_may_change(agent, node_now_ms(desk->node)) &&
           rate_spend(&desk->agent_changes_rate, limit, desk->node->now.mono_us);
}

static void desk_look_again(struct desk *desk)
{
    if (desk->state == DESK_READY && !alarm_is_set(&desk->alarm))
        alarms_set(&desk->node->alarms, &desk->alarm, node_mono_ms(desk->node) + LIMIT_AGENT_CHANGE_LOOK_MS);
}

void desk_change_agent_later(struct desk *desk, const struct identity *identity)
{
    struct change *change = map_get(&desk->agent_changes, text_bytes(identity->id));
    if (change == NULL) {
        change = alloc_zeroed(sizeof(*change));
        change->id = text_ref(identity->id);
        map_add(&desk->agent_changes, change);
    }
    text_assign(&change->name, identity->name);
    change->role = identity->role;
    desk_look_again(desk);
}

void desk_keep_agent(struct desk *desk, const struct identity *identity)
{
    struct change *change = map_get(&desk->agent_changes, text_bytes(identity->id));
    if (change != NULL)
        desk_forget_change(desk, change);
}

static void desk_submit_agent(struct desk *desk, const struct change *change)
{
    struct task *task =
        task_create_agent_seen(node_make_id(desk->node), change->id, change->name, change->role);
    desk_submit(desk, &task);
}

/* The change stays until it has been recorded, as the task that was submitted may have been refused. */
static void desk_try_change(struct desk *desk, struct change *change)
{
    const struct agent *agent = roster_find_agent(&desk->roster, text_bytes(change->id));
    if (agent == NULL || (text_equal(agent->name, change->name) && agent->role == change->role))
        desk_forget_change(desk, change);
    else if (desk_may_change_agent(desk, agent))
        desk_submit_agent(desk, change);
}

void desk_change_agents(struct desk *desk)
{
    if (desk->agent_changes.count == 0 || alarm_is_set(&desk->alarm) || !desk->node->store_is_up ||
        desk->node->is_draining)
        return;
    size_t count = desk->agent_changes.count, position = 0;
    struct change **changes = alloc_array(count, sizeof(*changes));
    for (size_t i = 0; i < count; i++)
        changes[i] = map_next(&desk->agent_changes, &position);
    for (size_t i = 0; i < count; i++)
        desk_try_change(desk, changes[i]);
    free((void *)changes);
    if (desk->agent_changes.count > 0)
        desk_look_again(desk);
}
