#include <criterion/criterion.h>

#include "store/commit_probe.h"
#include "support/leak.h"

/* When it is doubted that the database commits: judged by a clock that is said. There is no database. */

static uv_loop_t loop;
static struct reconnect others;
static struct text *epoch;
static struct commit_probe probe;

static void on_changed(void *context)
{
    (void)context;
}

static void begin(void)
{
    uv_loop_init(&loop);
    reconnect_init(&others);
    commit_probe_init(
        &probe, &loop,
        &(struct connection_options){.conninfo = "host=/nowhere", .epoch = &epoch, .reconnect = &others},
        &(struct commit_probe_options){.changed = on_changed});
    commit_probe_start(&probe);
}

static void end(void)
{
    commit_probe_stop(&probe);
    uv_run(&loop, UV_RUN_DEFAULT);
    commit_probe_finish(&probe);
    reconnect_finish(&others);
    uv_loop_close(&loop);
    assert_no_leak();
}

TestSuite(commit_probe, .init = begin, .fini = end);

/* Looked at when nothing has been committed, or asked to be, for so long. */
static bool is_doubted_after(int64_t idle_ms)
{
    commit_probe_look(&probe, 0, true, probe.good_us + idle_ms * 1000);
    return probe.is_doubted;
}

Test(commit_probe, is_not_doubted_at_rest_where_commits_wait_for_no_standby)
{
    cr_assert_not(is_doubted_after(3600 * 1000));
}

Test(commit_probe, is_doubted_at_rest_where_commits_wait_for_a_standby)
{
    commit_probe_note_standbys(&probe, true);
    cr_assert_not(is_doubted_after(1000));
    cr_assert(is_doubted_after(10 * 1000));
}

Test(commit_probe, is_not_doubted_at_rest_any_more_where_commits_wait_for_a_standby_no_more)
{
    commit_probe_note_standbys(&probe, true);
    commit_probe_note_standbys(&probe, false);
    cr_assert_not(is_doubted_after(3600 * 1000));
}

Test(commit_probe, is_doubted_where_an_append_takes_long)
{
    int64_t begun_us = probe.good_us + 1;
    commit_probe_look(&probe, begun_us, true, begun_us + 8 * 1000000);
    cr_assert(probe.is_doubted);
    cr_assert_not(probe.is_stuck);
}
