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

void suite_ends_a_page_of_the_log_in_front_of_a_long_body(struct world *world)
{
    static const int64_t ends[] = {1, 3, 4, 5, 6, 7, 8, 9, 10, 10};
    int64_t workspace_id = begin_with_long_messages(world);
    int64_t seq = 0;
    for (size_t page = 0; page < ARRAY_COUNT(ends); page++) {
        struct store_log log = world_follow_log(world, 1, workspace_id, seq, "");
        cr_assert_eq(log.to_seq, ends[page]);
        cr_assert_eq((int64_t)log.transitions_count, ends[page] - seq);
        cr_assert_not(log.too_old);
        cr_assert_eq(log.is_cut, ends[page] < LONG_COUNT);
        for (size_t i = 0; i < log.transitions_count; i++)
            cr_assert_eq(text_bytes(log.transitions[i].body).size,
                         log.transitions[i].seq == 3 ? 1 : LONG_BYTES);
        if (log.transitions_count > 0)
            cr_assert_eq(log.to_mark_ms, log.transitions[log.transitions_count - 1].at_ms);
        seq = log.to_seq;
        store_request_finish(&log.request);
    }
}

void suite_leads_a_channel_to_the_long_body_behind_what_others_did(struct world *world)
{
    int64_t workspace_id = begin_with_long_messages(world);
    struct draft *draft = draft_create(world, workspace_id, LONG_COUNT);
    struct transition *said = draft_move(draft, "other", NULL, LIST_OPEN);
    char *body = alloc_array(LONG_BYTES, 1);
    memset(body, 'b', LONG_BYTES);
    said->action = ACTION_CONTACT_MESSAGE;
    text_assign_bytes(&said->after.channel, bytes_of_string("web"));
    text_assign_bytes(&said->body, bytes_make(body, LONG_BYTES));
    draft_commit(draft, 0);
    assert_committed(draft);
    struct store_log log = world_follow_log(world, 1, workspace_id, 2, "web");
    cr_assert_eq(log.transitions_count, 0);
    cr_assert_eq(log.to_seq, LONG_COUNT);
    cr_assert_eq(log.to_mark_ms, 0, "it is not known");
    cr_assert(log.is_cut);
    store_request_finish(&log.request);
    log = world_follow_log(world, 1, workspace_id, LONG_COUNT, "web");
    cr_assert_eq(log.transitions_count, 1);
    cr_assert_eq(text_bytes(log.transitions[0].body).size, LONG_BYTES);
    cr_assert_not(log.is_cut);
    store_request_finish(&log.request);
    draft_destroy(&draft);
    free(body);
}

void suite_ends_a_page_of_a_history_where_it_is_full(struct world *world)
{
    static const int64_t ends[] = {7, 2, 1};
    int64_t workspace_id = begin_with_long_messages(world);
    struct store_history history = {.request = {.kind = STORE_HISTORY},
                                    .workspace_id = workspace_id,
                                    .conversation = bytes_of_string("c0"),
                                    .limit = LIMIT_HISTORY_ROWS};
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
        store_request_finish(&history.request);
    }
    /* Where both bounds meet, and in front of what is kept no more. */
    history.before_seq = 0;
    history.limit = 4;
    world_read_history(world, &history);
    cr_assert_eq(history.transitions_count, 4);
    cr_assert(history.more && history.next_before_seq == 7);
    store_request_finish(&history.request);
    world->forget(world, "w", 6);
    world_read_history(world, &history);
    cr_assert_eq(history.transitions_count, 4);
    bool says_so_now = history.too_old && !history.more;
    history.before_seq = history.next_before_seq;
    store_request_finish(&history.request);
    if (!says_so_now)
        world_read_history(world, &history);
    cr_assert(says_so_now || (history.transitions_count == 0 && history.too_old && !history.more));
    store_request_finish(&history.request);
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
