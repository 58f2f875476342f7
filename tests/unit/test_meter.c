#include "core/meter.h"

#include <criterion/criterion.h>

enum { SECOND_US = 1000 * 1000 };

static struct meter meter;
static int64_t now_us;

/* So often a second, for so many seconds. */
static void happen(int per_s, int seconds)
{
    for (int i = 0; i < per_s * seconds; i++) {
        now_us += SECOND_US / per_s;
        meter_count(&meter, now_us);
    }
}

static void expect_about(int64_t per_ks)
{
    int64_t found = meter_per_ks(&meter, now_us);
    cr_assert(found >= per_ks * 9 / 10 && found <= per_ks * 11 / 10, "%lld, not %lld", (long long)found,
              (long long)per_ks);
}

Test(meter, says_how_often_something_happens)
{
    now_us = 77 * SECOND_US;
    cr_assert_eq(meter_per_ks(&meter, now_us), 0);
    happen(20, 25);
    expect_about(20 * 1000);
    happen(200, 25);
    expect_about(200 * 1000);
}

Test(meter, forgets_within_two_windows)
{
    now_us = 5;
    happen(50, 33);
    now_us += METER_WINDOW_US / 2;
    int64_t half = meter_per_ks(&meter, now_us);
    cr_assert(half > 0 && half < 50 * 1000);
    now_us += 2 * METER_WINDOW_US;
    cr_assert_eq(meter_per_ks(&meter, now_us), 0);
    happen(50, 25);
    expect_about(50 * 1000);
}

Test(meter, counts_a_burst_as_spread_over_the_window)
{
    now_us = 100 * SECOND_US;
    for (int i = 0; i < 500; i++)
        meter_count(&meter, now_us);
    cr_assert_eq(meter_per_ks(&meter, now_us), 50 * 1000);
}
