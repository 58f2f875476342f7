/* What has to hold of a roster at any time. It is computed anew here; roster.c keeps it (the digest:
 * roster_show). */
#include <assert.h>

#include "core/due.h"
#include "core/roster.h"

static void check_link(const struct recency *recency, const struct recency_link *link, int64_t number)
{
    assert(link->slot < recency->slots_count);
    assert(recency->slots[link->slot].link == link);
    assert(recency->slots[link->slot].number == number);
}

static void check_row(const struct roster *roster, const struct row *row)
{
    const struct conversation *shown = &row->conversation;
    conversation_check(shown);
    assert(roster_find(roster, conversation_id(shown)) == row);
    assert(shown->seq <= roster->seq);

    if (recency_has(&roster->rows_read, &row->by_seq)) {
        int64_t read_seq = roster->rows_read.slots[row->by_seq.slot].number;
        check_link(&roster->rows_read, &row->by_seq, read_seq);
        assert(shown->seq <= read_seq && read_seq <= roster->seq);
        assert(shown->seq <= roster->floor_seq);
        assert(shown->list != LIST_OPEN);
    } else {
        check_link(&roster->rows_by_seq, &row->by_seq, shown->seq);
        bool is_needed = shown->list == LIST_OPEN ||
                         (shown->list == LIST_COMPLETED && shown->list_seq >= roster->completed_from);
        assert(shown->seq > roster->swept_seq || is_needed);
    }

    bool is_linked_completed = row->by_list_seq.slot != RECENCY_NOWHERE;
    assert(is_linked_completed || shown->list != LIST_COMPLETED || shown->list_seq <= roster->floor_seq);
    assert(!is_linked_completed || shown->list == LIST_COMPLETED);
    if (is_linked_completed)
        check_link(&roster->completed_by_list_seq, &row->by_list_seq, shown->list_seq);

    struct due due = due_first(shown);
    assert((row->due.index != DEADLINE_NOWHERE) == (due.at_ms != 0));
    assert(due.at_ms == 0 || (row->due.at_ms == due.at_ms && shown->list == LIST_OPEN));
}

static void check_agents(const struct roster *roster)
{
    const struct agent *agent;
    size_t position = 0;
    while ((agent = map_next(&roster->agents, &position)) != NULL) {
        assert(role_is_person(agent->role));
        assert(agent->seq > 0);
        assert(agent->seq <= roster->seq);
        check_link(&roster->agents_by_seq, &agent->by_seq, agent->seq);
    }
    assert(roster->agents_by_seq.count == roster->agents.count);
}

void roster_check(const struct roster *roster)
{
    int64_t open = 0;
    int64_t completed = 0;
    size_t read = 0;
    size_t linked_completed = 0;
    uint32_t digest = 0;
    const struct row *row;
    size_t position = 0;
    while ((row = map_next(&roster->rows, &position)) != NULL) {
        check_row(roster, row);
        open += row->conversation.list == LIST_OPEN;
        completed += row->conversation.list == LIST_COMPLETED;
        read += recency_has(&roster->rows_read, &row->by_seq);
        linked_completed += row->by_list_seq.slot != RECENCY_NOWHERE;
        digest += row->conversation.list == LIST_OPEN ? roster_digest_part(&row->conversation) : 0;
    }
    assert(roster->floor_seq >= 0);
    assert(roster->floor_seq <= roster->seq);
    assert(roster->swept_seq <= roster->floor_seq);
    /* All Open conversations are held; of the completed ones the workspace may have more. */
    assert(roster->counts.open == open);
    assert(roster->counts.completed >= completed);
    assert(roster->digest == digest);
    assert(roster->rows_read.count == read);
    assert(roster->rows_by_seq.count == roster->rows.count - read);
    assert((int64_t)read <= 2 * roster->limits.back);
    assert(roster->completed_by_list_seq.count == linked_completed);
    recency_check(&roster->rows_by_seq);
    recency_check(&roster->rows_read);
    recency_check(&roster->completed_by_list_seq);
    recency_check(&roster->agents_by_seq);
    deadlines_check(&roster->dues);
    check_agents(roster);
    if (roster->marks.count > 0) {
        assert(roster->marks.first_seq >= roster->floor_seq);
        assert(roster->marks.first_seq + (int64_t)roster->marks.count == roster->seq + 1);
        assert(marks_find(&roster->marks, roster->seq) == roster->at_ms);
    }
}
