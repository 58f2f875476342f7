#include "core/roster.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "core/due.h"

/* What an agent's names and roles may come to in the log. */
enum { AGENT_CHANGES_AT_ONCE = 3, AGENT_CHANGE_MS = 60 * 1000 };

static struct bytes row_key(const void *value)
{
    const struct row *row = value;
    return conversation_id(&row->conversation);
}

static struct bytes agent_key(const void *value)
{
    const struct agent *agent = value;
    return text_bytes(agent->id);
}

void roster_init(struct roster *roster, struct roster_limits limits, struct hash_key hash_key)
{
    *roster = (struct roster){.limits = limits};
    map_init(&roster->rows, row_key, hash_key);
    map_init(&roster->agents, agent_key, hash_key);
    recency_init(&roster->rows_by_seq);
    recency_init(&roster->rows_read);
    recency_init(&roster->completed_by_list_seq);
    recency_init(&roster->agents_by_seq);
    deadlines_init(&roster->dues);
    marks_init(&roster->marks);
    pool_init(&roster->names, hash_key);
}

static void roster_finish_agents(struct roster *roster)
{
    struct agent *agent;
    size_t position = 0;
    while ((agent = map_next(&roster->agents, &position)) != NULL) {
        text_unref(&agent->id);
        text_unref(&agent->name);
        free(agent);
    }
    map_finish(&roster->agents);
    recency_finish(&roster->agents_by_seq);
}

bool roster_finish_some(struct roster *roster, size_t *position, size_t rows)
{
    for (; rows > 0; rows--) {
        struct row *row = map_next(&roster->rows, position);
        if (row == NULL)
            break;
        conversation_finish(&row->conversation);
        free(row);
    }
    if (rows == 0)
        return false;
    roster_finish_agents(roster);
    map_finish(&roster->rows);
    recency_finish(&roster->rows_by_seq);
    recency_finish(&roster->rows_read);
    recency_finish(&roster->completed_by_list_seq);
    deadlines_finish(&roster->dues);
    marks_finish(&roster->marks);
    pool_finish(&roster->names);
    *roster = (struct roster){0};
    return true;
}

void roster_finish(struct roster *roster)
{
    size_t position = 0;
    bool is_finished = roster_finish_some(roster, &position, SIZE_MAX);
    assert(is_finished);
}

struct row *roster_find(const struct roster *roster, struct bytes id)
{
    return map_get(&roster->rows, id);
}

struct agent *roster_find_agent(const struct roster *roster, struct bytes id)
{
    return map_get(&roster->agents, id);
}

/* Showing. */

static struct row *row_create(void)
{
    struct row *row = alloc_zeroed(sizeof(*row));
    recency_link_init(&row->by_seq);
    recency_link_init(&row->by_list_seq);
    deadline_init(&row->due);
    return row;
}

/* Makes the row show *conversation, and takes over its strings. Updates digest and deadline, which follow
 * from the conversation alone. The callers update counts and recencies. */
static void roster_show(struct roster *roster, struct row *row, struct conversation *conversation)
{
    bool is_new = row->conversation.words == NULL;
    if (row->conversation.list == LIST_OPEN)
        roster->digest -= roster_digest_part(&row->conversation);
    struct conversation before = row->conversation;
    row->conversation = *conversation;
    *conversation = (struct conversation){0};
    conversation_finish(&before);
    pool_share(&roster->names, &row->conversation.channel);
    pool_share(&roster->names, &row->conversation.assignee);
    pool_share(&roster->names, &row->conversation.last_by);
    pool_share(&roster->names, &row->conversation.answer_by);

    if (row->conversation.list == LIST_OPEN)
        roster->digest += roster_digest_part(&row->conversation);
    struct due due = due_first(&row->conversation);
    if (due.at_ms != 0)
        deadlines_set(&roster->dues, &row->due, due.at_ms);
    else
        deadlines_remove(&roster->dues, &row->due);
    if (is_new)
        map_add(&roster->rows, row);
}

static struct agent *agent_show(struct roster *roster, struct text *id, struct text *name, enum role role,
                                int64_t seq)
{
    assert(role_is_person(role));
    struct agent *agent = roster_find_agent(roster, text_bytes(id));
    if (agent == NULL) {
        agent = alloc_zeroed(sizeof(*agent));
        recency_link_init(&agent->by_seq);
        text_assign(&agent->id, id);
        map_add(&roster->agents, agent);
    }
    text_assign(&agent->name, name);
    agent->role = role;
    agent->seq = seq;
    return agent;
}

/* What a store says. */

bool roster_may_load(const struct roster *roster, const struct conversation *conversation)
{
    return conversation->seq <= roster->seq;
}

bool roster_may_load_mark(const struct roster *roster, int64_t seq, int64_t at_ms)
{
    const struct marks *marks = &roster->marks;
    if (seq < roster->floor_seq || seq < 1 || seq > roster->seq || at_ms > roster->at_ms)
        return false;
    return marks->count == 0 ||
           (seq == marks->first_seq + (int64_t)marks->count && at_ms >= marks->at_ms[marks->count - 1]);
}

bool roster_may_hold(const struct roster *roster, const struct conversation *conversation)
{
    return roster_find(roster, conversation_id(conversation)) != NULL ||
           (conversation->seq <= roster->floor_seq && conversation->list != LIST_OPEN);
}

bool roster_may_apply(const struct roster *roster, const struct transition *transition)
{
    if (transition->seq != roster->seq + 1 || transition->at_ms < roster->at_ms)
        return false;
    if (transition_is_of_agent(transition))
        return transition->by != NULL;
    if (transition->after.words == NULL)
        return true;
    const struct row *row = roster_find(roster, conversation_id(&transition->after));
    if (row == NULL)
        return transition->before_seq <= roster->floor_seq && transition->from != LIST_OPEN;
    return transition->before_seq == row->conversation.seq && transition->from == row->conversation.list;
}

/* Loading. */

void roster_load(struct roster *roster, struct conversation *conversation)
{
    assert(conversation->seq <= roster->seq);
    struct row *row = roster_find(roster, conversation_id(conversation));
    if (row != NULL && row->conversation.seq >= conversation->seq) {
        conversation_finish(conversation);
        return;
    }
    if (row == NULL)
        row = row_create();
    roster_show(roster, row, conversation);
    const struct conversation *shown = &row->conversation;
    recency_load(&roster->rows_by_seq, &row->by_seq, shown->seq);
    if (shown->list == LIST_COMPLETED)
        recency_load(&roster->completed_by_list_seq, &row->by_list_seq, shown->list_seq);
    else
        recency_remove(&roster->completed_by_list_seq, &row->by_list_seq);
}

void roster_load_agent(struct roster *roster, struct text *id, struct text *name, enum role role, int64_t seq)
{
    assert(seq <= roster->seq);
    const struct agent *held = roster_find_agent(roster, text_bytes(id));
    if (held != NULL && held->seq >= seq)
        return;
    struct agent *agent = agent_show(roster, id, name, role, seq);
    recency_load(&roster->agents_by_seq, &agent->by_seq, seq);
}

void roster_load_mark(struct roster *roster, int64_t seq, int64_t at_ms)
{
    assert(seq <= roster->seq && seq >= roster->floor_seq);
    if (roster->marks.count == 0 && seq == 1 && roster->floor_seq == 0)
        marks_add(&roster->marks, 0, 0);
    marks_add(&roster->marks, seq, at_ms);
}

/* Even where nothing of the log is kept, its end is known. */
static void roster_begin_marks(struct roster *roster)
{
    if (roster->marks.count == 0)
        marks_add(&roster->marks, roster->seq, roster->at_ms);
}

void roster_settle(struct roster *roster)
{
    roster_begin_marks(roster);
    roster->swept_seq = roster->floor_seq;
    recency_sort(&roster->rows_by_seq);
    recency_sort(&roster->completed_by_list_seq);
    recency_sort(&roster->agents_by_seq);
}

struct row *roster_hold(struct roster *roster, struct conversation *conversation)
{
    struct row *row = roster_find(roster, conversation_id(conversation));
    if (row != NULL) {
        conversation_finish(conversation);
        return row;
    }
    assert(conversation->seq <= roster->floor_seq);
    assert(conversation->list != LIST_OPEN);
    row = row_create();
    roster_show(roster, row, conversation);
    recency_move_to_end(&roster->rows_read, &row->by_seq, roster->seq);
    return row;
}

/* Applying. */

static void roster_count(struct roster *roster, enum conversation_list list, int64_t by)
{
    switch (list) {
    case LIST_NONE: break;
    case LIST_OPEN: roster->counts.open += by; break;
    case LIST_COMPLETED: roster->counts.completed += by; break;
    }
}

/* Moves the roster on by one transition. */
static void roster_advance(struct roster *roster, int64_t seq, int64_t at_ms)
{
    assert(seq == roster->seq + 1);
    assert(at_ms >= roster->at_ms);
    roster_begin_marks(roster);
    marks_add(&roster->marks, seq, at_ms);
    roster->seq = seq;
    roster->at_ms = at_ms;
}

void roster_apply(struct roster *roster, const struct transition *transition)
{
    roster_advance(roster, transition->seq, transition->at_ms);
    assert(transition->after.seq == transition->seq);
    struct row *row = roster_find(roster, conversation_id(&transition->after));
    if (row == NULL) {
        assert(transition->before_seq <= roster->floor_seq);
        assert(transition->from != LIST_OPEN);
        row = row_create();
    } else {
        assert(transition->before_seq == row->conversation.seq);
        assert(transition->from == row->conversation.list);
    }

    struct conversation after;
    conversation_copy(&transition->after, &after);
    roster_show(roster, row, &after);
    roster_count(roster, transition->from, -1);
    roster_count(roster, transition->after.list, 1);
    if (recency_has(&roster->rows_read, &row->by_seq))
        recency_remove(&roster->rows_read, &row->by_seq);
    recency_move_to_end(&roster->rows_by_seq, &row->by_seq, transition->seq);
    if (transition->after.list != LIST_COMPLETED)
        recency_remove(&roster->completed_by_list_seq, &row->by_list_seq);
    else if (transition->after.list_seq == transition->seq)
        recency_move_to_end(&roster->completed_by_list_seq, &row->by_list_seq, transition->seq);
}

void roster_pass(struct roster *roster, int64_t seq, int64_t at_ms)
{
    roster_advance(roster, seq, at_ms);
}

void roster_apply_agent(struct roster *roster, int64_t seq, int64_t at_ms, struct text *id, struct text *name,
                        enum role role)
{
    roster_advance(roster, seq, at_ms);
    struct agent *agent = agent_show(roster, id, name, role, seq);
    recency_move_to_end(&roster->agents_by_seq, &agent->by_seq, seq);
    if (agent->changes_paid_ms < at_ms)
        agent->changes_paid_ms = at_ms;
    agent->changes_paid_ms += AGENT_CHANGE_MS;
}

bool agent_may_change(const struct agent *agent, int64_t now_ms)
{
    return agent->changes_paid_ms <= now_ms + (AGENT_CHANGES_AT_ONCE - 1) * AGENT_CHANGE_MS;
}

/* Places. */

enum place_verdict roster_judge_place(const struct roster *roster, int64_t seq, int64_t mark_ms)
{
    if (seq > roster->seq)
        return PLACE_AHEAD;
    int64_t at_ms = seq == 0 ? 0 : marks_find(&roster->marks, seq);
    if (at_ms == -1)
        return PLACE_BELOW;
    return at_ms == mark_ms ? PLACE_HERE : PLACE_ELSEWHERE;
}

int64_t roster_mark_ms(const struct roster *roster, int64_t seq)
{
    int64_t at_ms = marks_find(&roster->marks, seq);
    return at_ms == -1 ? 0 : at_ms;
}

uint32_t roster_digest_part(const struct conversation *conversation)
{
    uint8_t seq[8];
    store_be64(seq, (uint64_t)conversation->seq);
    return hash_fnv32(hash_fnv32(HASH_FNV32_START, conversation_id(conversation)),
                      bytes_make(seq, sizeof(seq)));
}
