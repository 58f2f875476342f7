/* What becomes of the commands of a batch that the store has answered: each gets its answer, or is judged
 * again. */
#include <assert.h>

#include "app/desk/private.h"
#include "protocol/limits.h"

/* Answers one task of a batch that went through, or returns false: it has to be decided again. */
static bool desk_settle_done(struct desk *desk, struct task *task)
{
    const struct store_append *append = &desk->append;
    if (task->item < 0) {
        if (task->command.resend && batch_task_is_kept(task))
            return false; /* since it was judged: what it comes to is to be kept */
        bool holds = task->chain == NULL || append->items[task->chain->first_item].result == ITEM_COMMITTED;
        if (holds)
            desk_answer_decision(desk, &task, append);
        return holds;
    }
    const struct store_item *item = &append->items[task->item];
    switch (item->result) {
    case ITEM_COMMITTED: desk_answer_decision(desk, &task, append); return true;
    case ITEM_DUPLICATE: desk_answer_stored(desk, &task, &item->stored); return true;
    case ITEM_ID_REUSED: desk_refuse(desk, &task, REASON_ID_REUSED); return true;
    case ITEM_CONFLICT:
        if (++task->tries < LIMIT_CONFLICT_TRIES)
            return false;
        desk_refuse(desk, &task, REASON_BUSY);
        return true;
    case ITEM_BUSY: desk->met_lock = true; return false;
    }
    assert(false);
    return false;
}

/* Nothing of the batch was done for a reason that nobody foresaw: a lone command is the culprit; of several,
 * each is tried alone (suspects_count). Without any, the log could not be read. */
static bool desk_settle_failed(struct desk *desk, struct task *task)
{
    size_t items_count = desk->append.items_count;
    if (items_count > 1 || (items_count == 1 && task->item < 0))
        return false;
    /* Of a resend an earlier copy may have been carried out, which this failure says nothing of. */
    if (task->command.resend)
        desk_answer_unknown(desk, &task);
    else
        desk_refuse(desk, &task, REASON_INTERNAL);
    return true;
}

static bool desk_settle_task(struct desk *desk, struct task *task)
{
    switch (desk->append.request.outcome) {
    case STORE_OK: return desk_settle_done(desk, task);
    case STORE_AWAY: desk_refuse(desk, &task, REASON_UNAVAILABLE); return true;
    case STORE_FAILED: return desk_settle_failed(desk, task);
    case STORE_NEW_EPOCH:
        /* It may have been carried out in that other database: whatever comes of it now has to be kept. */
        task->command.resend = true;
        return false;
    case STORE_SLOW: break; /* is not of an append */
    }
    assert(false);
    return false;
}

/* Who waits for the log that could not be read does so no longer: it would be asked for again in each turn,
 * for as long as the store is away. */
static void desk_end_log_waits(struct desk *desk)
{
    const struct store_append *append = &desk->append;
    bool is_unread = append->request.outcome == STORE_AWAY ||
                     (append->request.outcome == STORE_FAILED && append->items_count == 0);
    LIST_FOR_EACH (link, &desk->queue) {
        struct task *task = CONTAINER_OF(link, struct task, link);
        if (!is_unread || task->waits_for_log <= desk->log_readings)
            continue;
        desk->queued_count--;
        if (append->request.outcome == STORE_AWAY)
            desk_refuse(desk, &task, REASON_UNAVAILABLE);
        else
            (void)desk_settle_failed(desk, task);
    }
}

void desk_settle(struct desk *desk)
{
    struct list again;
    list_init(&again);
    desk->is_settling = true;
    desk->met_lock = false;
    desk_end_log_waits(desk);
    LIST_FOR_EACH (link, &desk->batch.tasks) {
        struct task *task = CONTAINER_OF(link, struct task, link);
        if (!desk_settle_task(desk, task)) {
            list_remove(&task->link);
            list_append(&again, &task->link);
        }
    }
    desk->is_settling = false;
    desk_put_first(desk, &again);
}
