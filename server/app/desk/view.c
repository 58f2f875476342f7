/* What other boxes read of a desk. */
#include "app/desk/private.h"

bool desk_is_ready(const struct desk *desk)
{
    return desk->state == DESK_READY && !desk->wants_reload;
}

const struct roster *desk_roster(const struct desk *desk)
{
    return &desk->roster;
}

const struct tail *desk_tail(const struct desk *desk)
{
    return &desk->tail;
}

int64_t desk_workspace_id(const struct desk *desk)
{
    return desk->workspace_id;
}

const struct list *desk_subscribers(const struct desk *desk)
{
    return &desk->subscribers;
}

const struct sync_check *desk_find_check(const struct desk *desk, int64_t seq)
{
    return sync_checks_find(&desk->checks, seq);
}

struct shared_rate *desk_quota(struct desk *desk)
{
    return &desk->quota;
}

struct rate *desk_refusals(struct desk *desk)
{
    return &desk->refusals;
}

struct fair_group *desk_arrivals_turn(struct desk *desk)
{
    return &desk->arrivals_turn;
}

struct fair_group *desk_lookups_turn(struct desk *desk)
{
    return &desk->lookups_turn;
}

void desk_count_command(struct desk *desk)
{
    meter_count(&desk->commands, desk->node->now.mono_us);
}

void desk_count_lookup(struct desk *desk)
{
    meter_count(&desk->lookups, desk->node->now.mono_us);
}
