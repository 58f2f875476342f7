/* The queue: commands that wait to be judged. */
#include "app/desk/desks_private.h"
#include "app/desk/private.h"
#include "protocol/limits.h"

/* A command that has no answer yet is not judged a second time. The outcome of a resend is kept, so from now
 * on the outcome of the first copy is kept as well. */
static bool desk_join_first(struct desk *desk, struct task **place)
{
    struct task *task = *place;
    struct task *first = task->kind == TASK_CATCH_UP ? NULL : map_get(&desk->under_way, desk_task_key(task));
    if (first == NULL)
        return false;
    if (command_fingerprint(&first->command, &first->actor) !=
        command_fingerprint(&task->command, &task->actor)) {
        desk_refuse(desk, place, REASON_ID_REUSED);
        return true;
    }
    first->command.resend |= task->command.resend;
    list_append(&first->copies, &task->link);
    return true;
}

static bool desk_is_full(const struct desk *desk)
{
    return desk->queued_count >= LIMIT_QUEUE_COMMANDS || desk->weight.bytes > LIMIT_QUEUE_BYTES ||
           desk->desks->weight.bytes > LIMIT_QUEUES_BYTES;
}

void desk_submit(struct desk *desk, struct task **place)
{
    struct task *task = *place;
    *place = NULL;
    task->heard_us = desk->node->timings.present_us;
    bool is_own = task->kind != TASK_COMMAND;
    task_weigh(task, &desk->weight);
    if (desk_join_first(desk, &task))
        return;
    if (!is_own && (desk->node->is_draining || !node_can_commit(desk->node))) {
        desk_refuse(desk, &task, REASON_UNAVAILABLE);
    } else if (!is_own && desk_is_full(desk)) {
        desk_refuse(desk, &task, REASON_BUSY);
    } else {
        desk->queued_count++;
        desk_note_task(desk, task);
        list_append(&desk->queue, &task->link);
        desk_note_work(desk);
    }
}

void desk_put_first(struct desk *desk, struct list *tasks)
{
    while (!list_is_empty(tasks)) {
        struct list *last = tasks->previous;
        list_remove(last);
        list_prepend(&desk->queue, last);
        desk->queued_count++;
    }
}

void desk_end_wait(struct desk *desk, struct list *tasks, enum store_outcome outcome)
{
    LIST_FOR_EACH (link, tasks) {
        struct task *task = CONTAINER_OF(link, struct task, link);
        desk->queued_count--;
        if (outcome == STORE_AWAY || outcome == STORE_SLOW)
            desk_refuse(desk, &task, REASON_UNAVAILABLE);
        else if (outcome != STORE_OK)
            desk_refuse(desk, &task, REASON_INTERNAL);
    }
    desk_put_first(desk, tasks);
    desk_note_work(desk);
}

void desk_catch_up(struct desk *desk)
{
    struct task *task = task_create_catch_up();
    desk_submit(desk, &task);
}
