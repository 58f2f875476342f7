#include "suite.h"

#include <criterion/criterion.h>
#include <stdlib.h>

/* The tests of the suite that are about how many bytes are read at once. */

enum { LONG_COUNT = 10, LONG_BYTES = LIMIT_ENTRIES_BYTES / 4 };

/* Messages in one conversation, each but the third so long that four of them make a page full. */
static int64_t begin_with_long_messages(struct world *world)
{
    int64_t workspace_id = world_workspace(world, "w");
    char *body = alloc_array(LONG_BYTES, 1);
    memset(body, 'b', LONG_BYTES);
    struct draft *draft = draft_create(world, workspace_id, 0);
    const struct conversation *before = NULL;
    for (int i = 0; i < LONG_COUNT; i++) {
        struct transition *said = draft_move(draft, "c0", before, LIST_OPEN);
        said->action = ACTION_CONTACT_MESSAGE;
        text_unref(&said->body);
        said->body = text_create(bytes_make(body, i == 2 ? 1 : LONG_BYTES));
        before = &said->after;
    }
    draft_commit(draft, 0);
    assert_committed(draft);
    draft_destroy(&draft);
    free(body);
    return workspace_id;
}

void suite_ends_a_page_of_the_log_where_it_is_full(struct world *world)
{
    static const int64_t ends[] = {5, 9, 10, 10};
    int64_t workspace_id = begin_with_long_messages(world);
    int64_t seq = 0;
    for (size_t page = 0; page < ARRAY_COUNT(ends); page++) {
        struct store_log log = world_follow_log(world, 1, workspace_id, seq, "");
        cr_assert_eq(log.to_seq, ends[page]);
        cr_assert_eq((int64_t)log.transitions_count, ends[page] - seq);
        cr_assert_not(log.too_old);
        for (size_t i = 0; i < log.transitions_count; i++)
            cr_assert_eq(text_bytes(log.transitions[i].body).size,
                         log.transitions[i].seq == 3 ? 1 : LONG_BYTES);
        seq = log.to_seq;
        store_log_finish(&log);
    }
}

void suite_ends_a_page_of_a_history_where_it_is_full(struct world *world)
{
    static const int64_t ends[] = {7, 2, 1};
    int64_t workspace_id = begin_with_long_messages(world);
    struct store_history history = {
        .workspace_id = workspace_id, .conversation = bytes_of_string("c0"), .limit = LIMIT_HISTORY_ROWS};
    int64_t seq = LONG_COUNT + 1;
    for (size_t page = 0; page < ARRAY_COUNT(ends); page++) {
        world_read_history(world, &history);
        cr_assert_eq((int64_t)history.transitions_count, seq - ends[page]);
        cr_assert_eq(history.transitions[0].seq, seq - 1);
        seq = ends[page];
        cr_assert_eq(history.more, seq > 1);
        cr_assert_eq(history.next_before_seq, seq > 1 ? seq : 0);
        cr_assert_not(history.too_old);
        history.before_seq = history.next_before_seq;
        store_history_finish(&history);
    }
    /* Where both bounds meet, and in front of what is kept no more. */
    history.before_seq = 0;
    history.limit = 4;
    world_read_history(world, &history);
    cr_assert_eq(history.transitions_count, 4);
    cr_assert(history.more && history.next_before_seq == 7);
    store_history_finish(&history);
    world->forget(world, "w", 6);
    world_read_history(world, &history);
    cr_assert_eq(history.transitions_count, 4);
    bool says_so_now = history.too_old && !history.more;
    history.before_seq = history.next_before_seq;
    store_history_finish(&history);
    if (!says_so_now)
        world_read_history(world, &history);
    cr_assert(says_so_now || (history.transitions_count == 0 && history.too_old && !history.more));
    store_history_finish(&history);
}

void suite_cuts_long_bodies_of_what_others_did(struct world *world)
{
    int64_t workspace_id = begin_with_long_messages(world);
    struct draft *log = world_read_log(world, 1, workspace_id, 0);
    cr_assert_eq(log->append.foreign_count, LONG_COUNT);
    for (size_t i = 0; i < LONG_COUNT; i++) {
        const struct transition *each = &log->append.foreign[i];
        cr_assert_eq(each->is_cut, i != 2);
        cr_assert_eq(text_bytes(each->body).size, i == 2 ? 1 : 0);
        cr_assert_not(each->is_erased);
    }
    draft_destroy(&log);
}
