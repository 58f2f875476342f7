#include <criterion/criterion.h>

#include "core/deadlines.h"
#include "support/leak.h"
#include "support/random.h"

enum { COUNT = 300 };
static struct deadline all[COUNT];
static struct deadlines deadlines;

static void begin(void)
{
    deadlines_init(&deadlines);
    for (int i = 0; i < COUNT; i++)
        deadline_init(&all[i]);
}

static void end(void)
{
    deadlines_finish(&deadlines);
    assert_no_leak();
}

TestSuite(deadlines, .init = begin, .fini = end);

Test(deadlines, the_earliest_is_first)
{
    cr_assert_null(deadlines_first(&deadlines));
    deadlines_set(&deadlines, &all[0], 30);
    deadlines_set(&deadlines, &all[1], 10);
    deadlines_set(&deadlines, &all[2], 20);
    cr_assert_eq(deadlines_first(&deadlines), &all[1]);
    deadlines_remove(&deadlines, &all[1]);
    cr_assert_eq(deadlines_first(&deadlines), &all[2]);
}

Test(deadlines, setting_moves_in_both_directions)
{
    deadlines_set(&deadlines, &all[0], 10);
    deadlines_set(&deadlines, &all[1], 20);
    deadlines_set(&deadlines, &all[0], 30);
    cr_assert_eq(deadlines_first(&deadlines), &all[1]);
    deadlines_set(&deadlines, &all[0], 5);
    cr_assert_eq(deadlines_first(&deadlines), &all[0]);
    cr_assert_eq(deadlines.count, 2);
}

Test(deadlines, removing_what_is_not_in_it_is_harmless)
{
    deadlines_remove(&deadlines, &all[0]);
    deadlines_set(&deadlines, &all[0], 10);
    deadlines_remove(&deadlines, &all[0]);
    deadlines_remove(&deadlines, &all[0]);
    cr_assert_null(deadlines_first(&deadlines));
}

Test(deadlines, agree_with_a_plain_array_through_random_changes)
{
    struct random random = {.state = 3};
    for (int step = 0; step < 50000; step++) {
        struct deadline *deadline = &all[random_below(&random, COUNT)];
        if (random_once_in(&random, 3))
            deadlines_remove(&deadlines, deadline);
        else
            deadlines_set(&deadlines, deadline, random_below(&random, 1000));
        if (step % 20 != 0)
            continue;
        deadlines_check(&deadlines);
        int64_t earliest_ms = INT64_MAX;
        size_t count = 0;
        for (int i = 0; i < COUNT; i++) {
            if (all[i].index == DEADLINE_NOWHERE)
                continue;
            count++;
            earliest_ms = all[i].at_ms < earliest_ms ? all[i].at_ms : earliest_ms;
        }
        cr_assert_eq(deadlines.count, count);
        cr_assert_eq(count == 0, deadlines_first(&deadlines) == NULL);
        if (count > 0)
            cr_assert_eq(deadlines_first(&deadlines)->at_ms, earliest_ms);
    }
}

Test(deadlines, come_out_in_order)
{
    struct random random = {.state = 4};
    for (int i = 0; i < COUNT; i++)
        deadlines_set(&deadlines, &all[i], random_below(&random, 100));
    int64_t before_ms = 0;
    for (struct deadline *first = deadlines_first(&deadlines); first != NULL;
         first = deadlines_first(&deadlines)) {
        cr_assert_geq(first->at_ms, before_ms);
        before_ms = first->at_ms;
        deadlines_remove(&deadlines, first);
    }
    cr_assert_eq(deadlines.count, 0);
}
