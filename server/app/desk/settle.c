/* Settles the commands of a batch that the store has answered: each gets its answer, or is judged again. */
#include <assert.h>

#include "app/desk/private.h"
#include "protocol/limits.h"

/* Answers one task of a batch whose append came out OK. False: the task has to be judged again. */
static bool desk_settle_done(struct desk *desk, struct task *task)
{
    const struct store_append *append = &desk->append;
    if (task->item < 0) {
        if (task->command.resend && batch_task_is_kept(task))
            return false; /* a resend has joined it since, so its outcome has to be kept now */
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

/* Nothing of the batch was done, for an unforeseen reason. A single command is the cause itself. Of several,
 * each is tried alone (suspects_count). Where there was none, the log could not be read. */
static bool desk_settle_failed(struct desk *desk, struct task *task)
{
    size_t items_count = desk->append.items_count;
    if (items_count > 1 || (items_count == 1 && task->item < 0))
        return false;
    /* An earlier copy of a resend may have been carried out; this failure does not tell. */
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
        /* It may have been carried out in that other database, so its outcome has to be kept from now on. */
        task->command.resend = true;
        return false;
    case STORE_SLOW: break; /* an append never ends so */
    }
    assert(false);
    return false;
}

/* The log could not be read: tasks that wait for it are refused. Otherwise they would have it read again in
 * each turn for as long as the store is away. */
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
