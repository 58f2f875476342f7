#include "suite.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* The tests of the suite that are about appending. */

void suite_gives_back_what_was_committed(struct world *world)
{
    int64_t workspace_id = world_workspace(world, "w");
    struct conversation committed = draft_begin(world, workspace_id, "c1", LIST_OPEN);

    struct conversation found;
    cr_assert(world_read(world, workspace_id, "c1", &found));
    assert_same_conversation(&found, &committed);
    cr_assert_eq(found.seq, 1);
    cr_assert_eq(found.list_seq, 1);

    conversation_finish(&committed);
    conversation_finish(&found);
}

void suite_numbers_a_workspace_without_gaps(struct world *world)
{
    int64_t workspace_id = world_workspace(world, "w");
    struct conversation first = draft_begin(world, workspace_id, "c1", LIST_OPEN);

    struct draft *draft = draft_create(world, workspace_id, 1);
    draft_move(draft, "c2", NULL, LIST_OPEN);
    draft_move(draft, "c1", NULL, LIST_OPEN); /* exists already: a conflict */
    draft_move(draft, "c3", NULL, LIST_OPEN);
    draft_commit(draft, 0);

    cr_assert_eq(draft->append.seqs[0], 2);
    cr_assert_eq(draft->append.seqs[1], 0);
    cr_assert_eq(draft->append.seqs[2], 3);
    cr_assert_eq(draft_count_foreign(draft), 0);
    draft_destroy(&draft);
    conversation_finish(&first);
}

void suite_resolves_what_was_pending(struct world *world)
{
    int64_t workspace_id = world_workspace(world, "w");
    struct draft *draft = draft_create(world, workspace_id, 0);
    struct conversation state = {0};
    draft_move(draft, "other", NULL, LIST_OPEN); /* so that numbers and places differ */
    conversation_copy(&draft_move(draft, "c1", NULL, LIST_OPEN)->after, &state);
    state.pause = (struct pause){.kind = PAUSE_UNTIL_COMPLETED, .until_ms = 0};
    state.pause_seq = -3;
    state.waiting_since_ms = state.preview_at_ms = state.last_at_ms = AT_PENDING;
    state.waits_for_person = true;
    state.contact_seq = -3;
    state.other_answer_seq = state.person_seq = -2;
    state.answer_seq = -3;
    state.answer_role = ROLE_AUTOMATION;
    state.answer_by = text_create(bytes_of_string("flows"));
    draft_add_item(draft, "c1");
    draft_add_transition(draft, ACTION_KEEP_OPEN, &draft->transitions[1].after, &state);
    draft_commit(draft, 0);
    assert_committed(draft);

    struct conversation found;
    cr_assert(world_read(world, workspace_id, "c1", &found));
    cr_assert_eq(found.seq, 3);
    cr_assert_eq(found.list_seq, 2);
    cr_assert_eq(found.pause_seq, 3);
    cr_assert_eq(found.waiting_since_ms, draft->append.at_ms);
    cr_assert_eq(found.preview_at_ms, draft->append.at_ms);
    cr_assert_eq(found.last_at_ms, draft->append.at_ms);
    cr_assert(found.waits_for_person);
    cr_assert_eq(found.contact_seq, 3);
    cr_assert_eq(found.other_answer_seq, 2);
    cr_assert_eq(found.person_seq, 2);
    cr_assert_eq(found.answer_seq, 3);
    cr_assert_eq(found.answer_role, ROLE_AUTOMATION);
    cr_assert_str_eq(text_string(found.answer_by), "flows");

    conversation_finish(&found);
    conversation_finish(&state);
    draft_destroy(&draft);
}

/* Opens it with a pause of for_ms that does not end before at_least_ms; returns by how much that is later
 * than the append's stamp. */
static int64_t paused_for(struct world *world, const char *id, uint32_t for_ms, int64_t at_least_ms)
{
    int64_t workspace_id = world_workspace(world, id);
    struct draft *draft = draft_create(world, workspace_id, 0);
    struct transition *opened = draft_move(draft, "c1", NULL, LIST_OPEN);
    opened->after.pause = (struct pause){.kind = PAUSE_UNTIL, .for_ms = for_ms, .until_ms = at_least_ms};
    opened->after.pause_seq = opened->seq;
    draft_commit(draft, 0);
    assert_committed(draft);
    struct conversation found;
    cr_assert(world_read(world, workspace_id, "c1", &found));
    cr_assert_eq(found.pause.kind, PAUSE_UNTIL);
    cr_assert_eq(found.pause.for_ms, 0);
    int64_t later_ms = found.pause.until_ms - draft->append.at_ms;
    struct draft *log = world_read_log(world, 1, workspace_id, 0);
    cr_assert(pause_equal(log->append.foreign[0].after.pause, found.pause));
    conversation_finish(&found);
    draft_destroy(&log);
    draft_destroy(&draft);
    return later_ms;
}

void suite_counts_pauses_from_its_stamp(struct world *world)
{
    cr_assert_eq(paused_for(world, "w1", 3600000, 0), 3600000);
    cr_assert_eq(paused_for(world, "w2", 2592000000, 0), 2592000000);
    cr_assert_eq(paused_for(world, "w3", 60000, world->clock_ms - 3600000), 60000);
    cr_assert_gt(paused_for(world, "w4", 60000, world->clock_ms + 3600000), 3000000, "the later end");
}

void suite_resolves_what_a_refusal_says(struct world *world)
{
    int64_t workspace_id = world_workspace(world, "w");
    struct draft *draft = draft_create(world, workspace_id, 0);
    draft_move(draft, "other", NULL, LIST_OPEN);
    draft_move(draft, "c1", NULL, LIST_OPEN);
    draft_add_item(draft, "c1")->stored = (struct stored_outcome){
        .outcome = OUTCOME_REFUSED,
        .reason = REASON_ANSWERED,
        .seq = -2,
        .since_seq = -2,
        .pause = {.kind = PAUSE_UNTIL, .for_ms = 60000},
    };
    draft_commit(draft, 0);
    assert_committed(draft);
    int64_t at_ms = draft->append.at_ms;

    draft_commit(draft, 1);
    const struct stored_outcome *stored = &draft->items[2].stored;
    cr_assert_eq(draft->items[2].result, ITEM_DUPLICATE);
    cr_assert_eq(stored->seq, 2);
    cr_assert_eq(stored->since_seq, 2);
    cr_assert_eq(stored->message, 0);
    cr_assert_eq(stored->pause.until_ms, at_ms + 60000);
    draft_destroy(&draft);
}

void suite_never_lets_time_run_backwards(struct world *world)
{
    int64_t workspace_id = world_workspace(world, "w");
    for (int i = 0; i < 8; i++) {
        char id[16];
        snprintf(id, sizeof(id), "c%d", i);
        struct draft *draft = draft_create(world, workspace_id, i);
        draft_move(draft, id, NULL, LIST_OPEN);
        draft_commit(draft, i % WORLD_NODES);
        draft_destroy(&draft);
    }
    struct draft *log = world_read_log(world, 0, workspace_id, 0);
    cr_assert_eq(draft_count_foreign(log), 8);
    for (size_t i = 1; i < log->append.foreign_count; i++)
        cr_assert_geq(log->append.foreign[i].at_ms, log->append.foreign[i - 1].at_ms);
    draft_destroy(&log);
}

void suite_answers_a_resend_with_the_first_outcome(struct world *world)
{
    int64_t workspace_id = world_workspace(world, "w");
    struct draft *draft = draft_create(world, workspace_id, 0);
    draft_move(draft, "c1", NULL, LIST_OPEN);
    draft->items[0].stored.message = 7;
    draft_commit(draft, 0);
    assert_committed(draft);

    draft->items[0].stored = (struct stored_outcome){.outcome = OUTCOME_REFUSED, .reason = REASON_STALE};
    draft_commit(draft, 1);
    cr_assert_eq(draft->items[0].result, ITEM_DUPLICATE);
    cr_assert_eq(draft->items[0].stored.outcome, OUTCOME_DONE);
    cr_assert_eq(draft->items[0].stored.reason, REASON_NONE);
    cr_assert_eq(draft->items[0].stored.seq, 1);
    cr_assert_eq(draft->items[0].stored.message, 7);
    cr_assert_eq(draft->append.seqs[0], 0);
    cr_assert_eq(draft_count_foreign(draft), 1); /* as this node has not applied it */
    draft_destroy(&draft);
}

void suite_refuses_an_id_that_was_used_for_something_else(struct world *world)
{
    int64_t workspace_id = world_workspace(world, "w");
    struct draft *draft = draft_create(world, workspace_id, 0);
    draft_move(draft, "c1", NULL, LIST_OPEN);
    draft_commit(draft, 0);

    draft->items[0].fingerprint = ~draft->items[0].fingerprint;
    draft_commit(draft, 0);
    cr_assert_eq(draft->items[0].result, ITEM_ID_REUSED);
    draft_destroy(&draft);
}

void suite_keeps_no_outcome_of_what_the_row_tells(struct world *world)
{
    int64_t workspace_id = world_workspace(world, "w");
    struct draft *draft = draft_create(world, workspace_id, 0);
    draft_move(draft, "c1", NULL, LIST_OPEN);
    draft->items[0].is_told_by_row = true;
    draft_commit(draft, 0);
    assert_committed(draft);

    draft_commit(draft, 1);
    cr_assert_eq(draft->items[0].result, ITEM_CONFLICT, "the row is another one than it was decided on");
    cr_assert_eq(draft->append.seqs[0], 0);
    draft->items[0].is_told_by_row = false;
    draft->transitions[0].before_seq = 1;
    draft->transitions[0].from = LIST_OPEN;
    draft_commit(draft, 1);
    assert_committed(draft);
    draft_destroy(&draft);
}

void suite_keeps_an_outcome_without_a_transition(struct world *world)
{
    int64_t workspace_id = world_workspace(world, "w");
    struct draft *draft = draft_create(world, workspace_id, 0);
    draft_add_item(draft, "c1")->stored = (struct stored_outcome){
        .outcome = OUTCOME_REFUSED, .reason = REASON_PAUSED, .seq = 3, .pause.until_ms = 1999999999999};
    draft_commit(draft, 0);
    assert_committed(draft);

    draft->items[0].stored = (struct stored_outcome){.outcome = OUTCOME_UNCHANGED};
    draft_commit(draft, 1);
    cr_assert_eq(draft->items[0].result, ITEM_DUPLICATE);
    cr_assert_eq(draft->items[0].stored.outcome, OUTCOME_REFUSED);
    cr_assert_eq(draft->items[0].stored.reason, REASON_PAUSED);
    cr_assert_eq(draft->items[0].stored.pause.until_ms, 1999999999999);
    cr_assert_eq(draft->items[0].stored.seq, 3, "that it was judged at");
    draft_destroy(&draft);
}

void suite_commits_a_lone_transition_beside_an_id_that_is_known(struct world *world)
{
    int64_t workspace_id = world_workspace(world, "w");
    struct draft *first = draft_create(world, workspace_id, 0);
    draft_add_item(first, "c1")->stored =
        (struct stored_outcome){.outcome = OUTCOME_REFUSED, .reason = REASON_PAUSED, .seq = 0};
    draft_commit(first, 0);
    assert_committed(first);

    struct draft *draft = draft_create(world, workspace_id, 0);
    struct store_item *again = draft_add_item(draft, "c1");
    again->id = first->items[0].id;
    again->fingerprint = first->items[0].fingerprint;
    draft_move(draft, "c2", NULL, LIST_OPEN);
    draft_commit(draft, 0);
    cr_assert_eq(draft->items[0].result, ITEM_DUPLICATE);
    cr_assert_eq(draft->items[1].result, ITEM_COMMITTED);
    cr_assert_eq(draft->append.seqs[0], 1);
    draft_destroy(&draft);
    draft_destroy(&first);
}

void suite_refuses_what_was_decided_on_another_state(struct world *world)
{
    int64_t workspace_id = world_workspace(world, "w");
    struct conversation old = draft_begin(world, workspace_id, "c1", LIST_OPEN);
    struct draft *winner = draft_create(world, workspace_id, 1);
    draft_move(winner, "c1", &old, LIST_COMPLETED);
    draft_commit(winner, 0);
    assert_committed(winner);

    struct draft *loser = draft_create(world, workspace_id, 1);
    draft_move(loser, "c1", &old, LIST_NONE);
    draft_commit(loser, 1);
    cr_assert_eq(loser->items[0].result, ITEM_CONFLICT);
    cr_assert_eq(draft_count_foreign(loser), 1);

    struct conversation found;
    cr_assert(world_read(world, workspace_id, "c1", &found));
    cr_assert_eq(found.list, LIST_COMPLETED);
    conversation_finish(&found);
    conversation_finish(&old);
    draft_destroy(&winner);
    draft_destroy(&loser);
}

void suite_commits_a_conversation_whole_or_not_at_all(struct world *world)
{
    int64_t workspace_id = world_workspace(world, "w");
    struct draft *draft = draft_create(world, workspace_id, 0);
    draft_move(draft, "c1", NULL, LIST_OPEN);
    draft_commit(draft, 0);
    struct command_id known = draft->items[0].id;
    uint64_t fingerprint = draft->items[0].fingerprint;
    struct conversation state = draft_result(draft, "c1");
    draft_destroy(&draft);

    draft = draft_create(world, workspace_id, 1);
    draft_move(draft, "c1", &state, LIST_COMPLETED);
    draft_add_item(draft, "c1"); /* without a transition, and known */
    draft->items[1].id = known;
    draft->items[1].fingerprint = fingerprint;
    draft_add_item(draft, "c1")->stored.outcome = OUTCOME_UNCHANGED;
    draft_commit(draft, 0);
    cr_assert_eq(draft->items[0].result, ITEM_CONFLICT);
    cr_assert_eq(draft->items[1].result, ITEM_DUPLICATE);
    cr_assert_eq(draft->items[2].result, ITEM_CONFLICT);
    cr_assert_eq(draft->append.seqs[0], 0);

    /* Nothing of it was kept: the same commands come through without the known one. */
    draft->items[1] = draft->items[2];
    draft->append.items_count = 2;
    draft_commit(draft, 0);
    assert_committed(draft);
    text_unref(&draft->conversations[2]);
    draft_destroy(&draft);
    conversation_finish(&state);
}

void suite_lets_conversations_stand_for_themselves(struct world *world)
{
    int64_t workspace_id = world_workspace(world, "w");
    struct conversation c1 = draft_begin(world, workspace_id, "c1", LIST_OPEN);
    struct draft *draft = draft_create(world, workspace_id, 1);
    draft_move(draft, "c2", NULL, LIST_OPEN);
    draft_move(draft, "c1", NULL, LIST_OPEN);
    draft_move(draft, "c2", &draft->transitions[0].after, LIST_COMPLETED);
    draft_commit(draft, 0);
    cr_assert_eq(draft->items[0].result, ITEM_COMMITTED);
    cr_assert_eq(draft->items[1].result, ITEM_CONFLICT);
    cr_assert_eq(draft->items[2].result, ITEM_COMMITTED);

    struct conversation found;
    cr_assert(world_read(world, workspace_id, "c2", &found));
    cr_assert_eq(found.list, LIST_COMPLETED);
    cr_assert_eq(found.seq, 3);
    cr_assert_eq(found.list_seq, 3);
    conversation_finish(&found);
    conversation_finish(&c1);
    draft_destroy(&draft);
}

/* Pauses. */

/* An open conversation, paused until then. The caller finishes it. */
static struct conversation begin_paused(struct world *world, int64_t workspace_id, const char *id,
                                        int64_t until_ms)
{
    struct conversation state = {0};
    struct draft *draft = draft_create(world, workspace_id, 0);
    struct transition *opened = draft_move(draft, id, NULL, LIST_OPEN);
    opened->after.pause = (struct pause){.kind = PAUSE_UNTIL, .until_ms = until_ms};
    opened->after.pause_seq = opened->seq;
    draft_commit(draft, 0);
    assert_committed(draft);
    state = draft_result(draft, id);
    draft_destroy(&draft);
    return state;
}

static void draft_expire(struct draft *draft, const char *id, const struct conversation *before)
{
    struct conversation after;
    conversation_copy(before, &after);
    after.pause = (struct pause){.kind = PAUSE_NONE, .until_ms = 0};
    after.pause_seq = 0;
    draft_add_item(draft, id);
    struct transition *expire = draft_add_transition(draft, ACTION_EXPIRE, before, &after);
    expire->role = ROLE_SERVER;
    expire->due_ms = due_carried_out_ms(before, ACTION_EXPIRE);
    conversation_finish(&after);
}

void suite_refuses_to_end_a_pause_before_its_time(struct world *world)
{
    int64_t workspace_id = world_workspace(world, "w");
    struct conversation paused = begin_paused(world, workspace_id, "c1", world->clock_ms + 3600000);
    struct draft *draft = draft_create(world, workspace_id, 1);
    draft_expire(draft, "c1", &paused);
    draft_commit(draft, 0);
    cr_assert_eq(draft->items[0].result, ITEM_CONFLICT);
    draft_destroy(&draft);
    conversation_finish(&paused);
}

void suite_ends_a_pause_whose_time_has_come(struct world *world)
{
    int64_t workspace_id = world_workspace(world, "w");
    struct conversation paused = begin_paused(world, workspace_id, "c1", world->clock_ms - 1);
    struct draft *draft = draft_create(world, workspace_id, 1);
    draft_expire(draft, "c1", &paused);
    draft_commit(draft, 0);
    cr_assert_eq(draft->items[0].result, ITEM_COMMITTED);
    struct conversation found;
    cr_assert(world_read(world, workspace_id, "c1", &found));
    cr_assert_eq(found.pause.kind, PAUSE_NONE);
    conversation_finish(&found);
    draft_destroy(&draft);
    conversation_finish(&paused);
}

void suite_refuses_an_early_end_behind_another_transition(struct world *world)
{
    const int64_t untils_ms[] = {world->clock_ms + 3600000, 1};
    for (int due = 0; due < 2; due++) {
        char name[] = {(char)('a' + due), '\0'};
        int64_t workspace_id = world_workspace(world, name);
        int64_t until_ms = due ? world->clock_ms - 1 : untils_ms[0];
        struct conversation paused = begin_paused(world, workspace_id, "c1", until_ms);
        struct draft *draft = draft_create(world, workspace_id, 1);
        draft_move(draft, "c1", &paused, LIST_OPEN);
        draft_expire(draft, "c1", &draft->transitions[0].after);
        draft_commit(draft, 0);
        cr_assert_eq(draft->items[0].result, due ? ITEM_COMMITTED : ITEM_CONFLICT);
        cr_assert_eq(draft->items[1].result, due ? ITEM_COMMITTED : ITEM_CONFLICT);
        draft_destroy(&draft);
        conversation_finish(&paused);
    }
}
