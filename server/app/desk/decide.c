/* From the queue to a batch: each command is judged, or waits for the state on which it has to be judged. */
#include "app/desk/private.h"
#include "protocol/limits.h"

static size_t desk_batch_room(struct desk *desk)
{
    if (desk->suspects_count > 0) {
        desk->suspects_count--;
        return 1;
    }
    return desk->queued_count < LIMIT_BATCH_COMMANDS ? desk->queued_count : LIMIT_BATCH_COMMANDS;
}

/* A task about a conversation that is being read waits behind the others, even if it could be judged by now,
 * so that the commands about one conversation stay in order. */
static enum batch_ground desk_ground(const struct desk *desk, const struct task *task)
{
    bool is_read = task->kind != TASK_CATCH_UP && map_get(&desk->reads, task->command.conversation) != NULL;
    return is_read ? GROUND_UNKNOWN : batch_ground(&desk->batch, &desk->roster, task);
}

void desk_decide(struct desk *desk)
{
    size_t room = desk_batch_room(desk);
    struct list later;
    struct list *link;
    list_init(&later);
    bool wants_log = desk_is_behind(desk);
    batch_init(&desk->batch, room, desk->node->options.random);
    desk->batch.open_max = desk->node->options.quotas.open;
    for (size_t judged = 0; judged < room && desk->batch.bytes < LIMIT_BATCH_BYTES &&
                            (link = list_take_first(&desk->queue)) != NULL;) {
        struct task *task = CONTAINER_OF(link, struct task, link);
        desk->queued_count--;
        if (desk_clears_up_seen(desk, &later, task)) {
            judged++; /* these count too, as each is compared with every task that follows */
            wants_log |= task->waits_for_log > desk->log_readings;
            continue;
        }
        switch (desk_ground(desk, task)) {
        case GROUND_HERE:
            judged++;
            batch_judge(&desk->batch, &desk->roster, task, node_now_ms(desk->node));
            wants_log |= task->kind == TASK_CATCH_UP;
            if (task->kind != TASK_CATCH_UP && batch_task_stands_alone(task))
                desk_answer_decision(desk, &task, NULL);
            break;
        case GROUND_UNKNOWN: desk_read(desk, task); break;
        case GROUND_NEXT_ONE: list_append(&later, &task->link); break;
        }
    }
    desk_put_first(desk, &later);
    if (desk->batch.items_count > 0)
        desk_commit(desk);
    else if (wants_log)
        desk_read_log(desk);
    else
        batch_finish(&desk->batch);
    if (!desk->is_committing && !list_is_empty(&desk->queue))
        desk_note_work(desk);
}
