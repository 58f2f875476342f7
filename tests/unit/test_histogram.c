#include <criterion/criterion.h>

#include "base/histogram.h"

Test(histogram, counts_a_value_in_the_step_that_it_just_fits)
{
    struct histogram histogram = {.sum = 0};
    for (int step = 0; step < HISTOGRAM_STEPS; step++) {
        histogram_add(&histogram, histogram_bound(step));
        histogram_add(&histogram, histogram_bound(step) + 1);
    }
    cr_assert_eq(histogram.counts[0], 1, "1 alone");
    cr_assert_eq(histogram.counts[1], 2, "2 twice: by itself, and as 1 + 1");
    for (int step = 2; step < HISTOGRAM_STEPS; step++)
        cr_assert_eq(histogram.counts[step], 2, "up to %lld", (long long)histogram_bound(step));
    cr_assert_eq(histogram.counts[HISTOGRAM_STEPS], 1, "what is larger than all");
    cr_assert_eq(histogram_count(&histogram, HISTOGRAM_STEPS), 2 * HISTOGRAM_STEPS);
}

Test(histogram, has_steps_of_one_two_and_five)
{
    cr_assert_eq(histogram_bound(0), 1);
    for (int step = 3; step < HISTOGRAM_STEPS; step++)
        cr_assert_eq(histogram_bound(step), 10 * histogram_bound(step - 3));
}

Test(histogram, adds_up)
{
    struct histogram histogram = {.sum = 0};
    histogram_add(&histogram, 3);
    histogram_add(&histogram, 700);
    histogram_add(&histogram, INT64_C(1) << 40);
    cr_assert_eq(histogram.sum, 703 + (INT64_C(1) << 40));
    cr_assert_eq(histogram_count(&histogram, 2), 1, "up to 5");
    cr_assert_eq(histogram_count(&histogram, 9), 2, "up to 1000");
    cr_assert_eq(histogram_count(&histogram, HISTOGRAM_STEPS), 3);
}

Test(histogram, takes_what_is_below_zero_as_zero)
{
    struct histogram histogram = {.sum = 0};
    histogram_add(&histogram, -5);
    cr_assert_eq(histogram.counts[0], 1);
    cr_assert_eq(histogram.sum, 0);
}
