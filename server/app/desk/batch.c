#include "app/desk/batch.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"

static struct bytes chain_key(const void *value)
{
    const struct chain *chain = value;
    return conversation_id(&chain->state);
}

void batch_init(struct batch *batch, size_t tasks_max, struct hash_key hash_key)
{
    *batch = (struct batch){.tasks_room = tasks_max, .open_max = INT64_MAX};
    list_init(&batch->tasks);
    batch->items = alloc_array(tasks_max, sizeof(*batch->items));
    batch->chains = alloc_array(tasks_max, sizeof(*batch->chains));
    map_init(&batch->chains_by_id, chain_key, hash_key);
}

void batch_finish(struct batch *batch)
{
    assert(list_is_empty(&batch->tasks));
    for (size_t i = 0; i < batch->chains_count; i++)
        conversation_finish(&batch->chains[i].state);
    map_finish(&batch->chains_by_id);
    free(batch->chains);
    free(batch->items);
    *batch = (struct batch){0};
}

static bool batch_has_agent(const struct batch *batch, const struct text *agent)
{
    for (size_t i = 0; i < batch->items_count; i++) {
        const struct store_item *item = &batch->items[i];
        if (item->transitions_count > 0 && transition_is_of_agent(&item->transitions[0]) &&
            text_equal(item->transitions[0].by, agent))
            return true;
    }
    return false;
}

enum batch_ground batch_ground(const struct batch *batch, const struct roster *roster,
                               const struct task *task)
{
    if (task->kind == TASK_CATCH_UP)
        return GROUND_HERE;
    if (task->kind == TASK_AGENT_SEEN)
        return batch_has_agent(batch, task->actor.id) ? GROUND_NEXT_ONE : GROUND_HERE;
    /* A conversation that was absent then is absent now, unless it has been created and dropped from memory
     * since. */
    if ((task->absent_seq >= roster->floor_seq && task->absent_seq >= 0) ||
        map_get(&batch->chains_by_id, task->command.conversation) != NULL ||
        roster_find(roster, task->command.conversation) != NULL)
        return GROUND_HERE;
    return GROUND_UNKNOWN;
}

/* The outcome of the command, as it is kept for resends. */
static struct stored_outcome stored_outcome_of(const struct task *task)
{
    const struct decision *decision = &task->decision;
    struct stored_outcome stored = {0};
    switch (decision->verdict) {
    case VERDICT_DONE: {
        const struct transition *last = &decision->transitions[decision->transitions_count - 1];
        stored.outcome = OUTCOME_DONE;
        stored.seq = last->seq;
        stored.message = last->message;
        break;
    }
    case VERDICT_UNCHANGED: stored.outcome = OUTCOME_UNCHANGED; break;
    case VERDICT_REFUSED:
        stored.outcome = OUTCOME_REFUSED;
        stored.reason = decision->reason;
        stored.seq = task->judged_seq;
        stored.since_seq = decision->since_seq;
        stored.pause = decision->pause;
        break;
    }
    return stored;
}

static void batch_add_item(struct batch *batch, struct task *task)
{
    assert(batch->items_count < batch->tasks_room);
    task->item = (int64_t)batch->items_count;
    batch->items[batch->items_count++] = (struct store_item){
        .id = task->command.id,
        .fingerprint = command_fingerprint(&task->command, &task->actor),
        .conversation = task->command.conversation,
        .stored = stored_outcome_of(task),
        .is_told_by_row = task->kind == TASK_DUE,
        .transitions = task->decision.transitions,
        .transitions_count = task->decision.transitions_count,
    };
    batch->transitions_count += task->decision.transitions_count;
    batch->bytes += task->frame_size;
}

static struct chain *batch_chain(struct batch *batch, const struct task *task)
{
    struct chain *chain = map_get(&batch->chains_by_id, task->command.conversation);
    const struct transition *last = &task->decision.transitions[task->decision.transitions_count - 1];
    if (chain != NULL) {
        conversation_finish(&chain->state);
        conversation_copy(&last->after, &chain->state);
        return chain;
    }
    assert(batch->chains_count < batch->tasks_room);
    chain = &batch->chains[batch->chains_count++];
    conversation_copy(&last->after, &chain->state);
    chain->first_item = task->item;
    map_add(&batch->chains_by_id, chain);
    return chain;
}

/* A credential already tells who an agent is. What is recorded is that the agent has signed in for the first
 * time, or has another name or role. Changes are recorded only as often as agent_may_change allows, also
 * where several sessions or nodes report them at once. */
static void batch_judge_agent(struct batch *batch, const struct roster *roster, struct task *task,
                              int64_t now_ms)
{
    const struct agent *agent = roster_find_agent(roster, text_bytes(task->actor.id));
    bool is_so =
        agent != NULL && text_equal(agent->name, task->agent_name) && agent->role == task->actor.role;
    if (is_so || (agent != NULL && !agent_may_change(agent, now_ms))) {
        task->decision.verdict = VERDICT_UNCHANGED;
        return;
    }
    task->decision.verdict = VERDICT_DONE;
    task->decision.transitions_count = 1;
    task->decision.transitions[0] = (struct transition){
        .seq = -(batch->transitions_count + 1),
        .at_ms = AT_PENDING,
        .command = task->command.id,
        .action = ACTION_AGENT_SEEN,
        .role = task->actor.role,
        .by = text_ref(task->actor.id),
        .body = text_ref(task->agent_name),
        .before_seq = agent == NULL ? 0 : agent->seq,
    };
    batch_add_item(batch, task);
}

/* The seq up to which the judged state of the conversation is known: the last transition of the decision,
 * else the conversation's last one in the batch, else the roster's seq. */
static int64_t judged_seq_of(const struct roster *roster, const struct task *task)
{
    const struct decision *decision = &task->decision;
    if (decision->transitions_count > 0)
        return decision->transitions[decision->transitions_count - 1].seq;
    return task->chain != NULL ? task->chain->state.seq : roster->seq;
}

static const struct conversation *batch_find(const struct batch *batch, const struct roster *roster,
                                             struct bytes conversation)
{
    const struct chain *chain = map_get(&batch->chains_by_id, conversation);
    const struct row *row = chain == NULL ? roster_find(roster, conversation) : NULL;
    return chain != NULL ? &chain->state : row != NULL ? &row->conversation : NULL;
}

bool batch_is_ahead(const struct batch *batch, const struct roster *roster, const struct task *task)
{
    const struct command *command = &task->command;
    if (command->seen.kind == SEEN_UP_TO && command->seen.seq > roster->seq)
        return true;
    const struct conversation *now = batch_find(batch, roster, command->conversation);
    bool is_known = now != NULL || task->absent_seq >= 0;
    return is_known && command->has_version && command->version > (now == NULL ? 0 : now->version);
}

static void batch_count_opened(struct batch *batch, const struct decision *decision)
{
    for (int i = 0; i < decision->transitions_count; i++) {
        const struct transition *transition = &decision->transitions[i];
        batch->opened += (transition->after.list == LIST_OPEN) - (transition->from == LIST_OPEN);
    }
}

static void batch_judge_conversation(struct batch *batch, const struct roster *roster, struct task *task,
                                     int64_t now_ms)
{
    task->chain = map_get(&batch->chains_by_id, task->command.conversation);
    const struct conversation *before = batch_find(batch, roster, task->command.conversation);
    const struct agent *assignee = roster_find_agent(roster, task->command.assignee);
    struct circumstances circumstances = {
        .now_ms = now_ms,
        .default_pause_ms = roster->default_pause_ms,
        .known_seq = roster->seq,
        .is_seen_elsewhere = task->seen_place == SEEN_ELSEWHERE,
        .is_full = roster->counts.open + batch->opened >= batch->open_max,
        .assignee_is_known = assignee != NULL && role_is_person(assignee->role),
        .next_seq = -(batch->transitions_count + 1),
    };
    conversation_decide(before, &task->actor, &task->command, &circumstances, &task->decision);
    task->judged_seq = judged_seq_of(roster, task);
    if (task->decision.transitions_count > 0) {
        batch_count_opened(batch, &task->decision);
        batch_add_item(batch, task);
        task->chain = batch_chain(batch, task);
    } else if (task->command.resend && batch_task_is_kept(task)) {
        batch_add_item(batch, task);
    }
}

void batch_judge(struct batch *batch, const struct roster *roster, struct task *task, int64_t now_ms)
{
    decision_finish(&task->decision);
    task->decision = (struct decision){0};
    task->chain = NULL;
    task->item = -1;
    switch (task->kind) {
    case TASK_COMMAND:
    case TASK_DUE: batch_judge_conversation(batch, roster, task, now_ms); break;
    case TASK_AGENT_SEEN: batch_judge_agent(batch, roster, task, now_ms); break;
    case TASK_CATCH_UP: task->decision.verdict = VERDICT_UNCHANGED; break;
    }
    list_append(&batch->tasks, &task->link);
}
