#include "support/memory_database.h"

#include <assert.h>
#include <stdlib.h>

#include "core/due.h"

static bool items_share_fate(const struct store_item *a, const struct store_item *b)
{
    if (a->conversation.size > 0 || b->conversation.size > 0)
        return bytes_equal(a->conversation, b->conversation);
    return a->transitions_count > 0 && b->transitions_count > 0 &&
           text_equal(a->transitions[0].by, b->transitions[0].by);
}

/* Spreads an item's result other than COMMITTED over those that share its fate: they were decided without
 * knowing of it. */
static void refuse_with(struct store_append *append, size_t index, enum item_result result)
{
    for (size_t i = 0; i < append->items_count; i++) {
        if (append->items[i].result == ITEM_COMMITTED &&
            items_share_fate(&append->items[i], &append->items[index]))
            append->items[i].result = ITEM_CONFLICT;
    }
    append->items[index].result = result;
}

static void find_known_ids(const struct memory_workspace *workspace, struct store_append *append)
{
    for (size_t i = 0; i < append->items_count; i++) {
        struct store_item *item = &append->items[i];
        const struct memory_outcome *known =
            item->is_told_by_row ? NULL : map_get(&workspace->outcomes, memory_id_bytes(&item->id));
        if (known == NULL)
            continue;
        bool is_same = known->fingerprint == item->fingerprint;
        if (is_same)
            item->stored = known->stored;
        refuse_with(append, i, is_same ? ITEM_DUPLICATE : ITEM_ID_REUSED);
    }
}

/* The transition of this append that `seq`, pending, names. */
static const struct transition *find_pending(const struct store_append *append, int64_t seq)
{
    for (size_t i = 0; i < append->items_count; i++) {
        for (int t = 0; t < append->items[i].transitions_count; t++) {
            if (append->items[i].transitions[t].seq == seq)
                return &append->items[i].transitions[t];
        }
    }
    assert(!"a number that no transition of the append has");
    return NULL;
}

/* Whether the transition was decided on what is true now, and does not end a pause before its time. */
static bool transition_holds(const struct memory_workspace *workspace, const struct store_append *append,
                             const struct transition *transition, int64_t now_ms)
{
    bool is_agent = transition->action == ACTION_AGENT_SEEN;
    struct bytes id = is_agent ? text_bytes(transition->by) : conversation_id(&transition->after);
    const struct transition *before;
    if (seq_is_pending(transition->before_seq)) {
        before = find_pending(append, transition->before_seq);
        assert(before->seq > transition->seq);
        assert(bytes_equal(is_agent ? text_bytes(before->by) : conversation_id(&before->after), id));
    } else {
        before = memory_last_of(workspace, is_agent ? &workspace->agents : &workspace->conversations, id);
        if (transition->before_seq != (before == NULL ? 0 : before->seq))
            return false;
    }
    assert(is_agent || transition->from == (before == NULL ? LIST_NONE : before->after.list));
    assert(is_agent || transition->due_ms ==
                           (before == NULL ? 0 : due_carried_out_ms(&before->after, transition->action)));
    return transition->due_ms <= now_ms;
}

static void find_conflicts(const struct memory_workspace *workspace, struct store_append *append,
                           int64_t now_ms)
{
    int64_t next = -1;
    for (size_t i = 0; i < append->items_count; i++) {
        struct store_item *item = &append->items[i];
        for (int t = 0; t < item->transitions_count; t++) {
            const struct transition *transition = &item->transitions[t];
            assert(transition->seq == next);
            next--;
            assert(transition->action == ACTION_AGENT_SEEN ||
                   bytes_equal(item->conversation, conversation_id(&transition->after)));
            if (item->result == ITEM_COMMITTED && !transition_holds(workspace, append, transition, now_ms))
                refuse_with(append, i, ITEM_CONFLICT);
        }
    }
}

static void keep_outcome(struct memory_workspace *workspace, const struct store_item *item,
                         const struct store_append *append, int64_t commit)
{
    struct memory_outcome *outcome = alloc_zeroed(sizeof(*outcome));
    *outcome = (struct memory_outcome){
        .id = item->id, .fingerprint = item->fingerprint, .stored = item->stored, .commit = commit};
    stored_outcome_resolve(&outcome->stored, append->seqs, append->at_ms);
    map_add(&workspace->outcomes, outcome);
}

/* Numbers what is left and adds it. */
static void commit_items(struct store_memory_database *database, struct memory_workspace *workspace,
                         struct store_append *append)
{
    int64_t commit = database->commits + 1;
    int64_t next = memory_last_seq(workspace);
    size_t place = 0;
    for (size_t i = 0; i < append->items_count; i++) {
        for (int t = 0; t < append->items[i].transitions_count; t++, place++)
            append->seqs[place] = append->items[i].result == ITEM_COMMITTED ? ++next : 0;
    }
    for (size_t i = 0; i < append->items_count; i++) {
        struct store_item *item = &append->items[i];
        if (item->result != ITEM_COMMITTED)
            continue;
        for (int t = 0; t < item->transitions_count; t++)
            memory_add_transition(workspace, &item->transitions[t], append->seqs, append->at_ms, commit);
        if (!item->is_told_by_row)
            keep_outcome(workspace, item, append, commit);
        database->commits = commit;
    }
    assert(memory_last_seq(workspace) == next);
}

static void copy_foreign(const struct memory_workspace *workspace, struct store_append *append)
{
    size_t first = (size_t)append->known_seq;
    append->foreign_count = workspace->log_count - first;
    append->foreign = alloc_array(append->foreign_count, sizeof(*append->foreign));
    for (size_t i = 0; i < append->foreign_count; i++) {
        struct transition *copy = &append->foreign[i];
        memory_copy_transition(&workspace->log[first + i], copy);
        copy->is_cut = text_bytes(copy->body).size > LIMIT_LONG_BYTES;
        if (copy->is_cut)
            text_unref(&copy->body);
    }
}

/* The end of the log is known though nothing of it may be kept. */
static bool is_known_place(const struct memory_workspace *workspace, const struct store_append *append)
{
    if (append->known_seq == 0 || append->known_at_ms == 0)
        return true;
    if (append->known_seq == memory_last_seq(workspace))
        return append->known_at_ms == memory_last_at_ms(workspace);
    return memory_is_place(workspace, append->known_seq, append->known_at_ms);
}

bool memory_database_append(struct store_memory_database *database, struct store_append *append)
{
    struct memory_workspace *workspace = memory_workspace_of(database, append->workspace_id);
    int64_t now_ms = store_memory_now_ms(database);
    size_t transitions_count = 0;
    store_request_finish(&append->request);
    if (append->known_seq > memory_last_seq(workspace) || !is_known_place(workspace, append))
        return false;
    bool is_followed = append->known_seq >= workspace->forgotten_seq &&
                       memory_last_seq(workspace) - append->known_seq <= LIMIT_FOREIGN;
    for (size_t i = 0; i < append->items_count; i++) {
        append->items[i].result = ITEM_COMMITTED;
        transitions_count += (size_t)append->items[i].transitions_count;
        for (size_t j = 0; j < i; j++)
            assert(!command_id_equal(append->items[i].id, append->items[j].id));
    }
    append->seqs = alloc_array(transitions_count, sizeof(*append->seqs));
    append->at_ms = memory_max(memory_last_at_ms(workspace), now_ms);
    if (is_followed)
        copy_foreign(workspace, append);
    find_known_ids(workspace, append);
    find_conflicts(workspace, append, now_ms);
    commit_items(database, workspace, append);
    return is_followed;
}

bool memory_database_find_locked(struct store_memory_database *database, struct store_append *append)
{
    struct store_append reading = {.request = {.kind = STORE_APPEND},
                                   .workspace_id = append->workspace_id,
                                   .known_seq = append->known_seq,
                                   .known_at_ms = append->known_at_ms};
    size_t transitions_count = 0;
    if (!memory_database_append(database, &reading)) {
        store_request_finish(&reading.request);
        return false;
    }
    for (size_t i = 0; i < append->items_count; i++) {
        append->items[i].result = ITEM_BUSY;
        transitions_count += (size_t)append->items[i].transitions_count;
    }
    free(reading.seqs);
    append->seqs = alloc_array(transitions_count, sizeof(*append->seqs));
    append->foreign = reading.foreign;
    append->foreign_count = reading.foreign_count;
    append->at_ms = reading.at_ms;
    return true;
}
