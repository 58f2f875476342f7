#include "suite.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* The tests of the suite that are about appending. */

static int64_t count_foreign(const struct draft *draft)
{
    return (int64_t)draft->append.foreign_count;
}

/* A conversation in the workspace "w", committed by the first node. The caller finishes it. */
static struct conversation begin(struct world *world, int64_t workspace_id, const char *id,
                                 enum conversation_list list)
{
    struct draft *draft = draft_create(world, workspace_id, 0);
    draft_move(draft, id, NULL, list);
    draft_commit(draft, 0);
    cr_assert_eq(draft->items[0].result, ITEM_COMMITTED);
    struct conversation conversation = draft_result(draft, id);
    draft_destroy(&draft);
    return conversation;
}

static void assert_committed(const struct draft *draft)
{
    for (size_t i = 0; i < draft->append.items_count; i++)
        cr_assert_eq(draft->items[i].result, ITEM_COMMITTED);
}

void suite_gives_back_what_was_committed(struct world *world)
{
    int64_t workspace_id = world_workspace(world, "w");
    struct conversation committed = begin(world, workspace_id, "c1", LIST_OPEN);

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
    struct conversation first = begin(world, workspace_id, "c1", LIST_OPEN);

    struct draft *draft = draft_create(world, workspace_id, 1);
    draft_move(draft, "c2", NULL, LIST_OPEN);
    draft_move(draft, "c1", NULL, LIST_OPEN); /* exists already: a conflict */
    draft_move(draft, "c3", NULL, LIST_OPEN);
    draft_commit(draft, 0);

    cr_assert_eq(draft->append.seqs[0], 2);
    cr_assert_eq(draft->append.seqs[1], 0);
    cr_assert_eq(draft->append.seqs[2], 3);
    cr_assert_eq(count_foreign(draft), 0);
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
    state.pause = (struct pause){PAUSE_UNTIL_COMPLETED, 0};
    state.pause_seq = -3;
    state.waiting_since_ms = state.preview_at_ms = state.last_at_ms = AT_PENDING;
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

    conversation_finish(&found);
    conversation_finish(&state);
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
    cr_assert_eq(count_foreign(log), 8);
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
    cr_assert_eq(count_foreign(draft), 1); /* as this node has not applied it */
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

void suite_keeps_an_outcome_without_a_transition(struct world *world)
{
    int64_t workspace_id = world_workspace(world, "w");
    struct draft *draft = draft_create(world, workspace_id, 0);
    draft_add_item(draft, "c1")->stored = (struct stored_outcome){
        .outcome = OUTCOME_REFUSED, .reason = REASON_PAUSED, .until_ms = 1999999999999};
    draft_commit(draft, 0);
    assert_committed(draft);

    draft->items[0].stored = (struct stored_outcome){.outcome = OUTCOME_UNCHANGED};
    draft_commit(draft, 1);
    cr_assert_eq(draft->items[0].result, ITEM_DUPLICATE);
    cr_assert_eq(draft->items[0].stored.outcome, OUTCOME_REFUSED);
    cr_assert_eq(draft->items[0].stored.reason, REASON_PAUSED);
    cr_assert_eq(draft->items[0].stored.until_ms, 1999999999999);
    cr_assert_eq(draft->items[0].stored.seq, 0);
    draft_destroy(&draft);
}

void suite_refuses_what_was_decided_on_another_state(struct world *world)
{
    int64_t workspace_id = world_workspace(world, "w");
    struct conversation old = begin(world, workspace_id, "c1", LIST_OPEN);
    struct draft *winner = draft_create(world, workspace_id, 1);
    draft_move(winner, "c1", &old, LIST_COMPLETED);
    draft_commit(winner, 0);
    assert_committed(winner);

    struct draft *loser = draft_create(world, workspace_id, 1);
    draft_move(loser, "c1", &old, LIST_NONE);
    draft_commit(loser, 1);
    cr_assert_eq(loser->items[0].result, ITEM_CONFLICT);
    cr_assert_eq(count_foreign(loser), 1);

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
    struct conversation c1 = begin(world, workspace_id, "c1", LIST_OPEN);
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

/* --- Pauses ------------------------------------------------------------------------------------------ */

/* An open conversation, paused until then. The caller finishes it. */
static struct conversation begin_paused(struct world *world, int64_t workspace_id, const char *id,
                                        int64_t until_ms)
{
    struct conversation state = {0};
    struct draft *draft = draft_create(world, workspace_id, 0);
    struct transition *opened = draft_move(draft, id, NULL, LIST_OPEN);
    opened->after.pause = (struct pause){PAUSE_UNTIL, until_ms};
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
    after.pause = (struct pause){PAUSE_NONE, 0};
    after.pause_seq = 0;
    draft_add_item(draft, id);
    draft_add_transition(draft, ACTION_EXPIRE, before, &after)->role = ROLE_SERVER;
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

/* --- Others ------------------------------------------------------------------------------------------ */

void suite_shows_what_others_did_in_front_of_its_own(struct world *world)
{
    int64_t workspace_id = world_workspace(world, "w");
    struct draft *theirs = draft_create(world, workspace_id, 0);
    draft_move(theirs, "c1", NULL, LIST_OPEN);
    draft_move(theirs, "c2", NULL, LIST_OPEN);
    draft_commit(theirs, 1);

    struct draft *ours = draft_create(world, workspace_id, 0);
    draft_move(ours, "c3", NULL, LIST_OPEN);
    draft_commit(ours, 0);
    cr_assert_eq(count_foreign(ours), 2);
    cr_assert_eq(ours->append.foreign[0].seq, 1);
    cr_assert_eq(ours->append.foreign[1].seq, 2);
    cr_assert_eq(ours->append.seqs[0], 3);
    cr_assert_geq(ours->append.at_ms, ours->append.foreign[1].at_ms);
    draft_destroy(&theirs);
    draft_destroy(&ours);
}

void suite_shows_what_others_did_to_an_append_without_items(struct world *world)
{
    int64_t workspace_id = world_workspace(world, "w");
    struct draft *theirs = draft_create(world, workspace_id, 0);
    draft_move(theirs, "c1", NULL, LIST_OPEN);
    draft_move(theirs, "c2", NULL, LIST_OPEN);
    draft_commit(theirs, 1);

    struct draft *reading = world_read_log(world, 0, workspace_id, 1);
    cr_assert_eq(count_foreign(reading), 1);
    cr_assert_eq(reading->append.foreign[0].seq, 2);
    struct transition expected = theirs->transitions[1];
    conversation_copy(&theirs->transitions[1].after, &expected.after);
    transition_stamp(&expected, theirs->append.seqs, theirs->append.at_ms);
    assert_same_transition(&reading->append.foreign[0], &expected);
    conversation_finish(&expected.after);
    draft_destroy(&theirs);
    draft_destroy(&reading);
}

void suite_tells_a_node_that_knows_too_much_to_load_anew(struct world *world)
{
    int64_t workspace_id = world_workspace(world, "w");
    struct draft *draft = draft_create(world, workspace_id, 5);
    draft_move(draft, "c1", NULL, LIST_OPEN);
    draft_run(draft, 0);
    cr_assert_eq(draft->append.outcome, STORE_NEW_EPOCH);
    struct conversation found;
    cr_assert_not(world_read(world, workspace_id, "c1", &found));
    draft_destroy(&draft);
}

void suite_remembers_agents_by_their_last_name_and_role(struct world *world)
{
    int64_t workspace_id = world_workspace(world, "w");
    struct draft *draft = draft_create(world, workspace_id, 0);
    draft_see_agent(draft, "ana", "Ana", ROLE_AGENT, 0);
    draft_see_agent(draft, "bea", "", ROLE_AGENT, 0);
    draft_commit(draft, 0);
    assert_committed(draft);
    draft_destroy(&draft);
    draft = draft_create(world, workspace_id, 2);
    draft_see_agent(draft, "ana", "Ana María", ROLE_SUPERVISOR, 1);
    draft_commit(draft, 0);
    assert_committed(draft);
    draft_destroy(&draft);

    struct roster roster;
    world_load(world, 1, "w", &roster);
    cr_assert_eq(roster.seq, 3);
    struct agent *ana = roster_find_agent(&roster, bytes_of_string("ana"));
    struct agent *bea = roster_find_agent(&roster, bytes_of_string("bea"));
    cr_assert_str_eq(text_string(ana->name), "Ana María");
    cr_assert_eq(ana->role, ROLE_SUPERVISOR);
    cr_assert_eq(ana->seq, 3);
    cr_assert_null(bea->name);
    cr_assert_eq(bea->seq, 2);
    roster_finish(&roster);

    struct draft *log = world_read_log(world, 0, workspace_id, 2);
    cr_assert_eq(log->append.foreign[0].action, ACTION_AGENT_SEEN);
    cr_assert_str_eq(text_string(log->append.foreign[0].by), "ana");
    cr_assert_str_eq(text_string(log->append.foreign[0].body), "Ana María");
    cr_assert_eq(log->append.foreign[0].before_seq, 1);
    cr_assert_null(log->append.foreign[0].after.id);
    draft_destroy(&log);
}

void suite_refuses_an_agent_that_has_changed(struct world *world)
{
    int64_t workspace_id = world_workspace(world, "w");
    struct draft *draft = draft_create(world, workspace_id, 0);
    draft_see_agent(draft, "ana", "Ana", ROLE_AGENT, 0);
    draft_commit(draft, 0);
    draft_destroy(&draft);
    draft = draft_create(world, workspace_id, 0);
    draft_see_agent(draft, "ana", "Ana", ROLE_AGENT, 0);
    draft_move(draft, "ana", NULL, LIST_OPEN); /* a conversation of the same name is another matter */
    draft_commit(draft, 1);
    cr_assert_eq(draft->items[0].result, ITEM_CONFLICT);
    cr_assert_eq(draft->items[1].result, ITEM_COMMITTED);
    draft_destroy(&draft);
}

void suite_lets_two_nodes_race_for_one_conversation(struct world *world)
{
    int64_t workspace_id = world_workspace(world, "w");
    struct conversation state = begin(world, workspace_id, "c1", LIST_OPEN);
    for (int round = 0; round < 10; round++) {
        struct draft *drafts[WORLD_NODES];
        int committed = -1;
        for (int node = 0; node < WORLD_NODES; node++) {
            drafts[node] = draft_create(world, workspace_id, state.seq);
            drafts[node]->append.patient = true;
            draft_move(drafts[node], "c1", &state, round % 2 == 0 ? LIST_COMPLETED : LIST_OPEN);
            draft_send(drafts[node], node);
        }
        world_run(world);
        for (int node = 0; node < WORLD_NODES; node++) {
            cr_assert_eq(drafts[node]->append.outcome, STORE_OK);
            if (drafts[node]->items[0].result == ITEM_COMMITTED) {
                cr_assert_eq(committed, -1);
                committed = node;
            } else {
                cr_assert_eq(drafts[node]->items[0].result, ITEM_CONFLICT);
            }
        }
        cr_assert_neq(committed, -1);
        conversation_finish(&state);
        state = draft_result(drafts[committed], "c1");
        for (int node = 0; node < WORLD_NODES; node++)
            draft_destroy(&drafts[node]);
    }
    cr_assert_eq(state.seq, 11);
    conversation_finish(&state);
}

/* Two nodes send the same commands, each on what it knows; as a client does that resends through another
 * node. */
void suite_commits_each_command_once_whatever_two_nodes_do(struct world *world)
{
    enum { COMMANDS = 24 };
    int64_t workspace_id = world_workspace(world, "w");
    struct draft *drafts[WORLD_NODES];
    for (int node = 0; node < WORLD_NODES; node++) {
        drafts[node] = draft_create(world, workspace_id, 0);
        drafts[node]->append.patient = true;
        for (int i = 0; i < COMMANDS; i++) {
            char id[16];
            snprintf(id, sizeof(id), "c%d", i);
            draft_move(drafts[node], id, NULL, LIST_OPEN);
            drafts[node]->items[i].id = drafts[0]->items[i].id;
        }
    }
    for (int node = 0; node < WORLD_NODES; node++)
        draft_send(drafts[node], node);
    world_run(world);
    for (int i = 0; i < COMMANDS; i++) {
        enum item_result first = drafts[0]->items[i].result;
        enum item_result second = drafts[1]->items[i].result;
        cr_assert(first == ITEM_COMMITTED || second == ITEM_COMMITTED);
        cr_assert(first == ITEM_DUPLICATE || second == ITEM_DUPLICATE);
    }
    struct draft *log = world_read_log(world, 0, workspace_id, 0);
    cr_assert_eq(count_foreign(log), COMMANDS);
    draft_destroy(&log);
    for (int node = 0; node < WORLD_NODES; node++)
        draft_destroy(&drafts[node]);
}

void suite_keeps_workspaces_apart(struct world *world)
{
    int64_t first = world_workspace(world, "first");
    int64_t second = world_workspace(world, "second");
    struct conversation state = begin(world, first, "c1", LIST_OPEN);
    struct draft *draft = draft_create(world, second, 0);
    draft_move(draft, "c1", NULL, LIST_OPEN);
    draft_commit(draft, 0);
    cr_assert_eq(draft->items[0].result, ITEM_COMMITTED);
    cr_assert_eq(draft->append.seqs[0], 1);
    cr_assert_eq(count_foreign(draft), 0);

    /* The same id in another workspace is another id. */
    struct draft *same = draft_create(world, first, 1);
    draft_move(same, "c2", NULL, LIST_OPEN);
    same->items[0].id = draft->items[0].id;
    draft_commit(same, 0);
    cr_assert_eq(same->items[0].result, ITEM_COMMITTED);
    draft_destroy(&same);
    draft_destroy(&draft);
    conversation_finish(&state);
}

void suite_calls_nobody_back_from_within(struct world *world)
{
    int64_t workspace_id = world_workspace(world, "w");
    struct draft *draft = draft_create(world, workspace_id, 0);
    draft_send(draft, 0); /* asserts it */
    world_run(world);
    draft_destroy(&draft);
}
