#include <criterion/criterion.h>

#include "suite.h"

/* Of places: the seq of a transition and its mark, which is its time. */

/* Appends so many transitions about "c1", each by itself. */
static void append_many(struct world *world, int64_t workspace_id, int count)
{
    struct conversation state = draft_begin(world, workspace_id, "c1", LIST_OPEN);
    for (int i = 1; i < count; i++) {
        struct draft *draft = draft_create(world, workspace_id, state.seq);
        draft_move(draft, "c1", &state, i % 2 == 0 ? LIST_OPEN : LIST_COMPLETED);
        draft_commit(draft, 0);
        conversation_finish(&state);
        state = draft_result(draft, "c1");
        draft_destroy(&draft);
    }
    conversation_finish(&state);
}

static bool is_place(struct world *world, int64_t workspace_id, int64_t seq, int64_t mark_ms)
{
    struct store_place place = {
        .request = {.kind = STORE_PLACE}, .workspace_id = workspace_id, .seq = seq, .mark_ms = mark_ms};
    world_ask(world, 1, &place.request);
    return place.is_of_log;
}

void suite_tells_whether_a_place_is_of_the_log(struct world *world)
{
    int64_t workspace_id = world_workspace(world, "w");
    int64_t other_id = world_workspace(world, "other");
    append_many(world, workspace_id, 3);
    struct draft *log = world_read_log(world, 1, workspace_id, 0);
    for (int64_t seq = 1; seq <= 3; seq++) {
        int64_t at_ms = log->append.foreign[seq - 1].at_ms;
        cr_assert(is_place(world, workspace_id, seq, at_ms));
        cr_assert_not(is_place(world, workspace_id, seq, at_ms + 1));
        cr_assert_not(is_place(world, workspace_id, seq, 0));
        cr_assert_not(is_place(world, workspace_id, seq + 3, at_ms));
        cr_assert_not(is_place(world, other_id, seq, at_ms));
    }
    cr_assert(is_place(world, workspace_id, 0, 0));
    cr_assert(is_place(world, other_id, 0, 0));
    cr_assert_not(is_place(world, workspace_id, 0, 1));
    cr_assert_not(is_place(world, workspace_id, LIMIT_INTEGER, LIMIT_INTEGER));
    world->forget(world, "w", 2);
    cr_assert_not(is_place(world, workspace_id, 2, log->append.foreign[1].at_ms), "that is kept no more");
    cr_assert(is_place(world, workspace_id, 3, log->append.foreign[2].at_ms));
    draft_destroy(&log);
}

void suite_loads_the_marks_of_what_a_roster_reaches_back(struct world *world)
{
    int64_t workspace_id = world_workspace(world, "w");
    struct roster roster;
    append_many(world, workspace_id, 4);
    struct draft *log = world_read_log(world, 1, workspace_id, 0);
    world_load(world, 1, "w", &roster);
    cr_assert_eq(roster_judge_place(&roster, 0, 0), PLACE_HERE);
    for (int64_t seq = 1; seq <= 4; seq++)
        cr_assert_eq(roster_mark_ms(&roster, seq), log->append.foreign[seq - 1].at_ms);
    roster_finish(&roster);

    world->forget(world, "w", 2);
    world_load(world, 1, "w", &roster);
    cr_assert_eq(roster_judge_place(&roster, 2, log->append.foreign[1].at_ms), PLACE_BELOW);
    cr_assert_eq(roster_mark_ms(&roster, 3), log->append.foreign[2].at_ms);
    roster_finish(&roster);

    world->forget(world, "w", 4);
    world_load(world, 1, "w", &roster);
    cr_assert_eq(roster_mark_ms(&roster, 4), log->append.foreign[3].at_ms, "the end is always known");
    roster_finish(&roster);
    draft_destroy(&log);
}

/* A node whose log is another one's from some seq on, though no seq tells. */

static void expect_new_epoch(struct world *world, int64_t workspace_id, int64_t known_seq,
                             int64_t known_at_ms, bool has_items)
{
    struct draft *draft = draft_create(world, workspace_id, known_seq);
    draft->append.known_at_ms = known_at_ms;
    if (has_items)
        draft_move(draft, "new", NULL, LIST_OPEN);
    draft_run(draft, 0);
    cr_assert_eq(draft->append.request.outcome, STORE_NEW_EPOCH, "known to %lld", (long long)known_seq);
    cr_assert_eq(draft_count_foreign(draft), 0);
    draft_destroy(&draft);
}

void suite_tells_a_node_whose_log_is_another_one_to_load_anew(struct world *world)
{
    int64_t workspace_id = world_workspace(world, "w");
    append_many(world, workspace_id, 3);
    struct draft *log = world_read_log(world, 1, workspace_id, 0);
    for (int64_t seq = 1; seq <= 3; seq++) {
        int64_t at_ms = log->append.foreign[seq - 1].at_ms;
        expect_new_epoch(world, workspace_id, seq, at_ms + 1, true);
        expect_new_epoch(world, workspace_id, seq, at_ms + 1, false);
        expect_new_epoch(world, workspace_id, seq, at_ms - 1, true);
        expect_new_epoch(world, workspace_id, seq, at_ms - 1, false);
    }
    struct conversation absent;
    cr_assert_not(world_read(world, workspace_id, "new", &absent), "nothing was done");

    struct draft *reading = draft_create(world, workspace_id, 2);
    reading->append.known_at_ms = log->append.foreign[1].at_ms;
    draft_commit(reading, 0);
    cr_assert_eq(draft_count_foreign(reading), 1);
    struct draft *adding = draft_create(world, workspace_id, 2);
    adding->append.known_at_ms = log->append.foreign[1].at_ms;
    draft_move(adding, "new", NULL, LIST_OPEN);
    draft_commit(adding, 0);
    cr_assert_eq(draft_count_foreign(adding), 1);
    assert_committed(adding);
    draft_destroy(&adding);
    draft_destroy(&reading);
    draft_destroy(&log);
}

/* The log in pages. */

static struct store_log read_log(struct world *world, int64_t workspace_id, int64_t after_seq,
                                 int64_t after_mark_ms, const char *channel)
{
    struct store_log log = {.request = {.kind = STORE_LOG},
                            .workspace_id = workspace_id,
                            .after_seq = after_seq,
                            .after_mark_ms = after_mark_ms,
                            .channel = bytes_of_string(channel)};
    world_ask(world, 1, &log.request);
    store_request_finish(&log.request);
    return log;
}

void suite_tells_a_log_from_another_one_and_says_its_marks(struct world *world)
{
    int64_t workspace_id = world_workspace(world, "w");
    append_many(world, workspace_id, 4);
    struct draft *log = world_read_log(world, 1, workspace_id, 0);
    int64_t end_ms = log->append.foreign[3].at_ms;
    for (int64_t seq = 0; seq <= 4; seq++) {
        int64_t mark_ms = seq == 0 ? 0 : log->append.foreign[seq - 1].at_ms;
        struct store_log page = read_log(world, workspace_id, seq, mark_ms, "");
        cr_assert_not(page.is_other);
        cr_assert_eq(page.to_seq, 4);
        cr_assert_eq(page.to_mark_ms, end_ms);
        cr_assert_eq(read_log(world, workspace_id, seq, mark_ms, "nobody's").to_mark_ms, end_ms);
        if (seq > 0)
            cr_assert(read_log(world, workspace_id, seq, mark_ms + 1, "").is_other);
        cr_assert_not(read_log(world, workspace_id, seq, 0, "").is_other, "no mark is said");
    }
    cr_assert(read_log(world, workspace_id, 5, end_ms, "").is_other, "it has not got there");
    world->forget(world, "w", 2);
    cr_assert_not(read_log(world, workspace_id, 2, 1, "").is_other, "nobody can tell any more");
    cr_assert_eq(read_log(world, workspace_id, 1, 1, "").to_mark_ms, 0);
    draft_destroy(&log);
}
