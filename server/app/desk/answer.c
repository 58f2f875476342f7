/* Commands that have no answer yet, and what happens when one is settled: the client gets the answer, and a
 * due may be tried again. */
#include <assert.h>

#include "app/desk/private.h"

struct bytes desk_task_key(const void *value)
{
    const struct task *task = value;
    return bytes_make(task->command.id.bytes, sizeof(task->command.id.bytes));
}

void desk_note_task(struct desk *desk, struct task *task)
{
    if (task->kind != TASK_CATCH_UP)
        map_add(&desk->under_way, task);
}

void desk_forget_task(struct desk *desk, const struct task *task)
{
    if (task->kind != TASK_CATCH_UP && map_get(&desk->under_way, desk_task_key(task)) == task)
        map_remove(&desk->under_way, desk_task_key(task));
}

/* The conversation may still have a due, if this one was too early by the database's clock; it is tried again
 * shortly. After a failure it may fail again, so it is tried later. */
static void desk_settle_due(struct desk *desk, const struct task *task, const struct answer *answer)
{
    enum due_kind kind;
    if (answer->outcome == OUTCOME_DONE && due_kind_of_action(task->command.action, &kind))
        desk->node->stats.dues_done[kind]++;
    struct row *row =
        desk->state == DESK_READY ? roster_find(&desk->roster, task->command.conversation) : NULL;
    struct due due = row == NULL ? (struct due){0} : due_first(&row->conversation);
    if (due.at_ms == 0)
        return;
    bool is_early = answer->reason == REASON_NONE || answer->reason == REASON_BUSY;
    int64_t soon_ms = node_now_ms(desk->node) + (is_early ? 20 : 1000);
    deadlines_set(&desk->roster.dues, &row->due, due.at_ms > soon_ms ? due.at_ms : soon_ms);
    desk_watch_dues(desk);
}

/* Measures the parts of the time that the command has taken. */
static void desk_time_answer(struct desk *desk, const struct task *task)
{
    struct timings *timings = &desk->node->timings;
    if (!desk->is_settling)
        return;
    histogram_add(&timings->stats.part_us[ANSWER_TURN], desk->sent_us - task->heard_us);
    histogram_add(&timings->stats.part_us[ANSWER_COMMIT], timings->present_us - desk->sent_us);
}

static void desk_settle_one(struct desk *desk, struct task **place, const struct answer *answer,
                            int64_t gate_seq)
{
    struct task *task = *place;
    list_remove(&task->link);
    list_remove(&task->waiter_link);
    switch (task->kind) {
    case TASK_COMMAND:
        node_count_answer(desk->node, task->command.action, answer);
        desk_time_answer(desk, task);
        break;
    case TASK_DUE: desk_settle_due(desk, task, answer); break;
    case TASK_AGENT_SEEN:
    case TASK_CATCH_UP: break;
    }
    if (task->done != NULL)
        task->done(task, answer, gate_seq);
    task_destroy(place);
}

static void desk_answer(struct desk *desk, struct task **place, const struct answer *answer, int64_t gate_seq)
{
    desk_forget_task(desk, *place);
    LIST_FOR_EACH (link, &(*place)->copies) {
        struct task *copy = CONTAINER_OF(link, struct task, link);
        desk_settle_one(desk, &copy, answer, gate_seq);
    }
    desk_settle_one(desk, place, answer, gate_seq);
}

void desk_refuse(struct desk *desk, struct task **task, enum reason reason)
{
    struct answer answer = {.id = (*task)->command.id, .outcome = OUTCOME_REFUSED, .reason = reason};
    desk_answer(desk, task, &answer, 0);
}

static struct answer answer_of_refusal(const struct task *task, const struct store_append *append)
{
    const struct decision *decision = &task->decision;
    struct pause pause = decision->pause;
    struct answer answer = {
        .outcome = OUTCOME_REFUSED,
        .reason = decision->reason,
        .seq = task->judged_seq,
        .since_seq = decision->since_seq,
        .holder = decision->holder,
        .shows_row = !reason_is_temporary(decision->reason),
    };
    if (append != NULL) {
        seq_resolve(&answer.seq, append->seqs);
        seq_resolve(&answer.since_seq, append->seqs);
        pause_resolve(&pause, append->at_ms);
    }
    answer.until_ms = pause.until_ms;
    return answer;
}

static struct answer answer_of_decision(const struct task *task, const struct store_append *append)
{
    const struct decision *decision = &task->decision;
    switch (decision->verdict) {
    case VERDICT_DONE: {
        const struct transition *last = &decision->transitions[decision->transitions_count - 1];
        return (struct answer){.outcome = OUTCOME_DONE, .seq = last->seq, .message = last->message};
    }
    case VERDICT_UNCHANGED: return (struct answer){.outcome = OUTCOME_UNCHANGED};
    case VERDICT_REFUSED: return answer_of_refusal(task, append);
    }
    assert(false && "a verdict that is none");
    return (struct answer){0};
}

void desk_answer_decision(struct desk *desk, struct task **place, const struct store_append *append)
{
    struct task *task = *place;
    const struct decision *decision = &task->decision;
    struct answer answer = answer_of_decision(task, append);
    answer.id = task->command.id;
    if (answer.outcome == OUTCOME_REFUSED && answer.reason == REASON_WORKSPACE_FULL)
        desk_refuse_for_quota(desk, QUOTA_OPEN);
    int64_t gate_seq = decision->transitions_count > 0
                           ? decision->transitions[decision->transitions_count - 1].seq
                           : desk->roster.seq;
    desk_answer(desk, place, &answer, gate_seq);
}

void desk_answer_stored(struct desk *desk, struct task **task, const struct stored_outcome *stored)
{
    struct answer answer = {
        .id = (*task)->command.id,
        .outcome = stored->outcome,
        .reason = stored->reason,
        .seq = stored->seq,
        .message = stored->message,
        .since_seq = stored->since_seq,
        .until_ms = stored->pause.until_ms,
    };
    desk_answer(desk, task, &answer, desk->roster.seq);
}

void desk_answer_unknown(struct desk *desk, struct task **task)
{
    struct answer answer = {.id = (*task)->command.id, .outcome = OUTCOME_UNKNOWN};
    desk_answer(desk, task, &answer, 0);
}

void desk_refuse_for_quota(struct desk *desk, enum quota quota)
{
    desk->node->stats.quota_refusals[quota]++;
    if (log_ration_allows(&desk->node->rations.quota, "workspace_quota"))
        log_warn("workspace_quota", "workspace=%s quota=%s", log_quote(text_string(desk->workspace)),
                 quota_name(quota));
}
