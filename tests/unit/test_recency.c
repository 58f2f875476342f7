#include <criterion/criterion.h>
#include <signal.h>

#include "core/recency.h"
#include "support/leak.h"
#include "support/random.h"

enum { LINKS_COUNT = 200 };
static struct recency_link links[LINKS_COUNT];
static struct recency recency;

static void begin(void)
{
    recency_init(&recency);
    for (int i = 0; i < LINKS_COUNT; i++)
        recency_link_init(&links[i]);
}

static void end(void)
{
    recency_finish(&recency);
    assert_no_leak();
}

TestSuite(recency, .init = begin, .fini = end);

Test(recency, an_empty_one_has_nothing_after_anything)
{
    int64_t number = 0;
    cr_assert_null(recency_after(&recency, 0, &number));
    cr_assert_null(recency_after(&recency, INT64_MIN, &number));
    cr_assert_eq(recency_number_from_end(&recency, 1), 0);
    recency_remove(&recency, &links[0]);
    recency_check(&recency);
}

Test(recency, what_is_loaded_in_any_order_is_in_order_once_sorted)
{
    struct random random = {.state = 7};
    for (int i = 0; i < 3 * LINKS_COUNT; i++) {
        uint32_t link = random_below(&random, LINKS_COUNT);
        recency_load(&recency, &links[link], random_below(&random, 1000));
    }
    recency_remove(&recency, &links[0]);
    size_t count = recency.count;
    recency_sort(&recency);
    recency_check(&recency);
    cr_assert_eq(recency.count, count);
    recency_move_to_end(&recency, &links[0], 1000);
    recency_check(&recency);
    cr_assert_eq(recency.count, count + 1);
}

Test(recency, what_changes_moves_to_the_end)
{
    int64_t number = 0;
    recency_move_to_end(&recency, &links[0], 10);
    recency_move_to_end(&recency, &links[1], 20);
    recency_move_to_end(&recency, &links[0], 30);
    cr_assert_eq(recency.count, 2);
    cr_assert_eq(recency_after(&recency, 0, &number), &links[1]);
    cr_assert_eq(number, 20);
    cr_assert_eq(recency_after(&recency, number, &number), &links[0]);
    cr_assert_eq(number, 30);
    cr_assert_null(recency_after(&recency, number, &number));
}

Test(recency, a_number_between_two_finds_the_later)
{
    int64_t number = 0;
    recency_move_to_end(&recency, &links[0], 10);
    recency_move_to_end(&recency, &links[1], 20);
    cr_assert_eq(recency_after(&recency, 9, &number), &links[0]);
    cr_assert_eq(recency_after(&recency, 10, &number), &links[1]);
    cr_assert_eq(recency_after(&recency, 19, &number), &links[1]);
    cr_assert_null(recency_after(&recency, 20, &number));
}

Test(recency, a_lower_number_than_before_is_a_bug, .signal = SIGABRT)
{
    recency_move_to_end(&recency, &links[0], 10);
    recency_move_to_end(&recency, &links[1], 9);
}

Test(recency, memory_follows_what_is_in_it_not_how_often_it_moved)
{
    for (int64_t number = 1; number <= 100000; number++)
        recency_move_to_end(&recency, &links[random_below(&(struct random){(uint64_t)number}, 10)], number);
    cr_assert_eq(recency.count, 10);
    cr_assert_leq(recency.slots_room, 32);
}

Test(recency, a_reader_finds_its_place_by_number_however_much_was_squeezed_meanwhile)
{
    for (int i = 0; i < LINKS_COUNT; i++)
        recency_move_to_end(&recency, &links[i], i + 1);
    int64_t number = 0;
    cr_assert_eq(recency_after(&recency, 99, &number), &links[99]);
    for (int i = 0; i < LINKS_COUNT; i++) {
        if (i % 10 != 5)
            recency_remove(&recency, &links[i]);
    }
    cr_assert_eq(recency_after(&recency, number, &number), &links[105]);
    cr_assert_eq(number, 106);
}

/* Against a model: the number of each link, 0 where it is not in it. */

static int64_t numbers[LINKS_COUNT];

/* The link with the least number above `number`, or -1. */
static int model_after(int64_t number)
{
    int found = -1;
    for (int i = 0; i < LINKS_COUNT; i++) {
        if (numbers[i] > number && (found == -1 || numbers[i] < numbers[found]))
            found = i;
    }
    return found;
}

static void expect_same_order(int64_t from)
{
    size_t position = recency_position(&recency, from);
    int64_t number = from;
    int64_t walked_number = from;
    size_t walked_count = 0;
    for (int i = model_after(from); i != -1; i = model_after(numbers[i])) {
        cr_assert_eq(recency_walk(&recency, &position, &walked_number), &links[i]);
        cr_assert_eq(walked_number, numbers[i]);
        cr_assert_eq(recency_after(&recency, number, &number), &links[i]);
        cr_assert_eq(number, numbers[i]);
        walked_count++;
    }
    cr_assert_null(recency_walk(&recency, &position, &walked_number));
    cr_assert_null(recency_after(&recency, number, &number));
    cr_assert_leq(recency_number_from_end(&recency, walked_count + 1), from);
    if (walked_count > 0)
        cr_assert_gt(recency_number_from_end(&recency, walked_count), from);
}

Test(recency, agrees_with_a_plain_array_through_random_changes)
{
    struct random random = {.state = 2};
    int64_t number = 0;
    for (int step = 0; step < 20000; step++) {
        uint32_t i = random_below(&random, step / 5000 % 2 == 0 ? LINKS_COUNT : 4);
        if (random_once_in(&random, step / 2500 % 2 == 0 ? 10 : 2)) {
            recency_remove(&recency, &links[i]);
            numbers[i] = 0;
        } else {
            number += 1 + random_below(&random, 3);
            recency_move_to_end(&recency, &links[i], number);
            numbers[i] = number;
        }
        recency_check(&recency);
        if (step % 50 == 0)
            expect_same_order((int64_t)random_below(&random, (uint32_t)number + 1));
    }
    expect_same_order(0);
}
