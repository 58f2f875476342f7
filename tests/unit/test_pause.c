#include <criterion/criterion.h>

#include "base/alloc.h"
#include "core/due.h"
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

/* Decided at 1000 of the node's clock, with a default of 60; committed at 1020. */
enum { NOW = 1000, DEFAULT = 60, STAMP = 1020 };

static struct pause start(struct pause running, struct pause_wish wish, bool may_shorten)
{
    struct pause_terms terms = {.may_shorten = may_shorten, .now_ms = NOW, .default_ms = DEFAULT};
    return pause_start(running, wish, terms);
}

static struct pause committed(struct pause pause)
{
    pause_resolve(&pause, STAMP);
    return pause;
}

Test(pause, starts_as_the_table_says_and_lasts_from_the_commit_on)
{
    const struct {
        struct pause running;
        struct pause_wish wish;
        struct pause of_person;
        struct pause of_bot;
    } cases[] = {
        {none, by_default, until(1080), until(1080)},
        {until(1030), by_default, until(1080), until(1080)},
        {until(1060), by_default, until(1060), until(1060)}, /* by the node's clock nothing changes */
        {until(1090), by_default, until(1090), until(1090)},
        {until(900), by_default, until(1080), until(1080)},
        {until_completed, by_default, until_completed, until_completed},
        {none, for_ten, until(1030), until(1030)},
        {until(1005), for_ten, until(1030), until(1030)},
        {until(1010), for_ten, until(1010), until(1010)},
        {until(1090), for_ten, until(1030), until(1090)},
        {until_completed, for_ten, until(1030), until_completed},
        {none, forever, until_completed, until_completed},
        {until(1090), forever, until_completed, until_completed},
        {until_completed, forever, until_completed, until_completed},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct pause by_person = committed(start(cases[i].running, cases[i].wish, true));
        struct pause by_bot = committed(start(cases[i].running, cases[i].wish, false));
        cr_assert(pause_equal(by_person, cases[i].of_person), "case %zu", i);
        cr_assert(pause_equal(by_bot, cases[i].of_bot), "case %zu", i);
    }
}

Test(pause, that_may_only_be_lengthened_keeps_its_end_where_the_stamp_is_earlier_than_was_thought)
{
    struct pause lengthened = start(until(1059), by_default, true);
    pause_resolve(&lengthened, 990);
    cr_assert(pause_equal(lengthened, until(1059)));
}

Test(pause, whose_end_is_pending_is_lengthened_from_the_same_stamp)
{
    struct pause first = start(until(1070), for_ten, false);
    cr_assert(pause_equal(first, until(1070)), "sooner than what runs");
    first = start(none, for_ten, true);
    cr_assert(pause_equal(start(first, for_ten, true), first), "it is so already");
    cr_assert(pause_equal(committed(start(first, by_default, true)), until(1080)));
    first = start(none, by_default, true);
    cr_assert(pause_equal(start(first, by_default, true), first), "it is so already");
    cr_assert(pause_equal(start(first, for_ten, false), first));
    cr_assert(pause_equal(committed(start(first, for_ten, true)), until(1030)));
}

static bool has_run_out(struct pause pause, int64_t now_ms)
{
    return due_has_come((struct due){.at_ms = pause_end_ms(pause), .seq = 1}, now_ms);
}

Test(pause, whose_end_is_pending_has_not_run_out)
{
    cr_assert_not(has_run_out(start(until(900), for_ten, false), INT64_MAX));
}

Test(pause, runs_out_when_its_time_is_reached_and_not_before)
{
    cr_assert_not(has_run_out(until(1000), 999));
    cr_assert(has_run_out(until(1000), 1000));
    cr_assert(has_run_out(until(1000), 1001));
}

Test(pause, without_an_end_never_runs_out)
{
    cr_assert_not(has_run_out(until_completed, INT64_MAX));
    cr_assert_not(has_run_out(none, INT64_MAX));
}
