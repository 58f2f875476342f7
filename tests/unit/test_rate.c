#include <criterion/criterion.h>

#include "core/rate.h"

static const struct rate_limit limit = {.per_s = 20, .burst = 100};

static int spend_all(struct rate *rate, int64_t now_us)
{
    int spent = 0;
    while (spent < 1000 && rate_spend(rate, limit, now_us))
        spent++;
    return spent;
}

Test(rate, allows_a_burst_at_first_whatever_the_clock_says)
{
    static const int64_t times_us[] = {0, 1, 1000000, INT64_C(1) << 60};
    for (size_t i = 0; i < sizeof(times_us) / sizeof(times_us[0]); i++) {
        struct rate rate;
        rate_init(&rate);
        cr_assert_eq(spend_all(&rate, times_us[i]), 100);
    }
}

Test(rate, earns_evenly_and_loses_no_fraction)
{
    struct rate rate;
    rate_init(&rate);
    spend_all(&rate, 0);
    cr_assert_not(rate_spend(&rate, limit, 49999));
    cr_assert(rate_spend(&rate, limit, 50000));
    int spent = 0;
    for (int64_t now_us = 50000; now_us <= 10050000; now_us += 33333)
        spent += spend_all(&rate, now_us);
    cr_assert_eq(spent, 199, "%d", spent);
}

Test(rate, holds_no_more_than_a_burst)
{
    struct rate rate;
    rate_init(&rate);
    spend_all(&rate, 0);
    cr_assert_eq(spend_all(&rate, 3600 * INT64_C(1000000)), 100);
}

Test(rate, tells_when_it_is_full)
{
    struct rate rate;
    rate_init(&rate);
    cr_assert_leq(rate_full_us(&rate, limit), 0);
    cr_assert(rate_spend(&rate, limit, 7000000));
    cr_assert_eq(rate_full_us(&rate, limit), 7050000);
    spend_all(&rate, 7000000);
    cr_assert_eq(rate_full_us(&rate, limit), 12000000);
    cr_assert_eq(spend_all(&rate, 12000000), 100);
}

enum { MOST_US = 30000000 };

static int64_t promise(struct rate *rate, int64_t now_us)
{
    cr_assert_not(rate_spend(rate, limit, now_us));
    return rate_promise(rate, limit, MOST_US, now_us);
}

Test(rate, promises_the_moment_at_which_there_is_one_again)
{
    struct rate rate;
    rate_init(&rate);
    spend_all(&rate, 0);
    int64_t wait_us = promise(&rate, 12345);
    cr_assert_eq(wait_us, 50000 - 12345);
    cr_assert_not(rate_spend(&rate, limit, 12345 + wait_us - 1));
    cr_assert(rate_spend(&rate, limit, 12345 + wait_us));
}

Test(rate, promises_each_a_moment_of_its_own_and_keeps_it)
{
    struct rate rate;
    int64_t waits_us[200];
    rate_init(&rate);
    spend_all(&rate, 0);
    for (int i = 0; i < 200; i++) {
        waits_us[i] = promise(&rate, 7);
        cr_assert_eq(7 + waits_us[i], (i + 1) * INT64_C(50000));
    }
    for (int i = 0; i < 200; i++)
        cr_assert(rate_spend(&rate, limit, 7 + waits_us[i]), "%d", i);
}

Test(rate, finds_whoever_was_overtaken_another_moment)
{
    struct rate rate;
    rate_init(&rate);
    spend_all(&rate, 0);
    promise(&rate, 0);
    promise(&rate, 0);
    cr_assert(rate_spend(&rate, limit, 50000), "somebody to whom nothing was promised");
    cr_assert_eq(promise(&rate, 50000), 100000);
    cr_assert(rate_spend(&rate, limit, 100000));
    cr_assert(rate_spend(&rate, limit, 150000));
}

Test(rate, does_not_wait_for_those_who_never_come)
{
    struct rate rate;
    rate_init(&rate);
    spend_all(&rate, 0);
    for (int i = 0; i < 200; i++)
        promise(&rate, 0);
    cr_assert_eq(spend_all(&rate, 10000000), 100);
    cr_assert_eq(promise(&rate, 10000000), 50000);
}

Test(rate, promises_nothing_that_is_too_far_away)
{
    struct rate rate;
    rate_init(&rate);
    spend_all(&rate, 0);
    for (int i = 0; i < 600; i++)
        promise(&rate, 0);
    for (int i = 0; i < 10; i++)
        cr_assert_eq(promise(&rate, 0), MOST_US);
    cr_assert_eq(promise(&rate, 49999), MOST_US);
}

Test(rate, takes_back_what_was_taken_out_for_nothing)
{
    struct rate rate;
    rate_init(&rate);
    cr_assert_eq(spend_all(&rate, 0), 100);
    rate_give_back(&rate, limit);
    rate_give_back(&rate, limit);
    cr_assert_eq(spend_all(&rate, 0), 2);
    for (int i = 0; i < 1000; i++) {
        rate_give_back(&rate, limit);
        cr_assert_eq(spend_all(&rate, 0), 1);
    }
}

Test(rate, tells_from_when_on_there_is_one)
{
    struct rate rate;
    rate_init(&rate);
    cr_assert_leq(rate_next_us(&rate, limit, 7), 7);
    spend_all(&rate, 0);
    cr_assert_eq(rate_next_us(&rate, limit, 7), 50000);
    cr_assert_not(rate_spend(&rate, limit, 49999));
    cr_assert(rate_spend(&rate, limit, 50000));
}

Test(rate, can_be_overdrawn_so_far_and_owes_that)
{
    struct rate rate;
    rate_init(&rate);
    spend_all(&rate, 0);
    for (int i = 0; i < 20; i++)
        cr_assert(rate_overdraw(&rate, limit, 1000000, 0));
    cr_assert_not(rate_overdraw(&rate, limit, 1000000, 0));
    cr_assert_not(rate_spend(&rate, limit, 1000000));
    cr_assert(rate_spend(&rate, limit, 1050000));
}

Test(rate, promises_what_it_has_at_once)
{
    struct rate rate;
    rate_init(&rate);
    for (int i = 0; i < 100; i++)
        cr_assert_eq(rate_promise(&rate, limit, MOST_US, 0), 0);
    cr_assert_eq(rate_promise(&rate, limit, MOST_US, 0), 50000);
}

Test(rate, owes_what_is_charged_and_is_given_back)
{
    struct rate rate;
    rate_init(&rate);
    cr_assert(rate_spend(&rate, limit, 0));
    rate_charge(&rate, limit, 119);
    cr_assert_eq(rate_next_us(&rate, limit, 0), 21 * 50000);
    cr_assert_not(rate_spend(&rate, limit, 21 * 50000 - 1));
    rate_charge(&rate, limit, -119);
    cr_assert_eq(spend_all(&rate, 0), 99);
}
