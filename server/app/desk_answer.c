/* What becomes of a settled command: its answer, or what follows from one of the server's own. */
#include <assert.h>

#include "app/desk_private.h"
#include "app/hub_private.h"
#include "app/session_private.h"

/* The pause may still stand, if it was too early by the database's clock: it is tried again shortly. Where it
 * failed, it may fail again. */
static void desk_settle_expire(struct desk *desk, const struct task *task, enum reason reason)
{
    struct row *row =
        desk->state == DESK_READY ? roster_find(&desk->roster, task->command.conversation) : NULL;
    if (row == NULL || row->conversation.pause.kind != PAUSE_UNTIL)
        return;
    bool is_early = reason == REASON_NONE || reason == REASON_BUSY;
    int64_t soon_ms = hub_now_ms(desk->hub) + (is_early ? 20 : 1000);
    int64_t until_ms = row->conversation.pause.until_ms;
    deadlines_set(&desk->roster.pause_ends, &row->pause_end, until_ms > soon_ms ? until_ms : soon_ms);
    desk_watch_pauses(desk);
}

static void desk_settle_one(struct desk *desk, struct task **place, const struct answer *answer,
                            int64_t gate_seq)
{
    struct task *task = *place;
    list_remove(&task->link);
    switch (task->kind) {
    case TASK_COMMAND:
        hub_count_answer(desk->hub, task->command.action, answer);
        if (task->session != NULL) {
            task->session->unsettled_bytes -= task->frame_size;
            bool shows_row = answer->outcome == OUTCOME_REFUSED && role_is_person(task->actor.role);
            struct text *conversation = shows_row ? text_create(task->command.conversation) : NULL;
            session_answer(task->session, answer, conversation, gate_seq);
            text_unref(&conversation);
        }
        break;
    case TASK_EXPIRE:
        desk->hub->stats.pauses_ended += answer->outcome == OUTCOME_DONE;
        desk_settle_expire(desk, task, answer->reason);
        break;
    case TASK_AGENT_SEEN:
    case TASK_CATCH_UP:
        list_remove(&task->session_link);
        if (task->session == NULL)
            break;
        task->session->has_caught_up |= task->kind == TASK_CATCH_UP && answer->outcome != OUTCOME_REFUSED;
        session_try_join(task->session);
        break;
    }
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

/* The answer that a task's decision comes to; `seqs` are those that its append was given (NULL for a rider).
 */
void desk_answer_decision(struct desk *desk, struct task **place, const int64_t *seqs)
{
    struct task *task = *place;
    const struct decision *decision = &task->decision;
    struct answer answer = {
        .id = task->command.id,
        .reason = decision->reason,
        .until_ms = decision->until_ms,
    };
    int64_t gate_seq = desk->roster.seq;
    if (seqs != NULL && decision->transitions_count > 0) {
        const struct transition *last = &decision->transitions[decision->transitions_count - 1];
        gate_seq = last->seq;
        answer.seq = decision->verdict == VERDICT_DONE ? last->seq : 0;
        answer.message = decision->verdict == VERDICT_DONE ? last->message : 0;
    }
    switch (decision->verdict) {
    case VERDICT_DONE: answer.outcome = OUTCOME_DONE; break;
    case VERDICT_UNCHANGED: answer.outcome = OUTCOME_UNCHANGED; break;
    case VERDICT_REFUSED: answer.outcome = OUTCOME_REFUSED; break;
    }
    desk_answer(desk, place, &answer, gate_seq);
}

void desk_answer_stored(struct desk *desk, struct task **task, const struct stored_outcome *stored)
{
    struct answer answer = {
        .id = (*task)->command.id,
        .outcome = stored->outcome,
        .reason = stored->reason,
        .seq = stored->outcome == OUTCOME_DONE ? stored->seq : 0,
        .message = stored->message,
        .until_ms = stored->until_ms,
    };
    desk_answer(desk, task, &answer, desk->roster.seq);
}

void desk_answer_unknown(struct desk *desk, struct task **task)
{
    struct answer answer = {.id = (*task)->command.id, .outcome = OUTCOME_UNKNOWN};
    desk_answer(desk, task, &answer, 0);
}
