#include "suite.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* The tests of the suite that are about several nodes, agents and workspaces. */

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
    cr_assert_eq(draft_count_foreign(ours), 2);
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
    cr_assert_eq(draft_count_foreign(reading), 1);
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
    cr_assert_eq(draft->append.request.outcome, STORE_NEW_EPOCH);
    struct conversation found;
    cr_assert_not(world_read(world, workspace_id, "c1", &found));
    draft_destroy(&draft);
}

/* One more transition than a node is told of. */
void suite_tells_a_node_that_is_too_far_behind_to_load_anew(struct world *world)
{
    int64_t workspace_id = world_workspace(world, "w");
    for (int seq = 0; seq < LIMIT_FOREIGN + 1;) {
        struct draft *draft = draft_create(world, workspace_id, seq);
        for (int i = 0; i < LIMIT_BATCH_COMMANDS && seq < LIMIT_FOREIGN + 1; i++, seq++) {
            char id[16];
            snprintf(id, sizeof(id), "c%d", seq);
            draft_move(draft, id, NULL, LIST_NONE);
        }
        draft_commit(draft, 0);
        draft_destroy(&draft);
    }
    struct draft *near = world_read_log(world, 1, workspace_id, 1);
    cr_assert_eq(draft_count_foreign(near), LIMIT_FOREIGN);
    draft_destroy(&near);
    struct draft *far = draft_create(world, workspace_id, 0);
    draft_run(far, 1);
    cr_assert_eq(far->append.request.outcome, STORE_NEW_EPOCH);
    cr_assert_eq(draft_count_foreign(far), 0);
    draft_move(far, "mine", NULL, LIST_OPEN);
    draft_run(far, 1);
    cr_assert_eq(far->append.request.outcome, STORE_NEW_EPOCH);
    draft_destroy(&far);
}

void suite_tells_a_node_whose_log_is_kept_no_more_to_load_anew(struct world *world)
{
    int64_t workspace_id = world_workspace(world, "w");
    struct draft *draft = draft_create(world, workspace_id, 0);
    for (int i = 0; i < 4; i++) {
        char id[] = {'c', (char)('0' + i), '\0'};
        draft_move(draft, id, NULL, LIST_OPEN);
    }
    draft_commit(draft, 0);
    draft_destroy(&draft);
    for (int64_t forgotten = 2; forgotten <= 4; forgotten += 2) {
        world->forget(world, "w", forgotten);
        for (int64_t known = 0; known <= 4; known++) {
            struct draft *reading = draft_create(world, workspace_id, known);
            draft_run(reading, 1);
            bool is_kept = known >= forgotten;
            cr_assert_eq(reading->append.request.outcome, is_kept ? STORE_OK : STORE_NEW_EPOCH);
            cr_assert_eq(draft_count_foreign(reading), is_kept ? 4 - known : 0);
            draft_destroy(&reading);
        }
    }
    struct draft *writing = draft_create(world, workspace_id, 3);
    draft_move(writing, "mine", NULL, LIST_OPEN);
    draft_run(writing, 1);
    cr_assert_eq(writing->append.request.outcome, STORE_NEW_EPOCH);
    draft_destroy(&writing);

    struct roster roster;
    world_load(world, 1, "w", &roster);
    cr_assert_geq(roster.floor_seq, 4, "what changed before is known by nobody");
    cr_assert_leq(roster.floor_seq, roster.seq);
    cr_assert_not_null(roster_find(&roster, bytes_of_string("c0")));
    roster_finish(&roster);
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
    cr_assert_null(log->append.foreign[0].after.words);
    draft_destroy(&log);
}

void suite_remembers_agents_with_the_longest_names(struct world *world)
{
    int64_t workspace_id = world_workspace(world, "w");
    static char id[LIMIT_ID_BYTES + 1];
    static char name[LIMIT_NAME_BYTES + 1];
    memset(id, 'a', LIMIT_ID_BYTES);
    memset(name, 'n', LIMIT_NAME_BYTES);
    struct draft *draft = draft_create(world, workspace_id, 0);
    draft_see_agent(draft, id, name, ROLE_AGENT, 0);
    draft_commit(draft, 0);
    assert_committed(draft);
    draft_destroy(&draft);

    struct roster roster;
    world_load(world, 1, "w", &roster);
    cr_assert_str_eq(text_string(roster_find_agent(&roster, bytes_of_string(id))->name), name);
    roster_finish(&roster);
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
    struct conversation state = draft_begin(world, workspace_id, "c1", LIST_OPEN);
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
            cr_assert_eq(drafts[node]->append.request.outcome, STORE_OK);
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
    cr_assert_eq(draft_count_foreign(log), COMMANDS);
    draft_destroy(&log);
    for (int node = 0; node < WORLD_NODES; node++)
        draft_destroy(&drafts[node]);
}

void suite_keeps_workspaces_apart(struct world *world)
{
    int64_t first = world_workspace(world, "first");
    int64_t second = world_workspace(world, "second");
    struct conversation state = draft_begin(world, first, "c1", LIST_OPEN);
    struct draft *draft = draft_create(world, second, 0);
    draft_move(draft, "c1", NULL, LIST_OPEN);
    draft_commit(draft, 0);
    cr_assert_eq(draft->items[0].result, ITEM_COMMITTED);
    cr_assert_eq(draft->append.seqs[0], 1);
    cr_assert_eq(draft_count_foreign(draft), 0);

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

static struct store_revocations read_revocations(struct world *world, int64_t after)
{
    struct store_revocations asked = {.request = {.kind = STORE_REVOCATIONS}, .after = after};
    world_ask(world, 1, &asked.request);
    return asked;
}

static void assert_revoked(const struct revocation *revocation, const char *workspace, const char *id)
{
    cr_assert_str_eq(text_string(revocation->workspace), workspace);
    cr_assert_str_eq(text_string(revocation->id), id);
}

void suite_tells_of_revocations_from_a_number_on(struct world *world)
{
    struct store_revocations none = read_revocations(world, 0);
    cr_assert_eq(none.count, 0);
    store_request_finish(&none.request);
    int64_t before_ms = world->clock_ms;

    world->revoke(world, "w", "ana");
    world->revoke(world, "nobody has come here yet", "ana");
    struct store_revocations two = read_revocations(world, 0);
    cr_assert_eq(two.count, 2);
    assert_revoked(&two.list[0], "w", "ana");
    assert_revoked(&two.list[1], "nobody has come here yet", "ana");
    cr_assert(two.list[0].number > 0 && two.list[1].number > two.list[0].number);
    cr_assert_geq(two.list[0].at_ms, before_ms);
    cr_assert_leq(two.list[0].at_ms, world->clock_ms);

    world->revoke(world, "w", "ana");
    struct store_revocations again = read_revocations(world, two.list[1].number);
    cr_assert_eq(again.count, 1);
    assert_revoked(&again.list[0], "w", "ana");
    cr_assert_geq(again.list[0].at_ms, two.list[0].at_ms);
    struct store_revocations all = read_revocations(world, 0);
    cr_assert_eq(all.count, 2, "the first of the same person's has gone");
    assert_revoked(&all.list[1], "w", "ana");
    store_request_finish(&two.request);
    store_request_finish(&again.request);
    store_request_finish(&all.request);
}

void suite_revokes_whoever_has_the_longest_names(struct world *world)
{
    static char workspace[LIMIT_WORKSPACE_BYTES + 1];
    static char id[LIMIT_ID_BYTES + 1];
    memset(workspace, 'w', LIMIT_WORKSPACE_BYTES);
    memset(id, 'a', LIMIT_ID_BYTES);
    world->revoke(world, workspace, id);
    struct store_revocations one = read_revocations(world, 0);
    cr_assert_eq(one.count, 1);
    assert_revoked(&one.list[0], workspace, id);
    store_request_finish(&one.request);
}

void suite_tells_where_the_logs_end(struct world *world)
{
    int64_t first = world_workspace(world, "first");
    int64_t untouched = world_workspace(world, "untouched");
    int64_t second = world_workspace(world, "second");
    struct draft *draft = draft_create(world, first, 0);
    draft_move(draft, "c1", NULL, LIST_OPEN);
    draft_move(draft, "c2", NULL, LIST_OPEN);
    draft_commit(draft, 0);
    struct conversation state = draft_begin(world, second, "c1", LIST_OPEN);

    const int64_t ids[] = {second, 123456789, untouched, first, second};
    const int64_t seqs[] = {1, 0, 0, 2, 1};
    struct store_heads heads = {
        .request = {.kind = STORE_HEADS}, .workspace_ids = ids, .workspaces_count = ARRAY_COUNT(ids)};
    world_ask(world, 1, &heads.request);
    for (size_t i = 0; i < ARRAY_COUNT(ids); i++)
        cr_assert_eq(heads.seqs[i], seqs[i], "%zu", i);
    struct draft *log = world_read_log(world, 1, first, 0);
    struct draft *second_log = world_read_log(world, 1, second, 0);
    int64_t second_ms = second_log->append.foreign[0].at_ms;
    const int64_t marks_ms[] = {second_ms, 0, 0, log->append.foreign[1].at_ms, second_ms};
    for (size_t i = 0; i < ARRAY_COUNT(ids); i++)
        cr_assert_eq(heads.marks_ms[i], marks_ms[i], "%zu", i);
    draft_destroy(&log);
    draft_destroy(&second_log);
    store_request_finish(&heads.request);
    conversation_finish(&state);
    draft_destroy(&draft);
}

/* A node is done hearing of its own when it hears of what another has committed after it. */
void suite_hints_others_at_what_was_committed(struct world *world)
{
    int64_t first = world_workspace(world, "first");
    int64_t second = world_workspace(world, "second");
    struct draft *ours = draft_create(world, first, 0);
    draft_move(ours, "c1", NULL, LIST_OPEN);
    draft_move(ours, "c2", NULL, LIST_OPEN);
    draft_commit(ours, 0);
    world_hear(world, 1, 1);
    assert_heard_hint(world, 1, 0, first, 2);

    struct draft *theirs = draft_create(world, second, 0);
    draft_move(theirs, "c1", NULL, LIST_OPEN);
    draft_commit(theirs, 1);
    world_hear(world, 0, 1);
    assert_heard_hint(world, 0, 0, second, 1);
    draft_destroy(&ours);
    draft_destroy(&theirs);
}

void suite_hints_at_nothing_where_nothing_was_committed(struct world *world)
{
    int64_t workspace_id = world_workspace(world, "w");
    struct draft *draft = draft_create(world, workspace_id, 0);
    draft_add_item(draft, "c1"); /* an outcome is kept, but not in the log */
    draft_commit(draft, 0);
    struct draft *reading = world_read_log(world, 0, workspace_id, 0);
    world_tell(world, 0, workspace_id, "that was all");
    world_hear(world, 1, 1);
    assert_heard_words(world, 1, 0, workspace_id, "that was all");
    draft_destroy(&draft);
    draft_destroy(&reading);
}

void suite_tells_others_words_in_their_order(struct world *world)
{
    static const char *const words[] = {"one", "two", "one", " 7:7", "cinco ñ"};
    int64_t workspace_id = world_workspace(world, "w");
    for (size_t i = 0; i < ARRAY_COUNT(words); i++)
        world_tell(world, 0, workspace_id + (int64_t)i, words[i]);
    world_hear(world, 1, ARRAY_COUNT(words));
    for (size_t i = 0; i < ARRAY_COUNT(words); i++)
        assert_heard_words(world, 1, (int)i, workspace_id + (int64_t)i, words[i]);
    world_tell(world, 1, workspace_id, "and back");
    world_hear(world, 0, 1);
    assert_heard_words(world, 0, 0, workspace_id, "and back");
}

void suite_calls_nobody_back_from_within(struct world *world)
{
    int64_t workspace_id = world_workspace(world, "w");
    struct draft *draft = draft_create(world, workspace_id, 0);
    draft_send(draft, 0); /* asserts it */
    world_run(world);
    draft_destroy(&draft);
}
