#include "base/ranking.h"

#include <criterion/criterion.h>

static int values[100];

Test(ranking, keeps_those_with_the_largest_keys_in_order)
{
    struct ranking ranking = {.count = 0};
    for (int i = 0; i < 100; i++)
        ranking_add(&ranking, 1 + i * 37 % 100, &values[i]);
    cr_assert_eq(ranking.count, RANKING_ROOM);
    for (int i = 0; i < RANKING_ROOM; i++) {
        cr_assert_eq(ranking.places[i].key, 100 - i);
        cr_assert_eq(1 + ((const int *)ranking.places[i].value - values) * 37 % 100, 100 - i);
    }
}

Test(ranking, keeps_nothing_with_a_key_of_zero)
{
    struct ranking ranking = {.count = 0};
    ranking_add(&ranking, 0, &values[0]);
    ranking_add(&ranking, -7, &values[1]);
    cr_assert_eq(ranking.count, 0);
    ranking_add(&ranking, 1, &values[2]);
    cr_assert_eq(ranking.count, 1);
}

Test(ranking, keeps_of_equals_those_that_came_first)
{
    struct ranking ranking = {.count = 0};
    for (int i = 0; i < 2 * RANKING_ROOM; i++)
        ranking_add(&ranking, 5, &values[i]);
    for (int i = 0; i < RANKING_ROOM; i++)
        cr_assert_eq(ranking.places[i].value, &values[i]);
}
