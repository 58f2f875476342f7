#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>

#include "store/job_tail.h"
#include "store/store_pg.h"
#include "support/leak.h"
#include "support/postgres_world.h"

/* What nodes tell each other by NOTIFY, beyond what the suite asks of every store. The test's own session,
 * the admin, listens and notifies too. */

#define NOTIFIERS                                                                                            \
    "FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'relevo notifier'"

static int64_t ask_afresh(struct postgres_world *postgres, const char *sql)
{
    postgres_do(postgres, "SELECT pg_stat_clear_snapshot()");
    return postgres_ask(postgres, sql);
}

static int64_t find_notifier(struct postgres_world *postgres)
{
    cr_assert_eq(ask_afresh(postgres, "SELECT count(*) " NOTIFIERS), 1);
    return postgres_ask(postgres, "SELECT pid " NOTIFIERS);
}

/* Runs until the admin hears something of a node; the payload, to be freed with the notification. */
static PGnotify *hear_as_admin(struct postgres_world *postgres)
{
    PGnotify *notify = NULL;
    while (notify == NULL) {
        uv_run(&postgres->loop, UV_RUN_NOWAIT);
        cr_assert_eq(PQconsumeInput(postgres->admin), 1);
        notify = PQnotifies(postgres->admin);
        if (notify == NULL || notify->be_pid != PQbackendPID(postgres->admin))
            continue;
        PQfreemem(notify);
        notify = NULL;
    }
    return notify;
}

static void assert_admin_hears(struct postgres_world *postgres, const char *lines)
{
    PGnotify *notify = hear_as_admin(postgres);
    cr_assert_str_eq(notify->extra, lines);
    PQfreemem(notify);
}

static void assert_admin_hears_of(struct postgres_world *postgres, int64_t workspace_id, int seq)
{
    char hint[64];
    snprintf(hint, sizeof(hint), "%lld:%d", (long long)workspace_id, seq);
    assert_admin_hears(postgres, hint);
}

/* One node, and the admin, who has listened from the beginning on, and has heard it ask who is there.
 * `silent_ms` 0: as is usual. */
static void open_one(struct postgres_world *postgres, int64_t silent_ms)
{
    postgres_open_database(postgres, true);
    postgres->node_silent_ms = silent_ms;
    postgres_do(postgres, "LISTEN relevo");
    postgres_start(postgres, 0, 0, true);
    while (postgres->world.ups == 0)
        postgres->world.turn(&postgres->world);
    assert_admin_hears(postgres, "here?");
}

/* The admin says that it is there, as another node would. */
static void accompany(struct postgres_world *postgres)
{
    postgres_do(postgres, "NOTIFY relevo, 'here'");
    assert_admin_hears(postgres, "here?");
}

/* Commits at the first node. */
static void commit(struct postgres_world *postgres, int64_t workspace_id, const char *conversation)
{
    struct conversation made = draft_begin(&postgres->world, workspace_id, conversation, LIST_OPEN);
    conversation_finish(&made);
}

TestSuite(notifier, .fini = end_without_leak);

Test(notifier, gives_every_kind_of_connection_a_name)
{
    struct postgres_world postgres;
    open_one(&postgres, 0);
    while (postgres_ask(
               &postgres,
               "SELECT count(DISTINCT application_name) FROM pg_stat_activity, pg_stat_clear_snapshot() "
               "WHERE datname = current_database() "
               "AND application_name IN ('relevo lane 1', 'relevo lane 2', 'relevo reader', "
               "'relevo lookup 1', 'relevo lookup 2', 'relevo loader', 'relevo notifier')") < 7)
        postgres.world.turn(&postgres.world);
    postgres_close(&postgres);
}

/* Company. */

Test(notifier, tells_nobody_anything_while_it_is_alone)
{
    struct postgres_world postgres;
    open_one(&postgres, 0);
    int64_t workspace_id = world_workspace(&postgres.world, "w");
    commit(&postgres, workspace_id, "c1");
    world_tell(&postgres.world, 0, workspace_id, "words");
    commit(&postgres, workspace_id, "c2");
    cr_assert_not(postgres_is_accompanied(&postgres, 0));
    accompany(&postgres); /* who would have heard it before this, or with it */
    cr_assert(postgres_is_accompanied(&postgres, 0));
    commit(&postgres, workspace_id, "c3");
    assert_admin_hears_of(&postgres, workspace_id, 3);
    world_tell(&postgres.world, 0, workspace_id, "words");
    PGnotify *notify = hear_as_admin(&postgres);
    cr_assert_not_null(strstr(notify->extra, " words"));
    PQfreemem(notify);
    postgres_close(&postgres);
}

Test(notifier, takes_nobody_for_company_who_says_what_no_node_says)
{
    struct postgres_world postgres;
    open_one(&postgres, 0);
    int64_t workspace_id = world_workspace(&postgres.world, "w");
    postgres_do(&postgres, "NOTIFY relevo");
    postgres_do(&postgres, "NOTIFY relevo, 'here!'");
    postgres_do(&postgres, "NOTIFY elsewhere, 'here'");
    postgres_do(&postgres, "NOTIFY relevo_proof, 'here'");
    for (int i = 0; i < 10; i++) {
        char id[8];
        snprintf(id, sizeof(id), "c%d", i);
        commit(&postgres, workspace_id, id);
        cr_assert_not(postgres_is_accompanied(&postgres, 0));
    }
    accompany(&postgres);
    postgres_close(&postgres);
}

Test(notifier, tells_a_node_that_joins_from_the_first_moment_on)
{
    struct postgres_world postgres;
    open_one(&postgres, 0);
    struct world *world = &postgres.world;
    int64_t workspace_id = world_workspace(world, "w");
    commit(&postgres, workspace_id, "c1");
    int losses = world->ears[0].hints_lost;
    postgres_start(&postgres, 1, 0, true);
    postgres_run_until_they_hear(&postgres);
    commit(&postgres, workspace_id, "c2");
    world_hear(world, 1, 1);
    assert_heard_hint(world, 1, 0, workspace_id, 2);
    /* What was committed before is found by looking: when it began to listen, and when it was asked. */
    cr_assert_geq(world->ears[1].hints_lost, 2);
    cr_assert_gt(world->ears[0].hints_lost, losses);
    postgres_close(&postgres);
}

Test(notifier, answers_whoever_asks)
{
    struct postgres_world postgres;
    open_one(&postgres, 0);
    accompany(&postgres);
    int losses = postgres.world.ears[0].hints_lost;
    postgres_do(&postgres, "NOTIFY relevo, 'here?'");
    assert_admin_hears(&postgres, "here");
    cr_assert_eq(postgres.world.ears[0].hints_lost, losses + 1);
    postgres_close(&postgres);
}

Test(notifier, shows_that_it_is_there_while_it_has_nothing_to_tell)
{
    struct postgres_world postgres;
    open_one(&postgres, 0);
    accompany(&postgres);
    assert_admin_hears(&postgres, "here");
    postgres_close(&postgres);
}

Test(notifier, tells_whoever_tails_a_log_for_as_long_as_he_does)
{
    struct postgres_world postgres;
    struct job_tail *tail = NULL;
    char *sentence = NULL;
    int64_t last_seq;
    open_one(&postgres, 0);
    int64_t workspace_id = world_workspace(&postgres.world, "w");
    cr_assert_eq(job_tail_open(postgres.conninfo, "w", &tail, &last_seq, &sentence), JOB_DONE);
    PGnotify *notify = hear_as_admin(&postgres);
    int tail_pid = notify->be_pid;
    cr_assert_str_eq(notify->extra, "here");
    PQfreemem(notify);
    assert_admin_hears(&postgres, "here?");
    commit(&postgres, workspace_id, "c1");
    assert_admin_hears_of(&postgres, workspace_id, 1);
    for (bool says_it_again = false; !says_it_again;) {
        job_tail_wait(tail, 100);
        cr_assert_eq(PQconsumeInput(postgres.admin), 1);
        while ((notify = PQnotifies(postgres.admin)) != NULL) {
            says_it_again |= notify->be_pid == tail_pid;
            PQfreemem(notify);
        }
    }
    job_tail_close(&tail);
    postgres_close(&postgres);
}

static void run_until_alone(struct postgres_world *postgres, int node)
{
    while (postgres_is_accompanied(postgres, node))
        postgres->world.turn(&postgres->world);
}

Test(notifier, forgets_who_has_gone_and_stops_telling)
{
    struct postgres_world postgres;
    open_one(&postgres, 3000);
    int64_t workspace_id = world_workspace(&postgres.world, "w");
    postgres_start(&postgres, 1, 0, true);
    postgres_run_until_they_hear(&postgres);
    store_pg_stop(postgres.world.stores[1]);
    run_until_alone(&postgres, 0);
    commit(&postgres, workspace_id, "c1");
    world_tell(&postgres.world, 0, workspace_id, "words");
    cr_assert_not(postgres_is_accompanied(&postgres, 0));
    postgres_do(&postgres, "NOTIFY relevo, 'here'");
    while (!postgres_is_accompanied(&postgres, 0))
        postgres.world.turn(&postgres.world);
    commit(&postgres, workspace_id, "c2");
    PGnotify *notify = hear_as_admin(&postgres);
    while (strpbrk(notify->extra, ": ") == NULL) { /* "here" and "here?" */
        PQfreemem(notify);
        notify = hear_as_admin(&postgres);
    }
    char hint[64];
    snprintf(hint, sizeof(hint), "%lld:2", (long long)workspace_id);
    cr_assert_not_null(strstr(notify->extra, hint), "%s", notify->extra);
    cr_assert_null(strchr(notify->extra, ' '));
    PQfreemem(notify);
    postgres_close(&postgres);
}

/* Neither says anything for longer than the other waits. */
Test(notifier, finds_another_that_thinks_itself_alone_too)
{
    struct postgres_world postgres;
    open_one(&postgres, 1000);
    struct world *world = &postgres.world;
    int64_t workspace_id = world_workspace(world, "w");
    postgres_start(&postgres, 1, 0, true);
    postgres_run_until_they_hear(&postgres);
    run_until_alone(&postgres, 0);
    run_until_alone(&postgres, 1);
    postgres_run_until_they_hear(&postgres);
    int losses = world->ears[1].hints_lost;
    commit(&postgres, workspace_id, "c1");
    while (world->ears[1].heard_count == 0 && world->ears[1].hints_lost == losses)
        world->turn(world);
    postgres_close(&postgres);
}

Test(notifier, asks_again_where_it_could_not_ask)
{
    static const char last_query[] =
        "SELECT extract(epoch FROM query_start) * 1000000 " NOTIFIERS " AND state = 'idle'";
    struct postgres_world postgres;
    open_one(&postgres, 0);
    int64_t before;
    while ((before = ask_afresh(&postgres, last_query)) == 0)
        uv_run(&postgres.loop, UV_RUN_NOWAIT);
    postgres_do(&postgres, "REVOKE EXECUTE ON FUNCTION pg_notify FROM PUBLIC");
    postgres_do(&postgres, "NOTIFY relevo, 'here'");
    int64_t last;
    while ((last = ask_afresh(&postgres, last_query)) == 0 || last == before)
        uv_run(&postgres.loop, UV_RUN_NOWAIT);
    postgres_do(&postgres, "GRANT EXECUTE ON FUNCTION pg_notify TO PUBLIC");
    assert_admin_hears(&postgres, "here?");
    cr_assert_eq(postgres.world.downs, 0);
    postgres_close(&postgres);
}

/* What is heard. */

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
    open_one(&postgres, 0);
    accompany(&postgres);
    world_tell(&postgres.world, 0, 1, "early");
    assert_admin_hears(&postgres, "1 early");
    postgres_start(&postgres, 1, 0, true);
    postgres_run_until_they_hear(&postgres);
    world_tell(&postgres.world, 0, 1, "late");
    world_hear(&postgres.world, 1, 1);
    assert_heard_words(&postgres.world, 1, 0, 1, "late");
    postgres_close(&postgres);
}

/* How it is said. */

Test(notifier, gathers_the_newest_while_one_is_in_flight)
{
    enum { COMMITS = 20 };
    struct postgres_world postgres;
    open_one(&postgres, 0);
    int64_t workspace_id = world_workspace(&postgres.world, "w");
    pid_t notifier = (pid_t)find_notifier(&postgres);
    accompany(&postgres);
    cr_assert_eq(kill(notifier, SIGSTOP), 0);
    for (int i = 0; i < COMMITS; i++) {
        char id[8];
        snprintf(id, sizeof(id), "c%d", i);
        commit(&postgres, workspace_id, id);
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

/* When it is lost. */

static void end_notifiers(struct postgres_world *postgres)
{
    postgres_do(postgres, "SELECT pg_terminate_backend(pid, 5000) " NOTIFIERS);
}

Test(notifier, comes_back_by_itself_and_takes_nothing_down)
{
    struct postgres_world postgres;
    postgres_open(&postgres);
    struct world *world = &postgres.world;
    int64_t workspace_id = world_workspace(world, "w");
    int64_t newest = ask_afresh(&postgres, "SELECT extract(epoch FROM now()) * 1000000");
    end_notifiers(&postgres);
    char back[512];
    snprintf(back, sizeof(back),
             "SELECT count(*) " NOTIFIERS " AND extract(epoch FROM backend_start) * 1000000 > %lld",
             (long long)newest);
    while (ask_afresh(&postgres, back) < WORLD_NODES) /* each has noticed, then */
        uv_run(&postgres.loop, UV_RUN_NOWAIT);
    postgres_run_until_they_hear(&postgres);
    cr_assert_eq(world->downs, 0);
    commit(&postgres, workspace_id, "c1");
    world_hear(world, 1, 1);
    assert_heard_hint(world, 1, 0, workspace_id, 1);
    world_tell(world, 1, workspace_id, "heard");
    world_hear(world, 0, 1);
    assert_heard_words(world, 0, 0, workspace_id, "heard");
    postgres_close(&postgres);
}

static void let_connect(struct postgres_world *postgres, bool may)
{
    char sql[128];
    snprintf(sql, sizeof(sql), "UPDATE pg_database SET datallowconn = %s WHERE datname = current_database()",
             may ? "true" : "false");
    postgres_do(postgres, sql);
}

Test(notifier, has_the_others_look_for_what_it_could_not_tell_while_it_was_away)
{
    struct postgres_world postgres;
    postgres_open(&postgres);
    struct world *world = &postgres.world;
    int64_t workspace_id = world_workspace(world, "w");
    let_connect(&postgres, false);
    end_notifiers(&postgres);
    for (int node = 0; node < WORLD_NODES; node++)
        run_until_alone(&postgres, node);
    commit(&postgres, workspace_id, "c1");
    world_tell(world, 0, workspace_id, "lost");
    int losses = world->ears[1].hints_lost;
    let_connect(&postgres, true);
    postgres_run_until_they_hear(&postgres);
    cr_assert_gt(world->ears[1].hints_lost, losses);
    world_tell(world, 0, workspace_id, "told");
    world_hear(world, 1, 1);
    assert_heard_words(world, 1, 0, workspace_id, "told");
    postgres_close(&postgres);
}
