#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/leak.h"
#include "support/postgres_world.h"

/* Partitions: made ahead, looked into, dropped. */

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

TestSuite(store_partitions, .init = begin, .fini = end);

static void ask_what_is_due(void)
{
    struct store_due due = {.request = {.kind = STORE_DUE}, .ahead_ms = 1000};
    world_ask(world, 0, &due.request);
    store_request_finish(&due.request);
}

/* Makes an outcome older, or a transition, wherever that puts it. */
static void age(const char *table, const char *where, const char *by)
{
    char sql[512];
    snprintf(sql, sizeof(sql),
             "SELECT relevo.partitions_make('0', clock_timestamp() - interval '%s');"
             "UPDATE relevo.%s SET at = at - interval '%s' WHERE %s",
             by, table, by, where);
    postgres_do(&postgres, sql);
}

Test(store_partitions, knows_a_command_again_for_seven_days)
{
    int64_t workspace_id = world_workspace(world, "w");
    struct draft *draft = draft_create(world, workspace_id, 0);
    draft_move(draft, "c1", NULL, LIST_OPEN);
    draft_move(draft, "c2", NULL, LIST_OPEN);
    draft_commit(draft, 0);
    assert_committed(draft);
    age("outcome", "seq = 1", "6 days 23 hours");
    age("outcome", "seq = 2", "7 days 1 second");
    draft_commit(draft, 1);
    cr_assert_eq(draft->items[0].result, ITEM_DUPLICATE);
    cr_assert_eq(draft->items[1].result, ITEM_CONFLICT); /* unknown again */
    draft_destroy(&draft);
}

Test(store_partitions, drops_what_outcomes_nobody_needs_and_keeps_the_log)
{
    struct draft *draft = draft_create(world, world_workspace(world, "w"), 0);
    draft_move(draft, "c1", NULL, LIST_OPEN);
    draft_move(draft, "c2", NULL, LIST_OPEN);
    draft_commit(draft, 0);
    age("outcome", "seq = 1", "15 days");
    age("transition", "seq = 1", "70 days");
    ask_what_is_due();
    while (postgres_ask(&postgres, "SELECT count(*) FROM relevo.outcome") > 1)
        uv_run(&postgres.loop, UV_RUN_NOWAIT);
    cr_assert_eq(postgres_ask(&postgres, "SELECT count(*) FROM relevo.partitions('outcome') p "
                                         "WHERE p.to_at < now() - interval '7 days'"),
                 0);
    cr_assert_eq(postgres_ask(&postgres, "SELECT count(*) FROM relevo.transition"), 2);
    draft_destroy(&draft);
}

Test(store_partitions, drops_the_log_after_its_time_and_says_so)
{
    int64_t workspace_id = world_workspace(world, "w");
    struct draft *draft = draft_create(world, workspace_id, 0);
    draft_move(draft, "c1", NULL, LIST_OPEN);
    draft_move(draft, "c2", NULL, LIST_OPEN);
    draft_commit(draft, 0);
    age("transition", "seq = 1", "70 days");
    cr_assert_eq(postgres_ask(&postgres, "SELECT relevo.partitions_drop('transition', '100 days')"), 0);
    cr_assert_eq(postgres_ask(&postgres, "SELECT relevo.partitions_drop('transition', '30 days', true)"), 1);
    cr_assert_eq(postgres_ask(&postgres,
                              "SELECT count(*) FROM pg_class WHERE relname ~ '^transition_[0-9]+$' "
                              "AND NOT relispartition AND relkind = 'r'"),
                 1, "it has been detached only");
    struct draft *behind = draft_create(world, workspace_id, 0);
    draft_run(behind, 1);
    cr_assert_eq(behind->append.request.outcome, STORE_NEW_EPOCH);
    struct draft *near = world_read_log(world, 1, workspace_id, 1);
    cr_assert_eq(draft_count_foreign(near), 1);
    draft_destroy(&near);
    draft_destroy(&behind);
    draft_destroy(&draft);
}

Test(store_partitions, makes_partitions_without_gaps_whatever_the_time_zone)
{
    postgres_do(&postgres, "SET TimeZone = 'America/Bogota'");
    postgres_do(&postgres, "SELECT relevo.partitions_make('400 days', now() + interval '90 days')");
    postgres_do(&postgres, "SET TimeZone = 'Asia/Tokyo'");
    cr_assert_eq(postgres_ask(&postgres, "SELECT relevo.partitions_make('490 days')"), 0);
    for (int table = 0; table < 2; table++) {
        char sql[512];
        snprintf(sql, sizeof(sql),
                 "SELECT count(*) FROM (SELECT p.to_at, lead(p.from_at) OVER (ORDER BY p.from_at) AS next_at "
                 "FROM relevo.partitions('%s') p) q WHERE q.to_at <> q.next_at",
                 table == 0 ? "transition" : "outcome");
        cr_assert_eq(postgres_ask(&postgres, sql), 0);
        snprintf(sql, sizeof(sql),
                 "SELECT (min(p.from_at) <= now() AND max(p.to_at) > now() + interval '490 days')::integer "
                 "FROM relevo.partitions('%s') p",
                 table == 0 ? "transition" : "outcome");
        cr_assert_eq(postgres_ask(&postgres, sql), 1);
    }
}
