#include <criterion/criterion.h>

#include "base/alloc.h"
#include "base/list.h"

struct item {
    int number;
    struct list link;
};

static struct list list;
static struct list other;
static struct item items[4];

static void begin(void)
{
    list_init(&list);
    list_init(&other);
    for (int i = 0; i < 4; i++) {
        items[i].number = i;
        list_init(&items[i].link);
    }
}

TestSuite(list, .init = begin);

/* The numbers on the list, one decimal each, read as one number behind a 1: 1 for none, 1012 for 0, 1, 2. */
static int read_list(const struct list *ring)
{
    int read = 1;
    for (const struct list *link = ring->next; link != ring; link = link->next)
        read = read * 10 + CONTAINER_OF(link, struct item, link)->number;
    return read;
}

static void append_all(void)
{
    for (int i = 0; i < 4; i++)
        list_append(&list, &items[i].link);
}

Test(list, a_new_list_is_empty)
{
    cr_assert(list_is_empty(&list));
    cr_assert_null(list_take_first(&list));
    cr_assert_eq(read_list(&list), 1);
}

Test(list, keeps_the_order_of_appending)
{
    append_all();
    cr_assert_eq(read_list(&list), 10123);
    cr_assert(list_is_linked(&items[0].link));
}

Test(list, a_prepended_link_is_the_first)
{
    append_all();
    list_remove(&items[2].link);
    list_prepend(&list, &items[2].link);
    cr_assert_eq(read_list(&list), 12013);
}

Test(list, a_link_can_be_removed_twice)
{
    append_all();
    list_remove(&items[1].link);
    list_remove(&items[1].link);
    cr_assert_not(list_is_linked(&items[1].link));
    cr_assert_eq(read_list(&list), 1023);
}

Test(list, gives_the_first_and_takes_it_off)
{
    append_all();
    cr_assert_eq(list_take_first(&list), &items[0].link);
    cr_assert_not(list_is_linked(&items[0].link));
    cr_assert_eq(read_list(&list), 1123);
}

Test(list, moves_everything_to_the_end_of_another)
{
    list_append(&other, &items[3].link);
    list_append(&list, &items[0].link);
    list_append(&list, &items[1].link);
    list_move_all(&other, &list);
    cr_assert(list_is_empty(&list));
    cr_assert_eq(read_list(&other), 1301);
    list_append(&other, &items[2].link);
    cr_assert_eq(read_list(&other), 13012);
    list_move_all(&other, &list); /* nothing */
    cr_assert_eq(read_list(&other), 13012);
}

Test(list, can_be_walked_while_the_link_at_hand_is_removed)
{
    append_all();
    int met = 1;
    LIST_FOR_EACH (link, &list) {
        met = met * 10 + CONTAINER_OF(link, struct item, link)->number;
        if (link != &items[2].link)
            list_remove(link);
    }
    cr_assert_eq(met, 10123);
    cr_assert_eq(read_list(&list), 12);
}
