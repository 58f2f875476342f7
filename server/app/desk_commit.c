/* From the queue to the store and back: deciding, committing, settling. */
#include <assert.h>

#include "app/desk_private.h"
#include "app/desks.h"
#include "base/log.h"
#include "protocol/limits.h"

enum { SLOW_COMMIT_US = 1000 * 1000 };

static void desk_apply(struct desk *desk, const struct transition *transition)
{
    if (transition_is_of_agent(transition) && role_is_person(transition->role))
        roster_apply_agent(&desk->roster, transition->seq, transition->at_ms, transition->by,
                           transition->body, transition->role);
    else if (transition->after.words == NULL)
        roster_pass(&desk->roster, transition->seq, transition->at_ms);
    else
        roster_apply(&desk->roster, transition);
    if (tail_is_kept(&desk->tail))
        tail_add(&desk->tail, transition);
    if (!action_does(transition->action, DOES_ERASE))
        return;
    sync_cache_finish(&desk->frames); /* nobody would be sent them any more; nothing is kept of them either */
    desk_give_notice(desk, &(struct desk_notice){.kind = DESK_ERASED,
                                                 .conversation = conversation_id(&transition->after)});
}

/* How long after its time something was carried out, by us. */
static void desk_note_due(struct desk *desk, const struct transition *transition)
{
    enum due_kind kind;
    if (transition->due_ms != 0 && due_kind_of_action(transition->action, &kind))
        histogram_add(&desk->node->stats.due_delay_us[kind], (transition->at_ms - transition->due_ms) * 1000);
}

/* False where what has been added does not follow what is held here. */
static bool desk_apply_append(struct desk *desk)
{
    struct store_append *append = &desk->append;
    for (size_t i = 0; i < append->foreign_count; i++) {
        if (!roster_may_apply(&desk->roster, &append->foreign[i]))
            return false;
        desk_apply(desk, &append->foreign[i]);
    }
    for (size_t i = 0; i < append->items_count; i++) {
        struct store_item *item = &append->items[i];
        for (int n = 0; item->result == ITEM_COMMITTED && n < item->transitions_count; n++) {
            transition_stamp(&item->transitions[n], append->seqs, append->at_ms);
            if (!roster_may_apply(&desk->roster, &item->transitions[n]))
                return false;
            desk_note_due(desk, &item->transitions[n]);
            desk_apply(desk, &item->transitions[n]);
        }
    }
    return true;
}

/* Somebody has written to the log by hand, or worse: what is held here is thrown away for what is there. */
static void desk_note_that_log_does_not_follow(struct desk *desk)
{
    if (log_ration_allows(&desk->node->rations.log_break, "log_does_not_follow"))
        log_error("log_does_not_follow", "workspace=%s seq=%lld", log_quote(text_string(desk->workspace)),
                  (long long)desk->roster.seq);
    desk->append.request.outcome = STORE_NEW_EPOCH;
}

/* Answers one task of a batch that went through, or returns false: it has to be decided again. */
static bool desk_settle(struct desk *desk, struct task *task)
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
    case ITEM_BUSY: return false;
    }
    assert(false);
    return false;
}

/* Nothing of the batch was done for a reason that nobody foresaw: a lone command is the culprit; of several,
 * each is tried alone. Without any, the log could not be read. */
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
    case STORE_OK: return desk_settle(desk, task);
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

/* Whoever looks for why it was slow finds when, and whose. */
static void desk_note_slow_commit(const struct desk *desk)
{
    int64_t took_us = desk->node->timings.present_us - desk->sent_us;
    if (took_us > SLOW_COMMIT_US && log_ration_allows(&desk->node->rations.slow_commit, "commit_slow"))
        log_warn("commit_slow", "workspace=%s ms=%lld commands=%zu", log_quote(text_string(desk->workspace)),
                 (long long)(took_us / 1000), desk->append.items_count);
}

static void desk_append_done(struct store_request *request)
{
    struct store_append *append = store_append_of(request);
    struct desk *desk = CONTAINER_OF(append, struct desk, append);
    int64_t seq_before = desk->roster.seq;
    desk->is_committing = false;
    desk->is_settling = true;
    desk_note_slow_commit(desk);
    desk->node->stats.batches++;
    if (append->request.outcome == STORE_OK) {
        if (!desk_apply_append(desk))
            desk_note_that_log_does_not_follow(desk);
        desk->log_readings++;
    }
    desk_watch_dues(desk);
    desk_forget(desk, desk->roster.seq - seq_before);
    if (append->request.outcome == STORE_FAILED)
        desk->lone_steps = append->items_count > 1 ? append->items_count : 0;
    desk->wants_reload |= append->request.outcome == STORE_NEW_EPOCH;

    desk_end_log_waits(desk);

    struct list again;
    list_init(&again);
    bool was_locked = false;
    for (size_t i = 0; i < append->items_count; i++)
        was_locked |= append->request.outcome == STORE_OK && append->items[i].result == ITEM_BUSY;
    LIST_FOR_EACH (link, &desk->batch.tasks) {
        struct task *task = CONTAINER_OF(link, struct task, link);
        if (!desk_settle_task(desk, task)) {
            list_remove(&task->link);
            list_append(&again, &task->link);
        }
    }
    desk->is_settling = false;
    desk_put_first(desk, &again);
    desk_note_work(desk);
    store_request_finish(request);
    batch_finish(&desk->batch);
    desk->append.patient = was_locked;
    if (desk->roster.seq != seq_before)
        desk_push(desk, seq_before);
}

static void desk_commit(struct desk *desk)
{
    desk->append = (struct store_append){
        .request = {.kind = STORE_APPEND, .done = desk_append_done},
        .workspace_id = desk->workspace_id,
        .known_seq = desk->roster.seq,
        .known_at_ms = desk->roster.at_ms,
        .items = desk->batch.items,
        .items_count = desk->batch.items_count,
        .bytes = desk->batch.bytes,
        .patient = desk->append.patient,
    };
    desk->is_committing = true;
    desk->sent_us = desk->node->timings.present_us;
    desk->hinted_seq = 0; /* the answer tells; and nobody has to believe a hint twice */
    struct store *store = desk->node->options.store;
    store->ops->ask(store, &desk->append.request);
}

static size_t desk_batch_room(struct desk *desk)
{
    if (desk->lone_steps > 0) {
        desk->lone_steps--;
        return 1;
    }
    return desk->queued_count < LIMIT_BATCH_COMMANDS ? desk->queued_count : LIMIT_BATCH_COMMANDS;
}

/* What others wait for, it waits for behind them, though it could be judged by now: the commands about one
 * conversation stay in order. */
static enum batch_ground desk_ground(const struct desk *desk, const struct task *task)
{
    bool is_read = task->kind != TASK_CATCH_UP && map_get(&desk->reads, task->command.conversation) != NULL;
    return is_read ? GROUND_UNKNOWN : batch_ground(&desk->batch, &desk->roster, task);
}

/* Judges what is queued, as far as one batch can hold it. */
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
            judged++; /* those who wait are few, too: each is compared with what follows */
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
    if (desk->batch.items_count > 0 || wants_log)
        desk_commit(desk);
    else
        batch_finish(&desk->batch);
    if (!desk->is_committing && !list_is_empty(&desk->queue))
        desk_note_work(desk);
}
