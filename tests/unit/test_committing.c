#include <criterion/criterion.h>

#include "store/committing.h"
#include "support/leak.h"

/* When it is doubted that the database commits: judged by a clock that is said. There is no database. */

static uv_loop_t loop;
static struct reconnect others;
static struct text *epoch;
static struct committing committing;

static void on_changed(void *context)
{
    (void)context;
}

static void begin(void)
{
    uv_loop_init(&loop);
    reconnect_init(&others);
    committing_init(
        &committing, &loop,
        &(struct connection_options){.conninfo = "host=/nowhere", .epoch = &epoch, .reconnect = &others},
        &(struct committing_options){.changed = on_changed});
    committing_start(&committing);
}

static void end(void)
{
    committing_stop(&committing);
    uv_run(&loop, UV_RUN_DEFAULT);
    committing_finish(&committing);
    reconnect_finish(&others);
    uv_loop_close(&loop);
    assert_no_leak();
}

TestSuite(committing, .init = begin, .fini = end);

/* Looked at when nothing has been committed, or asked to be, for so long. */
static bool is_doubted_after(int64_t idle_ms)
{
    committing_look(&committing, 0, true, committing.good_us + idle_ms * 1000);
    return committing.is_doubted;
}

Test(committing, is_not_doubted_at_rest_where_commits_wait_for_no_standby)
{
    cr_assert_not(is_doubted_after(3600 * 1000));
}

Test(committing, is_doubted_at_rest_where_commits_wait_for_a_standby)
{
    committing_note_standbys(&committing, true);
    cr_assert_not(is_doubted_after(1000));
    cr_assert(is_doubted_after(10 * 1000));
}

Test(committing, is_not_doubted_at_rest_any_more_where_commits_wait_for_a_standby_no_more)
{
    committing_note_standbys(&committing, true);
    committing_note_standbys(&committing, false);
    cr_assert_not(is_doubted_after(3600 * 1000));
}

Test(committing, is_doubted_where_an_append_takes_long)
{
    int64_t begun_us = committing.good_us + 1;
    committing_look(&committing, begun_us, true, begun_us + 8 * 1000000);
    cr_assert(committing.is_doubted);
    cr_assert_not(committing.is_stuck);
}
