#include "app/node/turns.h"

#include <limits.h>

#include "app/node/node.h"
#include "base/alloc.h"

void turns_go_on(struct turns *turns)
{
    worklist_add(&turns->node->worklist, &turns->work);
}

static bool turns_may_take(const struct turns *turns)
{
    return !turns->needs_store || node_can_ask(turns->node);
}

static void turns_note(struct turns *turns)
{
    if (fair_queue_has_turn(&turns->queue) && turns_may_take(turns))
        turns_go_on(turns);
}

static void turns_take(struct work *work)
{
    struct turns *turns = CONTAINER_OF(work, struct turns, work);
    struct fair_item *item;
    for (int taken = 0; taken < turns->at_once_max && turns_may_take(turns) &&
                        (item = fair_queue_take(&turns->queue, turns->node->now.mono_us)) != NULL;
         taken++)
        turns->take(item);
    int64_t pace_ms = fair_queue_deadline_ms(&turns->queue);
    if (pace_ms != INT64_MAX)
        alarms_set(&turns->node->alarms, &turns->pace, pace_ms);
    work_remove(&turns->work);
    turns_note(turns);
}

static void turns_pace(struct alarm *alarm)
{
    turns_go_on(CONTAINER_OF(alarm, struct turns, pace));
}

void turns_init(struct turns *turns, struct node *node, enum work_kind kind,
                void (*take)(struct fair_item *item))
{
    turns->node = node;
    turns->take = take;
    turns->at_once_max = INT_MAX;
    work_init(&turns->work, kind, turns_take);
    alarm_init(&turns->pace, turns_pace);
}

void turns_wait(struct turns *turns, struct fair_group *group, struct fair_source *source,
                struct fair_item *item)
{
    fair_queue_add(&turns->queue, group, source, item, turns->node->now.mono_us);
    turns_note(turns);
}

void turns_end(struct turns *turns, struct fair_item *item)
{
    fair_queue_end(&turns->queue, item);
    turns_note(turns);
}
