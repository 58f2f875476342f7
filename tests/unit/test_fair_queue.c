#include <criterion/criterion.h>
#include <string.h>

#include "base/alloc.h"
#include "core/fair_queue.h"
#include "support/leak.h"
#include "support/random.h"

enum { GROUPS = 4, SOURCES = 3, ITEMS = 40 };

static const struct rate_limit no_limit = {0, 0};

struct fixture {
    struct fair_queue queue;
    struct fair_group groups[GROUPS];
    struct fair_source sources[GROUPS][SOURCES];
    struct fair_item items[GROUPS][SOURCES][ITEMS];
};

static void begin(struct fixture *f, size_t taken_max, size_t of_group_max, struct rate_limit of_group,
                  struct rate_limit of_source)
{
    fair_queue_init(&f->queue, taken_max, of_group_max, of_group);
    for (int g = 0; g < GROUPS; g++) {
        fair_group_init(&f->groups[g]);
        for (int s = 0; s < SOURCES; s++) {
            fair_source_init(&f->sources[g][s], of_source);
            for (int i = 0; i < ITEMS; i++)
                fair_item_init(&f->items[g][s][i]);
        }
    }
}

static void end(struct fixture *f)
{
    fair_queue_check(&f->queue);
    for (int g = 0; g < GROUPS; g++) {
        for (int i = 0; i < SOURCES * ITEMS; i++) {
            struct fair_item *item = &f->items[g][i / ITEMS][i % ITEMS];
            if (item->state == FAIR_WAITING)
                fair_queue_remove(&f->queue, item);
            else if (item->state == FAIR_TAKEN)
                fair_queue_end(&f->queue, item);
        }
        fair_group_finish(&f->queue, &f->groups[g]);
    }
    fair_queue_finish(&f->queue);
}

static void add(struct fixture *f, int g, int s, int i, int64_t now_us)
{
    fair_queue_add(&f->queue, &f->groups[g], &f->sources[g][s], &f->items[g][s][i], now_us);
    fair_queue_check(&f->queue);
}

static void add_many(struct fixture *f, int g, int s, int count)
{
    for (int i = 0; i < count; i++)
        add(f, g, s, i, 0);
}

/* Takes what there is, one after the other, each at once done; tells whose each was. */
static void take_all(struct fixture *f, int64_t now_us, char *text)
{
    struct fair_item *item;
    size_t length = 0;
    while ((item = fair_queue_take(&f->queue, now_us)) != NULL) {
        size_t place = (size_t)(item - &f->items[0][0][0]);
        text[length++] = (char)('a' + place / (SOURCES * ITEMS));
        text[length++] = (char)('0' + place / ITEMS % SOURCES);
        fair_queue_check(&f->queue);
        fair_queue_end(&f->queue, item);
    }
    text[length] = '\0';
}

TestSuite(fair_queue, .fini = end_without_leak);

Test(fair_queue, groups_take_turns_whatever_each_asks_for)
{
    struct fixture f;
    char order[2 * GROUPS * SOURCES * ITEMS + 1];
    begin(&f, 1, 1, no_limit, no_limit);
    add_many(&f, 0, 0, 5);
    add_many(&f, 1, 0, 2);
    add_many(&f, 2, 0, 1);
    take_all(&f, 0, order);
    cr_assert_str_eq(order, "a0b0c0a0b0a0a0a0");
    end(&f);
}

Test(fair_queue, within_a_group_its_sources_take_turns)
{
    struct fixture f;
    char order[2 * GROUPS * SOURCES * ITEMS + 1];
    begin(&f, 1, 1, no_limit, no_limit);
    add_many(&f, 0, 0, 4);
    add_many(&f, 0, 1, 2);
    add_many(&f, 1, 2, 2);
    take_all(&f, 0, order);
    cr_assert_str_eq(order, "a0b2a1b2a0a1a0a0");
    end(&f);
}

Test(fair_queue, what_one_source_asks_for_comes_in_order)
{
    struct fixture f;
    begin(&f, ITEMS, ITEMS, no_limit, no_limit);
    add_many(&f, 0, 0, ITEMS);
    for (int i = 0; i < ITEMS; i++)
        cr_assert_eq(fair_queue_take(&f.queue, 0), &f.items[0][0][i]);
    cr_assert_null(fair_queue_take(&f.queue, 0));
    end(&f);
}

Test(fair_queue, takes_no_more_at_once_than_it_may)
{
    struct fixture f;
    begin(&f, 2, 2, no_limit, no_limit);
    add_many(&f, 0, 0, 2);
    add_many(&f, 1, 0, 2);
    struct fair_item *first = fair_queue_take(&f.queue, 0);
    cr_assert_not_null(fair_queue_take(&f.queue, 0));
    cr_assert_null(fair_queue_take(&f.queue, 0));
    fair_queue_end(&f.queue, first);
    cr_assert_not_null(fair_queue_take(&f.queue, 0));
    end(&f);
}

Test(fair_queue, a_group_that_holds_all_it_may_leaves_the_other_hands_to_others)
{
    struct fixture f;
    begin(&f, 2, 1, no_limit, no_limit);
    add_many(&f, 0, 0, 3);
    struct fair_item *slow = fair_queue_take(&f.queue, 0);
    cr_assert_eq(slow, &f.items[0][0][0]);
    cr_assert_null(fair_queue_take(&f.queue, 0));
    add_many(&f, 1, 0, 2);
    for (int i = 0; i < 2; i++) {
        struct fair_item *item = fair_queue_take(&f.queue, 0);
        cr_assert_eq(item, &f.items[1][0][i]);
        fair_queue_end(&f.queue, item);
    }
    fair_queue_end(&f.queue, slow);
    cr_assert_eq(fair_queue_take(&f.queue, 0), &f.items[0][0][1]);
    end(&f);
}

Test(fair_queue, who_has_spent_his_rate_waits_and_holds_up_nobody)
{
    struct fixture f;
    char order[2 * GROUPS * SOURCES * ITEMS + 1];
    begin(&f, 1, 1, no_limit, (struct rate_limit){10, 2});
    add_many(&f, 0, 0, 4);
    add_many(&f, 0, 1, 1);
    add_many(&f, 1, 0, 1);
    take_all(&f, 0, order);
    cr_assert_str_eq(order, "a0b0a1a0");
    cr_assert_eq(fair_queue_deadline_ms(&f.queue), 101);
    take_all(&f, 100000, order);
    cr_assert_str_eq(order, "");
    take_all(&f, 101000, order);
    cr_assert_str_eq(order, "a0");
    take_all(&f, 1000000, order);
    cr_assert_str_eq(order, "a0");
    cr_assert_eq(fair_queue_deadline_ms(&f.queue), INT64_MAX);
    end(&f);
}

Test(fair_queue, a_group_has_a_rate_over_all_its_sources)
{
    struct fixture f;
    char order[2 * GROUPS * SOURCES * ITEMS + 1];
    begin(&f, 1, 1, (struct rate_limit){10, 3}, no_limit);
    add_many(&f, 0, 0, 3);
    add_many(&f, 0, 1, 3);
    add_many(&f, 1, 0, 3);
    take_all(&f, 0, order);
    cr_assert_str_eq(order, "a0b0a1b0a0b0");
    take_all(&f, 101000, order);
    cr_assert_str_eq(order, "a1");
    end(&f);
}

Test(fair_queue, a_source_that_is_left_without_items_waits_for_nothing)
{
    struct fixture f;
    char order[2 * GROUPS * SOURCES * ITEMS + 1];
    begin(&f, 1, 1, no_limit, (struct rate_limit){10, 1});
    add_many(&f, 0, 0, 2);
    take_all(&f, 0, order);
    cr_assert_eq(fair_queue_deadline_ms(&f.queue), 101);
    fair_queue_remove(&f.queue, &f.items[0][0][1]);
    cr_assert_eq(fair_queue_deadline_ms(&f.queue), INT64_MAX);
    add(&f, 0, 0, 1, 0);
    take_all(&f, 0, order);
    cr_assert_str_eq(order, "", "coming again is no way around the rate");
    cr_assert_eq(fair_queue_deadline_ms(&f.queue), 101);
    end(&f);
}

Test(fair_queue, what_is_removed_is_not_taken)
{
    struct fixture f;
    char order[2 * GROUPS * SOURCES * ITEMS + 1];
    begin(&f, 1, 1, no_limit, no_limit);
    add_many(&f, 0, 0, 2);
    add_many(&f, 1, 0, 1);
    fair_queue_remove(&f.queue, &f.items[0][0][0]);
    fair_queue_remove(&f.queue, &f.items[0][0][1]);
    take_all(&f, 0, order);
    cr_assert_str_eq(order, "b0");
    end(&f);
}

Test(fair_queue, what_is_taken_out_of_turn_counts_as_taken)
{
    struct fixture f;
    begin(&f, 2, 1, no_limit, no_limit);
    add_many(&f, 0, 0, 1);
    fair_queue_take_at_once(&f.queue, &f.groups[0], &f.items[0][1][0]);
    cr_assert_null(fair_queue_take(&f.queue, 0));
    fair_queue_end(&f.queue, &f.items[0][1][0]);
    cr_assert_eq(fair_queue_take(&f.queue, 0), &f.items[0][0][0]);
    end(&f);
}

Test(fair_queue, what_is_taken_outlives_its_group)
{
    struct fixture f;
    begin(&f, 1, 1, no_limit, no_limit);
    add_many(&f, 0, 0, 1);
    struct fair_item *item = fair_queue_take(&f.queue, 0);
    fair_group_finish(&f.queue, &f.groups[0]);
    memset(&f.groups[0], 0x5a, sizeof(f.groups[0]));
    fair_queue_end(&f.queue, item);
    fair_group_init(&f.groups[0]);
    add(&f, 0, 0, 0, 0);
    cr_assert_eq(fair_queue_take(&f.queue, 0), item);
    end(&f);
}

Test(fair_queue, tells_how_long_the_first_has_waited)
{
    struct fixture f;
    begin(&f, 1, 1, no_limit, no_limit);
    cr_assert_eq(fair_queue_oldest_us(&f.queue, 5), 0);
    add(&f, 1, 0, 0, 10);
    add(&f, 0, 0, 0, 20);
    cr_assert_eq(fair_queue_oldest_us(&f.queue, 50), 40);
    fair_queue_remove(&f.queue, &f.items[1][0][0]);
    cr_assert_eq(fair_queue_oldest_us(&f.queue, 50), 30);
    end(&f);
}

/* With every rate spent and earned again: nothing waits for ever, and no group is passed over by another that
 * has had its turn since, unless it may not. */
Test(fair_queue, at_random_everything_gets_its_turn)
{
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct random random = {.state = seed};
        struct fixture f;
        int64_t now_us = 0;
        begin(&f, 1 + random_below(&random, 3), 1 + random_below(&random, 2),
              random_once_in(&random, 2) ? no_limit : (struct rate_limit){100, 5},
              random_once_in(&random, 2) ? no_limit : (struct rate_limit){50, 2});
        for (int step = 0; step < 400; step++) {
            struct fair_item *item = &f.items[random_below(&random, GROUPS)][random_below(&random, SOURCES)]
                                             [random_below(&random, ITEMS)];
            size_t place = (size_t)(item - &f.items[0][0][0]);
            now_us += random_below(&random, 3000);
            if (item->state == FAIR_IDLE)
                fair_queue_add(&f.queue, &f.groups[place / (SOURCES * ITEMS)],
                               &f.sources[place / (SOURCES * ITEMS)][place / ITEMS % SOURCES], item, now_us);
            else if (item->state == FAIR_WAITING && random_once_in(&random, 4))
                fair_queue_remove(&f.queue, item);
            else if (item->state == FAIR_TAKEN)
                fair_queue_end(&f.queue, item);
            if (random_once_in(&random, 2))
                fair_queue_take(&f.queue, now_us);
            fair_queue_check(&f.queue);
            cr_assert_leq(f.queue.taken_count, f.queue.taken_max);
        }
        for (int step = 0; f.queue.waiting_count > 0; step++) {
            cr_assert_lt(step, 10000, "seed %llu", (unsigned long long)seed);
            struct fair_item *item = fair_queue_take(&f.queue, now_us);
            if (item != NULL || f.queue.taken_count == f.queue.taken_max) {
                fair_queue_end(&f.queue, CONTAINER_OF(f.queue.taken.next, struct fair_item, link));
                continue;
            }
            bool is_held = false; /* by what its own group has taken */
            for (int g = 0; g < GROUPS; g++)
                is_held |= f.groups[g].taken_count == f.queue.taken_of_group_max;
            if (fair_queue_deadline_ms(&f.queue) != INT64_MAX)
                now_us = fair_queue_deadline_ms(&f.queue) * 1000;
            else
                cr_assert(is_held);
            if (is_held)
                fair_queue_end(&f.queue, CONTAINER_OF(f.queue.taken.next, struct fair_item, link));
        }
        end(&f);
    }
}
