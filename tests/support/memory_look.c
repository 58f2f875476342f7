#include "support/memory_database.h"

#include <assert.h>

#include "core/decision.h"
#include "core/due.h"

/* What a test does to a database past any store: other nodes' commands, looking in, checking. */

/* Other nodes. */

static void commit_foreign(struct store_memory_database *database, const struct memory_workspace *workspace,
                           struct store_item *item)
{
    struct store_append append = {.request = {.kind = STORE_APPEND},
                                  .workspace_id = workspace->id,
                                  .known_seq = memory_last_seq(workspace),
                                  .items = item,
                                  .items_count = 1};
    bool is_same_history = memory_database_append(database, &append);
    assert(is_same_history);
    assert(item->result == ITEM_COMMITTED);
    store_request_finish(&append.request);
}

enum verdict store_memory_foreign(struct store_memory_database *database, const char *workspace_name,
                                  const struct actor *actor, const struct command *command)
{
    struct memory_workspace *workspace = memory_database_workspace(database, bytes_of_string(workspace_name));
    struct circumstances circumstances = {
        .now_ms = store_memory_now_ms(database),
        .default_pause_ms = workspace->default_pause_ms,
        .known_seq = memory_last_seq(workspace),
        .assignee_is_known = memory_last_of(workspace, &workspace->agents, command->assignee) != NULL,
        .next_seq = -1,
    };
    struct decision decision;
    conversation_decide(memory_find(workspace, command->conversation), actor, command, &circumstances,
                        &decision);

    enum verdict verdict = decision.verdict;
    struct store_item item = {
        .id = command->id,
        .fingerprint = command_fingerprint(command, actor),
        .conversation = command->conversation,
        .stored = {.reason = verdict == VERDICT_REFUSED ? decision.reason : REASON_NONE,
                   .pause = decision.pause},
        .transitions = decision.transitions,
        .transitions_count = decision.transitions_count,
    };
    switch (verdict) {
    case VERDICT_DONE:
        item.stored.outcome = OUTCOME_DONE;
        item.stored.seq = -decision.transitions_count;
        item.stored.message = decision.transitions[decision.transitions_count - 1].message;
        break;
    case VERDICT_UNCHANGED: item.stored.outcome = OUTCOME_UNCHANGED; break;
    case VERDICT_REFUSED: item.stored.outcome = OUTCOME_REFUSED; break;
    }
    commit_foreign(database, workspace, &item);
    decision_finish(&decision);
    return verdict;
}

void store_memory_foreign_agent(struct store_memory_database *database, const char *workspace_name,
                                const char *id, const char *name, enum role role)
{
    struct memory_workspace *workspace = memory_database_workspace(database, bytes_of_string(workspace_name));
    const struct transition *seen = memory_last_of(workspace, &workspace->agents, bytes_of_string(id));
    struct command_id command = {.bytes = "foreign"};
    store_be64(command.bytes + 8, (uint64_t)database->commits);
    struct transition transition = {
        .seq = -1,
        .at_ms = AT_PENDING,
        .command = command,
        .action = ACTION_AGENT_SEEN,
        .role = role,
        .by = text_create(bytes_of_string(id)),
        .body = text_create(bytes_of_string(name)),
        .before_seq = seen == NULL ? 0 : seen->seq,
    };
    struct store_item item = {.id = command,
                              .stored = {.outcome = OUTCOME_DONE},
                              .transitions = &transition,
                              .transitions_count = 1};
    commit_foreign(database, workspace, &item);
    transition_finish(&transition);
}

void store_memory_set_default_pause_ms(struct store_memory_database *database, const char *workspace,
                                       int64_t pause_ms)
{
    memory_database_workspace(database, bytes_of_string(workspace))->default_pause_ms = pause_ms;
}

void store_memory_forget(struct store_memory_database *database, const char *workspace_name,
                         int64_t up_to_seq)
{
    struct memory_workspace *workspace = memory_database_workspace(database, bytes_of_string(workspace_name));
    assert(up_to_seq <= memory_last_seq(workspace));
    workspace->forgotten_seq = memory_max(workspace->forgotten_seq, up_to_seq);
}

/* Restoring takes a while, so that no time comes twice. */
void store_memory_restore(struct store_memory_database *database, size_t lost_commits)
{
    int64_t epoch = database->epoch;
    store_memory_promote(database, lost_commits);
    database->epoch = epoch;
    store_memory_set_now_ms(database, store_memory_now_ms(database) + 1);
}

/* Looking in. */

const struct transition *store_memory_log(const struct store_memory_database *database,
                                          const char *workspace_name, size_t *count_r)
{
    const struct memory_workspace *workspace =
        memory_find_workspace(database, bytes_of_string(workspace_name));
    *count_r = workspace == NULL ? 0 : workspace->log_count;
    return workspace == NULL ? NULL : workspace->log;
}

const struct conversation *store_memory_find(const struct store_memory_database *database,
                                             const char *workspace_name, struct bytes id)
{
    const struct memory_workspace *workspace =
        memory_find_workspace(database, bytes_of_string(workspace_name));
    return workspace == NULL ? NULL : memory_find(workspace, id);
}

struct counts store_memory_counts(const struct store_memory_database *database, const char *workspace_name)
{
    const struct memory_workspace *workspace =
        memory_find_workspace(database, bytes_of_string(workspace_name));
    return workspace == NULL ? (struct counts){0} : workspace->counts;
}

bool store_memory_find_outcome(const struct store_memory_database *database, const char *workspace_name,
                               struct command_id id, struct stored_outcome *stored_r)
{
    const struct memory_workspace *workspace =
        memory_find_workspace(database, bytes_of_string(workspace_name));
    const struct memory_outcome *known =
        workspace == NULL ? NULL : map_get(&workspace->outcomes, memory_id_bytes(&id));
    if (known != NULL)
        *stored_r = known->stored;
    return known != NULL;
}

/* Checking. */

/* The last transition before `index` that was about the same conversation or agent; NULL where there is none.
 */
static const struct transition *find_before(const struct memory_workspace *workspace, size_t index)
{
    const struct transition *transition = &workspace->log[index];
    bool is_agent = transition->action == ACTION_AGENT_SEEN;
    for (size_t i = index; i-- > 0;) {
        const struct transition *each = &workspace->log[i];
        if ((each->action == ACTION_AGENT_SEEN) == is_agent &&
            (is_agent ? text_equal(each->by, transition->by)
                      : bytes_equal(conversation_id(&each->after), conversation_id(&transition->after))))
            return each;
    }
    return NULL;
}

static void check_transition(const struct memory_workspace *workspace, size_t index)
{
    const struct transition *transition = &workspace->log[index];
    const struct transition *before = find_before(workspace, index);
    assert(transition->seq == (int64_t)index + 1);
    assert(index == 0 || transition->at_ms >= workspace->log[index - 1].at_ms);
    assert(transition->before_seq == (before == NULL ? 0 : before->seq));
    if (transition->action == ACTION_AGENT_SEEN)
        return;
    assert(transition->after.seq == transition->seq);
    assert(transition->from == (before == NULL ? LIST_NONE : before->after.list));
    conversation_check(&transition->after);
    enum due_kind kind;
    bool is_due = due_kind_of_action(transition->action, &kind);
    /* That a due was carried out, the row tells. */
    assert((map_get(&workspace->outcomes, memory_id_bytes(&transition->command)) == NULL) == is_due);
    if (!is_due)
        return;
    struct due due = due_of_kind(&before->after, kind);
    assert(due.at_ms != 0 && due.at_ms <= transition->at_ms);
}

static void check_workspace(const struct memory_workspace *workspace)
{
    struct counts counts = {0};
    for (size_t i = 0; i < workspace->log_count; i++)
        check_transition(workspace, i);
    size_t position = 0;
    for (const struct memory_place *place = map_next(&workspace->conversations, &position); place != NULL;
         place = map_next(&workspace->conversations, &position)) {
        const struct conversation *each = &workspace->log[place->index].after;
        assert(bytes_equal(conversation_id(each), text_bytes(place->id)));
        counts.open += each->list == LIST_OPEN;
        counts.completed += each->list == LIST_COMPLETED;
    }
    assert(counts.open == workspace->counts.open);
    assert(counts.completed == workspace->counts.completed);
    position = 0;
    for (const struct memory_outcome *outcome = map_next(&workspace->outcomes, &position); outcome != NULL;
         outcome = map_next(&workspace->outcomes, &position)) {
        assert(outcome->stored.seq >= 0 && outcome->stored.seq <= memory_last_seq(workspace));
        assert(outcome->stored.outcome != OUTCOME_DONE || outcome->stored.seq > 0);
    }
}

void store_memory_check(const struct store_memory_database *database)
{
    for (size_t i = 0; i < database->workspaces_count; i++)
        check_workspace(database->workspaces[i]);
}
