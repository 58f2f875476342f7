#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/leak.h"
#include "support/postgres_world.h"

/* The suite over PostgreSQL, and what only a real server can do to us. */

static struct postgres_world postgres;
static struct world *const world = &postgres.world;

static void begin(void)
{
    postgres_open(&postgres);
}

static void end(void)
{
    postgres_close(&postgres);
    assert_no_leak();
}

TestSuite(store_postgres, .init = begin, .fini = end);

#define X(name)                                                                                              \
    Test(store_postgres, name)                                                                               \
    {                                                                                                        \
        suite_##name(world);                                                                                 \
    }
SUITE(X)
#undef X

/* Lost connections. */

/* The answer is lost on its way: the transaction has been committed. */
Test(store_postgres, finds_what_it_committed_when_the_answer_was_lost)
{
    int64_t workspace_id = world_workspace(world, "w");
    struct draft *draft = draft_create(world, workspace_id, 0);
    draft_move(draft, "c1", NULL, LIST_OPEN);
    draft->append.patient = true;
    postgres_do(&postgres, "BEGIN");
    postgres_do(&postgres, "SELECT 1 FROM relevo.workspace_head FOR UPDATE");
    draft_send(draft, 0);
    postgres_run_until_it_waits(&postgres);
    postgres_do(&postgres, "COMMIT");
    while (postgres_ask(&postgres, "SELECT count(*) FROM relevo.transition") == 0)
        ;
    postgres_lose_answers(&postgres);
    world_run(world);

    cr_assert_eq(draft->append.request.outcome, STORE_OK);
    cr_assert_eq(draft->items[0].result, ITEM_DUPLICATE);
    cr_assert_eq(draft->items[0].stored.seq, 1);
    cr_assert_eq(draft->append.foreign_count, 1);
    cr_assert_eq(draft->append.seqs[0], 0);
    cr_assert_eq(postgres_ask(&postgres, "SELECT count(*) FROM relevo.transition"), 1);
    draft_destroy(&draft);
}

/* The session is ended in the middle: the transaction has not been committed. */
Test(store_postgres, sends_again_what_was_lost_on_its_way)
{
    int64_t workspace_id = world_workspace(world, "w");
    postgres_do(&postgres, "BEGIN");
    postgres_do(&postgres, "SELECT 1 FROM relevo.workspace_head FOR UPDATE");
    struct draft *draft = draft_create(world, workspace_id, 0);
    draft->append.patient = true;
    draft_move(draft, "c1", NULL, LIST_OPEN);
    draft_send(draft, 0);
    int downs = world->downs;
    postgres_run_until_it_waits(&postgres);
    postgres_do(&postgres, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                           "WHERE datname = current_database() AND wait_event_type = 'Lock'");
    postgres_run_until_it_waits(&postgres); /* in another session */
    cr_assert_eq(world->downs, downs, "the other lane is still there");
    cr_assert_not(draft->is_done);
    postgres_do(&postgres, "COMMIT");
    world_run(world);

    cr_assert_eq(draft->append.request.outcome, STORE_OK);
    cr_assert_eq(draft->items[0].result, ITEM_COMMITTED);
    cr_assert_eq(draft->append.seqs[0], 1);
    draft_destroy(&draft);
}

Test(store_postgres, comes_back_by_itself)
{
    int64_t workspace_id = world_workspace(world, "w");
    postgres_do(&postgres, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                           "WHERE datname = current_database() AND pid <> pg_backend_pid()");
    while (world->downs < WORLD_NODES)
        world->turn(world);

    struct draft *draft = draft_create(world, workspace_id, 0);
    draft_move(draft, "c1", NULL, LIST_OPEN);
    draft_run(draft, 0);
    cr_assert_eq(draft->append.request.outcome, STORE_AWAY);
    while (world->ups < 2 * WORLD_NODES)
        world->turn(world);
    draft_commit(draft, 0);
    cr_assert_eq(draft->items[0].result, ITEM_COMMITTED);
    draft_destroy(&draft);
}

static void consume_done(struct store_request *request)
{
    *(bool *)request->context = true;
}

/* What followers ask waits for a lock; then their connection is lost. Everybody else does not notice. */
Test(store_postgres, serves_everybody_else_while_followers_wait_or_are_cut_off)
{
    int64_t workspace_id = world_workspace(world, "w");
    bool is_done = false;
    struct store_consume consume = {
        .request = {.kind = STORE_CONSUME, .done = consume_done, .context = &is_done},
        .workspace_id = workspace_id,
        .role = ROLE_CHANNEL,
        .owner = bytes_of_string("web"),
        .name = bytes_of_string("main")};
    postgres_do(&postgres, "BEGIN");
    postgres_do(&postgres, "LOCK TABLE relevo.consumer IN ACCESS EXCLUSIVE MODE");
    world->stores[0]->ops->ask(world->stores[0], &consume.request);
    postgres_run_until_it_waits(&postgres);
    struct conversation first = draft_begin(world, workspace_id, "c1", LIST_OPEN);
    struct conversation found;
    cr_assert(world_read(world, workspace_id, "c1", &found));
    cr_assert_not(is_done);
    postgres_do(&postgres, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                           "WHERE datname = current_database() AND wait_event_type = 'Lock'");
    postgres_do(&postgres, "COMMIT");
    while (!is_done)
        world->turn(world);
    cr_assert_eq(consume.request.outcome, STORE_AWAY);
    cr_assert_eq(world->downs, 0);
    while (consume.request.outcome == STORE_AWAY) {
        is_done = false;
        world->stores[0]->ops->ask(world->stores[0], &consume.request);
        while (!is_done)
            world->turn(world);
    }
    cr_assert_eq(consume.request.outcome, STORE_OK);
    cr_assert_eq(world->downs, 0);
    conversation_finish(&found);
    conversation_finish(&first);
}

/* Locks and failures. */

Test(store_postgres, skips_a_locked_workspace_and_serves_the_others)
{
    int64_t locked_id = world_workspace(world, "locked");
    int64_t free_id = world_workspace(world, "free");
    postgres_do(&postgres, "BEGIN");
    postgres_do(&postgres,
                "SELECT 1 FROM relevo.workspace_head h JOIN relevo.workspace w ON w.id = h.workspace_id "
                "WHERE w.name = 'locked' FOR UPDATE OF h");
    struct draft *locked = draft_create(world, locked_id, 0);
    struct draft *unlocked = draft_create(world, free_id, 0);
    draft_move(locked, "c1", NULL, LIST_OPEN);
    draft_move(unlocked, "c1", NULL, LIST_OPEN);
    draft_send(locked, 0);
    draft_send(unlocked, 0);
    world_run(world);
    cr_assert_eq(locked->append.request.outcome, STORE_OK);
    cr_assert_eq(locked->items[0].result, ITEM_BUSY);
    cr_assert_eq(locked->append.seqs[0], 0);
    cr_assert_eq(unlocked->items[0].result, ITEM_COMMITTED);

    postgres_do(&postgres, "COMMIT");
    draft_commit(locked, 0);
    cr_assert_eq(locked->items[0].result, ITEM_COMMITTED);
    draft_destroy(&locked);
    draft_destroy(&unlocked);
}

Test(store_postgres, commits_what_comes_together_in_one_transaction)
{
    enum { WORKSPACES = 20 };
    struct draft *drafts[WORKSPACES];
    for (int i = 0; i < WORKSPACES; i++) {
        char name[8];
        snprintf(name, sizeof(name), "w%d", i);
        drafts[i] = draft_create(world, world_workspace(world, name), 0);
        draft_move(drafts[i], "c1", NULL, LIST_OPEN);
    }
    for (int i = 0; i < WORKSPACES; i++)
        draft_send(drafts[WORKSPACES - 1 - i], 0);
    world_run(world);
    for (int i = 0; i < WORKSPACES; i++) {
        cr_assert_eq(drafts[i]->items[0].result, ITEM_COMMITTED);
        draft_destroy(&drafts[i]);
    }
    cr_assert_eq(postgres_ask(&postgres, "SELECT count(DISTINCT xmin::text) FROM relevo.transition"), 1);
}

/* Makes the server fail with this SQLSTATE whenever a transition of this conversation is added. */
static void raise_on(const char *conversation, const char *sqlstate)
{
    char sql[512];
    snprintf(sql, sizeof(sql),
             "CREATE OR REPLACE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
             "IF new.conversation_id = '%s' THEN RAISE 'as asked for' USING ERRCODE = '%s'; END IF; RETURN "
             "new; END $$;"
             "CREATE OR REPLACE TRIGGER fail BEFORE INSERT ON relevo.transition FOR EACH ROW EXECUTE "
             "FUNCTION fail()",
             conversation, sqlstate);
    postgres_do(&postgres, sql);
}

Test(store_postgres, is_stuck_while_the_disk_is_full_and_finds_out_by_itself_that_it_is_no_more)
{
    int64_t workspace_id = world_workspace(world, "w");
    raise_on("c1", "53100");
    struct draft *draft = draft_create(world, workspace_id, 0);
    draft_move(draft, "c1", NULL, LIST_OPEN);
    draft_run(draft, 0);
    cr_assert_eq(draft->append.request.outcome, STORE_AWAY);
    cr_assert_eq(world->downs, 0);
    cr_assert(world->ears[0].is_stuck);
    draft_run(draft, 0);
    cr_assert_eq(draft->append.request.outcome, STORE_AWAY);

    postgres_do(&postgres, "DROP TRIGGER fail ON relevo.transition");
    while (world->ears[0].is_stuck)
        world->turn(world);
    cr_assert_eq(postgres_ask(&postgres, "SELECT count(*) FROM relevo.transition"), 0,
                 "what was tried is undone");
    draft_commit(draft, 0);
    cr_assert_eq(draft->items[0].result, ITEM_COMMITTED);
    draft_destroy(&draft);
}

Test(store_postgres, fails_only_the_append_that_the_server_cannot_take)
{
    raise_on("bad", "XX000");
    struct draft *drafts[3];
    for (int i = 0; i < 3; i++) {
        char name[8];
        snprintf(name, sizeof(name), "w%d", i);
        drafts[i] = draft_create(world, world_workspace(world, name), 0);
        draft_move(drafts[i], i == 1 ? "bad" : "good", NULL, LIST_OPEN);
    }
    for (int i = 0; i < 3; i++)
        draft_send(drafts[i], 0);
    world_run(world);
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(drafts[i]->append.request.outcome, i == 1 ? STORE_FAILED : STORE_OK);
        draft_destroy(&drafts[i]);
    }
    cr_assert_eq(postgres_ask(&postgres, "SELECT count(*) FROM relevo.transition"), 2);
}

/* A commit can fail after all its statements have succeeded. */
Test(store_postgres, takes_nothing_for_committed_before_the_sync)
{
    int64_t workspace_id = world_workspace(world, "w");
    postgres_do(
        &postgres,
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'too late'; END $$;"
        "CREATE CONSTRAINT TRIGGER fail AFTER INSERT ON relevo.transition DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION fail()");
    struct draft *draft = draft_create(world, workspace_id, 0);
    draft_move(draft, "c1", NULL, LIST_OPEN);
    draft_run(draft, 0);
    cr_assert_eq(draft->append.request.outcome, STORE_FAILED);
    cr_assert_eq(postgres_ask(&postgres, "SELECT count(*) FROM relevo.transition"), 0);
    draft_destroy(&draft);
}

/* Order. */

/* While two nodes write one workspace, every snapshot shows the log from 1 to its end. */
Test(store_postgres, shows_every_reader_a_log_without_holes)
{
    enum { ROUNDS = 60 };
    int64_t workspace_id = world_workspace(world, "w");
    for (int round = 0; round < ROUNDS; round++) {
        struct draft *drafts[WORLD_NODES];
        for (int node = 0; node < WORLD_NODES; node++) {
            char id[16];
            snprintf(id, sizeof(id), "%d-%d", node, round);
            drafts[node] = draft_create(world, workspace_id, 0);
            drafts[node]->append.patient = true;
            draft_move(drafts[node], id, NULL, LIST_OPEN);
            draft_send(drafts[node], node);
        }
        while (world->pending > 0) {
            uv_run(&postgres.loop, UV_RUN_NOWAIT);
            cr_assert_eq(
                postgres_ask(&postgres, "SELECT coalesce(max(seq), 0) - count(*) FROM relevo.transition"), 0);
        }
        for (int node = 0; node < WORLD_NODES; node++) {
            const struct store_append *append = &drafts[node]->append;
            cr_assert_eq(append->seqs[0], (int64_t)append->foreign_count + 1);
            draft_destroy(&drafts[node]);
        }
    }
    cr_assert_eq(postgres_ask(&postgres, "SELECT last_seq FROM relevo.workspace_head"), ROUNDS * WORLD_NODES);
}

Test(store_postgres, never_lets_time_run_backwards_though_the_clock_does)
{
    int64_t workspace_id = world_workspace(world, "w");
    postgres_do(&postgres,
                "UPDATE relevo.workspace_head SET last_at = clock_timestamp() + interval '1 hour'");
    struct draft *draft = draft_create(world, workspace_id, 0);
    draft_move(draft, "c1", NULL, LIST_OPEN);
    draft_commit(draft, 0);
    cr_assert_geq(draft->append.at_ms, world->clock_ms + 3500000);
    draft_destroy(&draft);
}

Test(store_postgres, says_which_database_it_is)
{
    char sql[256];
    snprintf(
        sql, sizeof(sql),
        "SELECT ('%s' ~ ('^' || system_identifier || '-[0-9A-F]{8}$'))::integer FROM pg_control_system()",
        postgres.world.epoch);
    cr_assert_eq(postgres_ask(&postgres, sql), 1);
}

/* A later server, which shares the database with this one, may know more actions and roles. */
Test(store_postgres, takes_what_it_has_no_name_for)
{
    int64_t workspace_id = world_workspace(world, "w");
    struct draft *draft = draft_create(world, workspace_id, 0);
    draft_move(draft, "c1", NULL, LIST_OPEN);
    draft_commit(draft, 0);
    postgres_do(&postgres,
                "UPDATE relevo.transition SET action = 99, role = 9, last_action = 99, last_role = 9");
    postgres_do(&postgres, "UPDATE relevo.conversation SET last_action = 99, last_role = 9");
    struct draft *log = world_read_log(world, 1, workspace_id, 0);
    cr_assert_eq(draft_count_foreign(log), 1);
    cr_assert_eq(log->append.foreign[0].action, 0);
    cr_assert_eq(log->append.foreign[0].role, 0);
    cr_assert_eq(log->append.foreign[0].after.last_action, 0);
    cr_assert_eq(log->append.foreign[0].after.list, LIST_OPEN);
    draft_destroy(&log);
    draft_destroy(&draft);
}
