#include "app/node/clock.h"

#include <criterion/criterion.h>

#include "protocol/limits.h"
#include "support/builders.h"

/* The estimate of the database's clock. */

enum { SECOND_US = 1000000 };

static struct clock sampled(int64_t database_ms, int64_t sent_us, int64_t received_us)
{
    struct clock clock = {0};
    clock_observe(&clock, database_ms, sent_us, received_us);
    return clock;
}

Test(clock, is_unknown_until_the_first_sample)
{
    struct clock clock = {0};
    cr_assert_not(clock.is_known);
    clock_observe(&clock, NOON_MS, 0, 0);
    cr_assert(clock.is_known);
}

Test(clock, is_never_ahead_as_the_answer_may_have_been_given_as_late_as_it_came)
{
    struct clock clock = sampled(NOON_MS, 1000, 5000);
    cr_assert_eq(clock_ms(&clock, 5000), NOON_MS);
    cr_assert_eq(clock_ms(&clock, 5000 + SECOND_US), NOON_MS + 1000);
}

Test(clock, says_when_a_time_will_come_and_is_right_to_the_microsecond)
{
    struct clock clock = sampled(NOON_MS, 1000, 5000);
    int64_t at_us = clock_mono_us(&clock, NOON_MS + MINUTE_MS);
    cr_assert_eq(clock_ms(&clock, at_us), NOON_MS + MINUTE_MS);
    cr_assert_eq(clock_ms(&clock, at_us - 1), NOON_MS + MINUTE_MS - 1);
}

Test(clock, prefers_the_sample_that_says_most)
{
    struct clock clock = sampled(NOON_MS, 0, 2000);
    clock_observe(&clock, NOON_MS + 1010, SECOND_US, SECOND_US + 30000);
    cr_assert_eq(clock_ms(&clock, 2000), NOON_MS, "a sample was taken that says less");
    clock_observe(&clock, NOON_MS + 2001, 2 * SECOND_US, 2 * SECOND_US + 200);
    cr_assert_eq(clock_ms(&clock, 2 * SECOND_US + 200), NOON_MS + 2001, "a better sample was not taken");
}

Test(clock, gives_up_a_good_sample_when_it_has_grown_old)
{
    struct clock clock = sampled(NOON_MS, 0, 200);
    int64_t later_us = LIMIT_CLOCK_SAMPLE_MS * INT64_C(1000) + 201;
    clock_observe(&clock, NOON_MS + LIMIT_CLOCK_SAMPLE_MS, later_us, later_us + 20000);
    cr_assert_eq(clock_ms(&clock, later_us + 20000), NOON_MS + LIMIT_CLOCK_SAMPLE_MS);
}

Test(clock, believes_a_sample_at_once_that_shows_that_the_database_s_clock_was_set)
{
    struct clock clock = sampled(NOON_MS, 0, 200);
    clock_observe(&clock, NOON_MS - 4000, SECOND_US, SECOND_US + 20000);
    cr_assert_eq(clock_ms(&clock, SECOND_US + 20000), NOON_MS - 4000);
}

Test(clock, is_not_led_astray_by_a_slow_sample_that_agrees)
{
    struct clock clock = sampled(NOON_MS, 0, 200);
    clock_observe(&clock, NOON_MS + 1900, SECOND_US, 2 * SECOND_US);
    cr_assert_geq(clock_ms(&clock, 2 * SECOND_US), NOON_MS + 1999);
}
