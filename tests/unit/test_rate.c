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
