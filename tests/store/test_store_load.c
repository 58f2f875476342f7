#include <criterion/criterion.h>

#include "core/roster.h"
#include "support/leak.h"
#include "support/postgres_world.h"

/* Loading from a real PostgreSQL: large workspaces, and what can come in between. */

enum {
    OPEN = 20000,
    COMPLETED = 300,
    ROWS_A_TURN_MAX = 2000,
};

/* One load under way. */
struct loading {
    struct store_load load;
    struct roster roster;
    struct world *world;
    bool is_done;
};

static void load_done(struct store_request *request)
{
    struct loading *loading = CONTAINER_OF(request, struct loading, load.request);
    if (request->outcome == STORE_OK)
        roster_settle(&loading->roster);
    loading->is_done = true;
    loading->world->pending--;
}

static void loading_begin(struct loading *loading, struct postgres_world *postgres, int node,
                          const char *workspace)
{
    struct world *world = &postgres->world;
    *loading = (struct loading){.world = world};
    loading->load = (struct store_load){
        .request = {.kind = STORE_LOAD, .done = load_done},
        .workspace = bytes_of_string(workspace),
        .roster = &loading->roster,
    };
    roster_init(&loading->roster, ROSTER_LIMITS, (struct hash_key){{5, 6}});
    world->pending++;
    world->stores[node]->ops->ask(world->stores[node], &loading->load.request);
}

/* A workspace `w` with many conversations, as if they had come through the log. */
static void fill(struct postgres_world *postgres)
{
    char sql[2048];
    world_workspace(&postgres->world, "w");
    snprintf(
        sql, sizeof(sql),
        "INSERT INTO relevo.conversation (workspace_id, seq, version, list_seq, pause_seq, received, "
        "sent, unread, list, pause, delivery, preview_role, preview_at, last_action, last_role, last_by, "
        "last_at, automation_enabled, bot_blocked, held, id, channel, name, preview, contact_seq) "
        "SELECT w.id, n, 1, n, 0, n, 0, 0, CASE WHEN n > %d THEN 2 ELSE 1 END, 0, 0, %d, now(), %d, %d, "
        "'ana', now(), true, false, n <= %d, 'c' || n, 'web', 'Name of ' || n, repeat('preview ', 10), n "
        "FROM relevo.workspace w, generate_series(1, %d) n",
        OPEN, ROLE_CHANNEL, ACTION_REOPEN, ROLE_AGENT, OPEN, OPEN + COMPLETED);
    postgres_do(postgres, sql);
    snprintf(sql, sizeof(sql),
             "UPDATE relevo.workspace_head SET last_seq = %d, open_count = %d, completed_count = %d",
             OPEN + COMPLETED, OPEN, COMPLETED);
    postgres_do(postgres, sql);
}

static void assert_exact(const struct roster *roster)
{
    roster_check(roster);
    cr_assert_eq(roster->rows.count, OPEN + LIMIT_COMPLETED_ROWS);
    for (int n = 1; n <= OPEN + COMPLETED; n++) {
        char id[16];
        snprintf(id, sizeof(id), "c%d", n);
        const struct row *row = roster_find(roster, bytes_of_string(id));
        bool is_held = n <= OPEN || n > OPEN + COMPLETED - LIMIT_COMPLETED_ROWS;
        cr_assert_eq(row != NULL, is_held);
        if (is_held) {
            cr_assert_eq(row->conversation.seq, n);
            cr_assert_eq(row->conversation.received, n);
        }
    }
}

static void assert_loads_exactly(struct postgres_world *postgres)
{
    struct roster roster;
    world_load(&postgres->world, 0, "w", &roster);
    assert_exact(&roster);
    roster_finish(&roster);
}

TestSuite(store_load, .fini = end_without_leak);

Test(store_load, loads_many_rows_exactly_and_some_at_a_time)
{
    struct postgres_world postgres;
    postgres_open(&postgres);
    fill(&postgres);
    struct loading loading;
    loading_begin(&loading, &postgres, 0, "w");
    size_t rows_before = 0;
    while (!loading.is_done) {
        uv_run(&postgres.loop, UV_RUN_ONCE);
        cr_assert_leq(loading.roster.rows.count - rows_before, ROWS_A_TURN_MAX);
        rows_before = loading.roster.rows.count;
    }
    cr_assert_eq(loading.load.request.outcome, STORE_OK);
    assert_exact(&loading.roster);
    roster_finish(&loading.roster);
    postgres_close(&postgres);
}

/* Meanwhile. */

/* The load waits for a lock, for as long as the others need. */
static void set_true(struct store_request *request)
{
    *(bool *)request->context = true;
}

Test(store_load, keeps_no_other_request_waiting)
{
    struct postgres_world postgres;
    postgres_open(&postgres);
    struct world *world = &postgres.world;
    struct store *store = world->stores[0];
    fill(&postgres);
    int64_t workspace_id = world_workspace(world, "other");
    struct draft *draft = draft_create(world, workspace_id, 0);
    draft_move(draft, "c1", NULL, LIST_OPEN);
    postgres_do(&postgres, "BEGIN");
    postgres_do(&postgres, "LOCK TABLE relevo.agent IN ACCESS EXCLUSIVE MODE");
    struct loading loading;
    struct loading next;
    loading_begin(&loading, &postgres, 0, "w");
    loading_begin(&next, &postgres, 0, "other");

    bool has_read = false;
    bool has_page = false;
    bool has_due = false;
    struct store_read read = {.request = {.kind = STORE_READ, .done = set_true, .context = &has_read},
                              .workspace_id = workspace_id,
                              .conversation = bytes_of_string("c1")};
    struct store_page page = {.request = {.kind = STORE_PAGE, .done = set_true, .context = &has_page},
                              .workspace_id = workspace_id,
                              .limit = 10};
    struct store_due due = {.request = {.kind = STORE_DUE, .done = set_true, .context = &has_due},
                            .ahead_ms = 1000};
    store->ops->ask(store, &read.request);
    store->ops->ask(store, &page.request);
    store->ops->ask(store, &due.request);
    while (!has_read || !has_page || !has_due)
        uv_run(&postgres.loop, UV_RUN_ONCE);
    cr_assert(!loading.is_done && !next.is_done);
    store_request_finish(&read.request);
    store_request_finish(&page.request);
    store_request_finish(&due.request);

    postgres_do(&postgres, "COMMIT");
    world_run(world);
    cr_assert_eq(loading.load.request.outcome, STORE_OK);
    cr_assert_eq(next.load.request.outcome, STORE_OK);
    cr_assert_eq(next.load.workspace_id, workspace_id);
    assert_exact(&loading.roster);
    roster_finish(&loading.roster);
    roster_finish(&next.roster);
    draft_destroy(&draft);
    postgres_close(&postgres);
}

/* The head has been read, and the conversations have not, when somebody changes both. */
Test(store_load, sees_one_moment)
{
    struct postgres_world postgres;
    postgres_open(&postgres);
    fill(&postgres);
    postgres_do(&postgres, "BEGIN");
    postgres_do(&postgres, "LOCK TABLE relevo.agent IN ACCESS EXCLUSIVE MODE");
    struct loading loading;
    loading_begin(&loading, &postgres, 0, "w");
    postgres_run_until_it_waits(&postgres);
    postgres_do(&postgres,
                "UPDATE relevo.conversation SET seq = 30000, list = 2, held = false WHERE id = 'c7'");
    postgres_do(&postgres, "UPDATE relevo.workspace_head SET last_seq = 30000, open_count = open_count - 1, "
                           "completed_count = completed_count + 1");
    postgres_do(&postgres, "COMMIT");
    world_run(&postgres.world);
    cr_assert_eq(loading.load.request.outcome, STORE_OK);
    assert_exact(&loading.roster);
    roster_finish(&loading.roster);
    postgres_close(&postgres);
}

/* Both find no workspace, and both wait for the one that a third is about to make. */
Test(store_load, creates_a_workspace_that_others_create_at_the_same_time)
{
    struct postgres_world postgres;
    postgres_open(&postgres);
    postgres_do(&postgres, "BEGIN");
    postgres_do(&postgres, "WITH w AS (INSERT INTO relevo.workspace (name) VALUES ('new') RETURNING id) "
                           "INSERT INTO relevo.workspace_head (workspace_id) SELECT id FROM w");
    struct loading loadings[WORLD_NODES];
    for (int node = 0; node < WORLD_NODES; node++)
        loading_begin(&loadings[node], &postgres, node, "new");
    while (postgres_count_waiting(&postgres) < WORLD_NODES)
        uv_run(&postgres.loop, UV_RUN_NOWAIT);
    postgres_do(&postgres, "COMMIT");
    world_run(&postgres.world);
    for (int node = 0; node < WORLD_NODES; node++) {
        cr_assert_eq(loadings[node].load.request.outcome, STORE_OK);
        cr_assert_eq(loadings[node].load.workspace_id,
                     postgres_ask(&postgres, "SELECT id FROM relevo.workspace"));
        roster_finish(&loadings[node].roster);
    }
    postgres_close(&postgres);
}

/* Failures. */

Test(store_load, is_away_when_the_connection_is_lost_in_the_middle)
{
    struct postgres_world postgres;
    postgres_open(&postgres);
    struct world *world = &postgres.world;
    fill(&postgres);
    struct loading loading;
    struct loading next;
    loading_begin(&loading, &postgres, 0, "w");
    loading_begin(&next, &postgres, 0, "w");
    while (loading.roster.rows.count == 0)
        uv_run(&postgres.loop, UV_RUN_ONCE);
    cr_assert_not(loading.is_done);
    postgres_do(&postgres, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                           "WHERE datname = current_database() AND query LIKE '%COPY (%' "
                           "AND pid <> pg_backend_pid()");
    world_run(world);
    cr_assert_eq(loading.load.request.outcome, STORE_AWAY);
    cr_assert_eq(next.load.request.outcome, STORE_AWAY);
    cr_assert_eq(world->downs, 0, "the others are still there");
    roster_finish(&loading.roster);
    roster_finish(&next.roster);

    do { /* until it is back */
        loading_begin(&loading, &postgres, 0, "w");
        world_run(world);
        if (loading.load.request.outcome == STORE_AWAY)
            roster_finish(&loading.roster);
    } while (loading.load.request.outcome == STORE_AWAY);
    cr_assert_eq(loading.load.request.outcome, STORE_OK);
    assert_exact(&loading.roster);
    roster_finish(&loading.roster);
    postgres_close(&postgres);
}

Test(store_load, can_be_stopped_in_the_middle)
{
    struct postgres_world postgres;
    postgres_open(&postgres);
    fill(&postgres);
    struct loading loading;
    loading_begin(&loading, &postgres, 0, "w");
    while (loading.roster.rows.count == 0)
        uv_run(&postgres.loop, UV_RUN_ONCE);
    roster_finish(&loading.roster);
    postgres_close(&postgres);
    cr_assert_not(loading.is_done);
}

/* After a part of the rows has come: a value that the last of them cannot be computed from. */
static void make_fail(struct postgres_world *postgres, const char *sqlstate)
{
    char sql[1024];
    snprintf(sql, sizeof(sql),
             "CREATE FUNCTION public.fail(n bigint) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN "
             "IF n = %d THEN RAISE 'as asked for' USING ERRCODE = '%s'; END IF; RETURN n; END $$;"
             "ALTER FUNCTION relevo.read_row_1 RENAME TO read_row;"
             "CREATE FUNCTION relevo.read_row_1(c relevo.conversation) RETURNS SETOF relevo.row_1 "
             "LANGUAGE sql BEGIN ATOMIC "
             "SELECT r.* FROM relevo.read_row(c) r WHERE public.fail(c.received) IS NOT NULL; END",
             OPEN - 1, sqlstate);
    postgres_do(postgres, sql);
}

static void make_whole(struct postgres_world *postgres)
{
    postgres_do(postgres, "DROP FUNCTION relevo.read_row_1;"
                          "ALTER FUNCTION relevo.read_row RENAME TO read_row_1; DROP FUNCTION public.fail");
}

static void assert_fails(const char *sqlstate, enum store_outcome outcome)
{
    struct postgres_world postgres;
    postgres_open(&postgres);
    struct world *world = &postgres.world;
    fill(&postgres);
    make_fail(&postgres, sqlstate);
    struct loading loading;
    loading_begin(&loading, &postgres, 0, "w");
    world_run(world);
    cr_assert_eq(loading.load.request.outcome, outcome);
    cr_assert_gt(loading.roster.rows.count, 0);
    roster_finish(&loading.roster);

    make_whole(&postgres);
    assert_loads_exactly(&postgres);
    cr_assert_eq(world->downs, 0);
    postgres_close(&postgres);
}

Test(store_load, fails_with_a_statement_that_fails_in_the_middle)
{
    assert_fails("XX000", STORE_FAILED);
}

Test(store_load, is_away_when_memory_runs_out_in_the_middle)
{
    assert_fails("53200", STORE_AWAY);
}

Test(store_load, does_not_fill_a_half_filled_roster_again)
{
    assert_fails("40P01", STORE_AWAY);
}
