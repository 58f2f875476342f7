#include <criterion/criterion.h>

#include "base/alloc.h"
#include "core/pause.h"

static const struct pause none = {.kind = PAUSE_NONE};
static const struct pause until_completed = {.kind = PAUSE_UNTIL_COMPLETED};

static struct pause until(int64_t until_ms)
{
    return (struct pause){.kind = PAUSE_UNTIL, .until_ms = until_ms};
}

static const struct pause_wish by_default = {.kind = PAUSE_WISH_DEFAULT};
static const struct pause_wish for_ten = {.kind = PAUSE_WISH_FOR, .duration_ms = 10};
static const struct pause_wish forever = {.kind = PAUSE_WISH_UNTIL_COMPLETED};

/* At 1000, with a default of 60. */
Test(pause, starts_as_the_table_says)
{
    const struct {
        struct pause running;
        struct pause_wish wish;
        struct pause expected;
    } cases[] = {
        {none, by_default, until(1060)},
        {until(1030), by_default, until(1060)},
        {until(1060), by_default, until(1060)},
        {until(1090), by_default, until(1090)},
        {until(900), by_default, until(1060)},
        {until_completed, by_default, until_completed},
        {none, for_ten, until(1010)},
        {until(1005), for_ten, until(1010)},
        {until(1090), for_ten, until(1010)},
        {until_completed, for_ten, until(1010)},
        {none, forever, until_completed},
        {until(1090), forever, until_completed},
        {until_completed, forever, until_completed},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        cr_assert(pause_equal(pause_start(cases[i].running, cases[i].wish, 1000, 60), cases[i].expected),
                  "case %zu", i);
}

Test(pause, runs_out_when_its_time_is_reached_and_not_before)
{
    cr_assert_not(pause_has_run_out(until(1000), 999));
    cr_assert(pause_has_run_out(until(1000), 1000));
    cr_assert(pause_has_run_out(until(1000), 1001));
}

Test(pause, without_an_end_never_runs_out)
{
    cr_assert_not(pause_has_run_out(until_completed, INT64_MAX));
    cr_assert_not(pause_has_run_out(none, INT64_MAX));
}
