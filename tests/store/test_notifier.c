#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>

#include "support/leak.h"
#include "support/postgres_world.h"

/* What nodes tell each other by NOTIFY, beyond what the suite asks of every store. The test's own session,
 * the admin, listens and notifies too. */

#define NOTIFIERS                                                                                            \
    "FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'relevo notifier'"

/* One node, which listens. */
static void open_one(struct postgres_world *postgres)
{
    postgres_open_database(postgres, true);
    postgres_start(postgres, 0, 0, true);
    while (postgres->world.ups == 0)
        postgres->world.turn(&postgres->world);
    postgres_run_until_it_listens(postgres, 0, 1);
}

static int64_t find_notifier(struct postgres_world *postgres)
{
    postgres_do(postgres, "SELECT pg_stat_clear_snapshot()");
    cr_assert_eq(postgres_ask(postgres, "SELECT count(*) " NOTIFIERS), 1);
    return postgres_ask(postgres, "SELECT pid " NOTIFIERS);
}

/* Runs until the admin hears something; the payload, to be freed with the notification. */
static PGnotify *hear_as_admin(struct postgres_world *postgres)
{
    PGnotify *notify;
    while ((notify = PQnotifies(postgres->admin)) == NULL) {
        uv_run(&postgres->loop, UV_RUN_NOWAIT);
        cr_assert_eq(PQconsumeInput(postgres->admin), 1);
    }
    return notify;
}

TestSuite(notifier, .fini = end_without_leak);

Test(notifier, gives_every_kind_of_connection_a_name)
{
    struct postgres_world postgres;
    open_one(&postgres);
    while (postgres_ask(
               &postgres,
               "SELECT count(DISTINCT application_name) FROM pg_stat_activity, pg_stat_clear_snapshot() "
               "WHERE datname = current_database() "
               "AND application_name IN ('relevo lane 1', 'relevo lane 2', 'relevo reader', "
               "'relevo lookup 1', 'relevo lookup 2', 'relevo loader', 'relevo notifier')") < 7)
        postgres.world.turn(&postgres.world);
    postgres_close(&postgres);
}

Test(notifier, passes_over_what_it_does_not_understand)
{
    struct postgres_world postgres;
    postgres_open(&postgres);
    postgres_do(&postgres, "NOTIFY relevo");
    postgres_do(&postgres, "NOTIFY relevo, '{\"table\": \"conversation\"}'");
    postgres_do(&postgres, "NOTIFY elsewhere, '7:8'");
    postgres_do(&postgres, "SELECT pg_notify('relevo', repeat('9', 7999))");
    postgres_do(&postgres, "SELECT pg_notify('relevo', E'1:x\\n5:6\\n\\n-1 words\\n7 words')");
    for (int node = 0; node < WORLD_NODES; node++) {
        world_hear(&postgres.world, node, 2);
        assert_heard_hint(&postgres.world, node, 0, 5, 6);
        assert_heard_words(&postgres.world, node, 1, 7, "words");
    }
    cr_assert_eq(postgres.world.downs, 0);
    postgres_close(&postgres);
}

Test(notifier, keeps_nothing_for_who_comes_later)
{
    struct postgres_world postgres;
    open_one(&postgres);
    postgres_do(&postgres, "LISTEN relevo");
    world_tell(&postgres.world, 0, 1, "early");
    PGnotify *notify = hear_as_admin(&postgres);
    cr_assert_str_eq(notify->extra, "1 early");
    PQfreemem(notify);
    postgres_start(&postgres, 1, 0, true);
    postgres_run_until_it_listens(&postgres, 1, 1);
    world_tell(&postgres.world, 0, 1, "late");
    world_hear(&postgres.world, 1, 1);
    assert_heard_words(&postgres.world, 1, 0, 1, "late");
    postgres_close(&postgres);
}

Test(notifier, gathers_the_newest_while_one_is_in_flight)
{
    enum { COMMITS = 20 };
    struct postgres_world postgres;
    open_one(&postgres);
    struct world *world = &postgres.world;
    int64_t workspace_id = world_workspace(world, "w");
    pid_t notifier = (pid_t)find_notifier(&postgres);
    postgres_do(&postgres, "LISTEN relevo");
    cr_assert_eq(kill(notifier, SIGSTOP), 0);
    for (int i = 0; i < COMMITS; i++) {
        char id[8];
        snprintf(id, sizeof(id), "c%d", i);
        struct conversation conversation = draft_begin(world, workspace_id, id, LIST_OPEN);
        conversation_finish(&conversation);
    }
    cr_assert_eq(kill(notifier, SIGCONT), 0);

    char last[64];
    int notices = 0;
    bool is_last = false;
    snprintf(last, sizeof(last), "%lld:%d", (long long)workspace_id, COMMITS);
    while (!is_last) {
        PGnotify *notify = hear_as_admin(&postgres);
        notices++;
        is_last = strcmp(notify->extra, last) == 0;
        PQfreemem(notify);
    }
    cr_assert_leq(notices, 2, "%d", notices);
    postgres_close(&postgres);
}

Test(notifier, tells_much_in_several_notices_and_drops_what_is_too_much)
{
    enum { KEPT = 1024 * 1024 / LIMIT_TELL_BYTES, WORDS = KEPT + 5 };
    static char words[LIMIT_TELL_BYTES + 1];
    struct postgres_world postgres;
    postgres_open(&postgres);
    memset(words, 'x', LIMIT_TELL_BYTES);
    for (int i = 0; i < WORDS; i++)
        world_tell(&postgres.world, 0, i + 1, words);
    world_hear(&postgres.world, 1, KEPT);
    world_tell(&postgres.world, 0, 100, "the end");
    world_hear(&postgres.world, 1, KEPT + 1);
    for (int i = 0; i < KEPT; i++)
        cr_assert_eq(postgres.world.ears[1].heard[i].workspace_id, i + 1);
    assert_heard_words(&postgres.world, 1, KEPT, 100, "the end");
    postgres_close(&postgres);
}

Test(notifier, comes_back_by_itself_and_takes_nothing_down)
{
    struct postgres_world postgres;
    postgres_open(&postgres);
    struct world *world = &postgres.world;
    int64_t workspace_id = world_workspace(world, "w");
    postgres_do(&postgres, "SELECT pg_terminate_backend(pid, 5000) " NOTIFIERS);
    for (int node = 0; node < WORLD_NODES; node++)
        postgres_run_until_it_listens(&postgres, node, 3);
    cr_assert_eq(world->downs, 0);
    struct conversation conversation = draft_begin(world, workspace_id, "c1", LIST_OPEN);
    world_hear(world, 1, 1);
    assert_heard_hint(world, 1, 0, workspace_id, 1);
    world_tell(world, 1, workspace_id, "heard");
    world_hear(world, 0, 1);
    assert_heard_words(world, 0, 0, workspace_id, "heard");
    conversation_finish(&conversation);
    postgres_close(&postgres);
}

/* Words would be out of date; what was committed is true for good. */
Test(notifier, keeps_hints_and_no_words_while_it_is_away)
{
    struct postgres_world postgres;
    open_one(&postgres);
    struct world *world = &postgres.world;
    int64_t workspace_id = world_workspace(world, "w");
    char sql[64];
    snprintf(sql, sizeof(sql), "SELECT pg_terminate_backend(%lld, 5000)",
             (long long)find_notifier(&postgres));
    postgres_start(&postgres, 1, 0, true);
    postgres_run_until_it_listens(&postgres, 1, 1);
    postgres_do(&postgres, sql);
    postgres_run_until_it_listens(&postgres, 0, 2);
    world_tell(world, 0, workspace_id, "lost");
    struct conversation conversation = draft_begin(world, workspace_id, "c1", LIST_OPEN);
    postgres_run_until_it_listens(&postgres, 0, 3);
    world_tell(world, 0, workspace_id, "told");
    world_hear(world, 1, 2);
    assert_heard_hint(world, 1, 0, workspace_id, 1);
    assert_heard_words(world, 1, 1, workspace_id, "told");
    conversation_finish(&conversation);
    postgres_close(&postgres);
}
