#include <criterion/criterion.h>
#include <stdio.h>

#include "store/store_pg.h"
#include "support/leak.h"
#include "support/postgres_world.h"

/* What a lane sends together, and what it reads after that. */

static uint64_t count_commits(const struct postgres_world *postgres)
{
    struct store_pg_stats stats = store_pg_stats(postgres->world.stores[0]);
    return histogram_count(&stats.commit_us, HISTOGRAM_STEPS);
}

TestSuite(store_lanes, .fini = end_without_leak);

Test(store_lanes, send_only_so_many_bytes_together)
{
    enum { DRAFTS = 5 };
    struct postgres_world postgres;
    struct draft *drafts[DRAFTS];
    postgres_open_database(&postgres, true);
    postgres_start(&postgres, 0, 1, true);
    while (postgres.world.ups == 0)
        uv_run(&postgres.loop, UV_RUN_ONCE);
    for (int i = 0; i < DRAFTS; i++) {
        char name[] = {'w', (char)('0' + i), '\0'};
        drafts[i] = draft_create(&postgres.world, world_workspace(&postgres.world, name), 0);
        draft_move(drafts[i], "c1", NULL, LIST_OPEN);
        drafts[i]->append.bytes = 2 * LIMIT_BATCH_BYTES; /* two of which a lane takes at once */
    }
    uint64_t before = count_commits(&postgres);
    for (int i = 0; i < DRAFTS; i++)
        draft_send(drafts[i], 0);
    world_run(&postgres.world);
    cr_assert_eq(count_commits(&postgres), before + 3);
    for (int i = 0; i < DRAFTS; i++) {
        assert_committed(drafts[i]);
        draft_destroy(&drafts[i]);
    }
    postgres_close(&postgres);
}

/* Whoever reads what others have added runs into this instead. */
static void spoil_reading(struct postgres_world *postgres, const char *statement)
{
    char sql[512];
    postgres_do(postgres, "CREATE TABLE sound AS "
                          "SELECT pg_get_functiondef('relevo.read_entry_1'::regproc) AS definition");
    snprintf(sql, sizeof(sql),
             "CREATE OR REPLACE FUNCTION relevo.read_entry_1(t relevo.transition, body text) "
             "RETURNS SETOF relevo.entry_1 LANGUAGE plpgsql AS $$ BEGIN %s; END $$",
             statement);
    postgres_do(postgres, sql);
}

static void mend_reading(struct postgres_world *postgres)
{
    postgres_do(postgres, "DO $$ BEGIN EXECUTE (SELECT definition FROM sound); END $$");
}

/* The lanes whose last statement begins so. */
static int64_t count_lanes(struct postgres_world *postgres, const char *statement)
{
    char sql[256];
    snprintf(sql, sizeof(sql),
             "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
             "AND application_name LIKE 'relevo lane%%' AND query LIKE '-- %s%%'",
             statement);
    return postgres_ask(postgres, sql);
}

Test(store_lanes, read_nothing_where_nobody_else_has_written)
{
    struct postgres_world postgres;
    postgres_open(&postgres);
    int64_t workspace_id = world_workspace(&postgres.world, "w");
    for (int64_t known_seq = 0; known_seq < 3; known_seq++) {
        struct draft *draft = draft_create(&postgres.world, workspace_id, known_seq);
        draft_move(draft, known_seq == 0 ? "c0" : known_seq == 1 ? "c1" : "c2", NULL, LIST_OPEN);
        draft_commit(draft, 0);
        assert_committed(draft);
        cr_assert_eq(count_lanes(&postgres, "One batch"), 1);
        cr_assert_eq(count_lanes(&postgres, "What others have added"), 0);
        draft_destroy(&draft);
    }
    draft_destroy(&(struct draft *){world_read_log(&postgres.world, 0, workspace_id, 1)});
    cr_assert_eq(count_lanes(&postgres, "What others have added"), 1);
    postgres_close(&postgres);
}

/* Another node has added something, and so does ours: that is committed, and cannot be answered yet. */
static void commit_and_read_later(const char *spoiled, bool (*has_happened)(const struct store_pg_stats *))
{
    struct postgres_world postgres;
    postgres_open(&postgres);
    struct world *world = &postgres.world;
    int64_t workspace_id = world_workspace(world, "w");
    struct conversation first = draft_begin(world, workspace_id, "c1", LIST_OPEN);
    spoil_reading(&postgres, spoiled);
    struct draft *draft = draft_create(world, workspace_id, 0);
    draft_move(draft, "c2", NULL, LIST_OPEN);
    draft_send(draft, 1);
    struct store_pg_stats stats;
    do {
        world->turn(world);
        stats = store_pg_stats(world->stores[1]);
    } while (!has_happened(&stats) && world->pending > 0);
    cr_assert_eq(world->pending, 1, "it has been answered");
    cr_assert_eq(postgres_ask(&postgres, "SELECT count(*) FROM relevo.transition"), 2);
    mend_reading(&postgres);
    world_run(world);

    cr_assert_eq(draft->append.request.outcome, STORE_OK);
    cr_assert_eq(draft->items[0].result, ITEM_DUPLICATE);
    cr_assert_eq(draft->items[0].stored.seq, 2);
    cr_assert_eq(draft_count_foreign(draft), 2, "what others have added, and what has been before");
    cr_assert_eq(draft->append.foreign[0].seq, 1);
    cr_assert_eq(draft->append.foreign[1].seq, 2);
    cr_assert_eq(postgres_ask(&postgres, "SELECT count(*) FROM relevo.transition"), 2);
    conversation_finish(&first);
    draft_destroy(&draft);
    postgres_close(&postgres);
}

static bool has_failed(const struct store_pg_stats *stats)
{
    return stats->commits_failed >= 2;
}

static bool has_been_lost(const struct store_pg_stats *stats)
{
    return stats->commits_in_doubt >= 2;
}

Test(store_lanes, answer_what_is_committed_once_what_others_added_can_be_read)
{
    commit_and_read_later("RAISE 'not now' USING ERRCODE = '55P03'", has_failed);
}

Test(store_lanes, answer_what_is_committed_though_the_disk_is_full_when_they_read)
{
    commit_and_read_later("RAISE 'full' USING ERRCODE = '53100'", has_failed);
}

Test(store_lanes, answer_what_is_committed_though_they_are_lost_while_they_read)
{
    commit_and_read_later("RAISE 'shut down' USING ERRCODE = '57P01'", has_been_lost);
}

/* Nobody knows why, and that it will pass: but it is not said that nothing was done. */
Test(store_lanes, never_say_that_nothing_was_done_of_what_is_committed)
{
    struct postgres_world postgres;
    postgres_open(&postgres);
    struct world *world = &postgres.world;
    int64_t workspace_id = world_workspace(world, "w");
    struct conversation first = draft_begin(world, workspace_id, "c1", LIST_OPEN);
    spoil_reading(&postgres, "RAISE 'as nobody has foreseen'");
    struct draft *draft = draft_create(world, workspace_id, 0);
    draft_move(draft, "c2", NULL, LIST_OPEN);
    draft_run(draft, 1);
    cr_assert_eq(draft->append.request.outcome, STORE_NEW_EPOCH);
    cr_assert_eq(postgres_ask(&postgres, "SELECT count(*) FROM relevo.transition"), 2);
    conversation_finish(&first);
    draft_destroy(&draft);
    postgres_close(&postgres);
}
