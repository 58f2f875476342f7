#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>

#include "base/map.h"
#include "support/leak.h"
#include "support/random.h"

struct item {
    char key[12];
    size_t size;
};

static struct bytes item_key(const void *value)
{
    const struct item *item = value;
    return bytes_make(item->key, item->size);
}

enum { ITEMS_COUNT = 3000 };
static struct item items[ITEMS_COUNT];

static void begin(void)
{
    for (int i = 0; i < ITEMS_COUNT; i++)
        items[i].size = (size_t)snprintf(items[i].key, sizeof(items[i].key), "%d", i);
}

TestSuite(map, .init = begin, .fini = end_without_leak);

static const struct hash_key hash_key = {{11, 22}};

Test(map, an_empty_map_costs_nothing_and_finds_nothing)
{
    struct map map;
    map_init(&map, item_key, hash_key);
    size_t position = 0;
    cr_assert_null(map_get(&map, item_key(&items[0])));
    cr_assert_null(map_remove(&map, item_key(&items[0])));
    cr_assert_null(map_next(&map, &position));
    cr_assert_null(map.hashes);
    cr_assert_null(map.values);
    map_finish(&map);
}

Test(map, finds_what_was_added_until_it_is_removed)
{
    struct map map;
    map_init(&map, item_key, hash_key);
    map_add(&map, &items[7]);
    map_add(&map, &items[8]);
    cr_assert_eq(map_get(&map, bytes_of_string("7")), &items[7]);
    cr_assert_eq(map_remove(&map, bytes_of_string("7")), &items[7]);
    cr_assert_null(map_get(&map, bytes_of_string("7")));
    cr_assert_eq(map_get(&map, bytes_of_string("8")), &items[8]);
    map_finish(&map);
}

Test(map, takes_the_empty_key_too)
{
    struct map map;
    struct item item = {.size = 0};
    map_init(&map, item_key, hash_key);
    map_add(&map, &item);
    cr_assert_eq(map_get(&map, bytes_make(NULL, 0)), &item);
    map_finish(&map);
}

Test(map, does_not_take_a_key_twice, .signal = SIGABRT)
{
    struct map map;
    struct item same = {.key = "7", .size = 1};
    map_init(&map, item_key, hash_key);
    map_add(&map, &items[7]);
    map_add(&map, &same);
}

Test(map, shrinks_when_it_empties)
{
    struct map map;
    map_init(&map, item_key, hash_key);
    for (int i = 0; i < ITEMS_COUNT; i++)
        map_add(&map, &items[i]);
    size_t slots_count = map.slots_count;
    for (int i = 10; i < ITEMS_COUNT; i++)
        map_remove(&map, item_key(&items[i]));
    cr_assert_lt(map.slots_count, slots_count / 50);
    for (int i = 0; i < 10; i++)
        cr_assert_eq(map_get(&map, item_key(&items[i])), &items[i]);
    map_finish(&map);
}

static void expect_same(const struct map *map, const bool *is_in)
{
    bool is_met[ITEMS_COUNT] = {false};
    size_t count = 0;
    size_t position = 0;
    for (const struct item *item = map_next(map, &position); item != NULL; item = map_next(map, &position)) {
        cr_assert_not(is_met[item - items], "%s is met twice", item->key);
        is_met[item - items] = true;
        count++;
    }
    cr_assert_eq(count, map->count);
    for (int i = 0; i < ITEMS_COUNT; i++) {
        cr_assert_eq(is_met[i], is_in[i], "%s", items[i].key);
        cr_assert_eq(map_get(map, item_key(&items[i])), is_in[i] ? &items[i] : NULL, "%s", items[i].key);
    }
}

Test(map, agrees_with_an_array_through_random_changes)
{
    struct map map;
    struct random random = {.state = 1};
    bool is_in[ITEMS_COUNT] = {false};
    map_init(&map, item_key, hash_key);
    for (int step = 0; step < 60000; step++) {
        /* In turns of 10000 mostly adding and mostly removing, so that it grows and shrinks; few keys at
         * times, so that the table is small and full. */
        bool mostly_add = step / 10000 % 2 == 0;
        uint32_t i = random_below(&random, step < 10000 ? 40 : ITEMS_COUNT);
        bool add = random_once_in(&random, 4) ? !mostly_add : mostly_add;
        if (add && !is_in[i])
            map_add(&map, &items[i]);
        else if (!add)
            cr_assert_eq(map_remove(&map, item_key(&items[i])), is_in[i] ? &items[i] : NULL);
        is_in[i] = add;
        if (step % 997 == 0 || (step < 3000 && step % 7 == 0))
            expect_same(&map, is_in);
    }
    expect_same(&map, is_in);
    map_finish(&map);
}
