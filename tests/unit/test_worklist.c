#include <criterion/criterion.h>

#include "app/node/worklist.h"
#include "base/alloc.h"

enum { COUNT = 4 };

static struct piece {
    struct work work;
    int run;
    struct work *leaves; /* or NULL */
    struct work *undoes; /* or NULL */
} all[COUNT];
static struct worklist worklist;
static struct work *last_run[16];
static size_t run_count;

static void piece_run(struct work *work)
{
    struct piece *piece = CONTAINER_OF(work, struct piece, work);
    piece->run++;
    last_run[run_count++] = work;
    if (piece->leaves != NULL)
        worklist_add(&worklist, piece->leaves);
    if (piece->undoes != NULL)
        work_remove(piece->undoes);
}

static void begin(void)
{
    worklist_init(&worklist);
    for (int i = 0; i < COUNT; i++)
        work_init(&all[i].work, WORK_DESKS, piece_run);
}

TestSuite(worklist, .init = begin);

Test(worklist, runs_what_is_on_it_once_in_the_order_of_the_kinds_and_of_coming)
{
    all[0].work.kind = WORK_LOOKUPS;
    all[3].work.kind = WORK_ARRIVALS;
    for (int i = 0; i < COUNT; i++) {
        worklist_add(&worklist, &all[i].work);
        worklist_add(&worklist, &all[i].work);
    }
    cr_assert_not(worklist_is_empty(&worklist));
    worklist_run(&worklist);
    worklist_run(&worklist);
    cr_assert_eq(run_count, COUNT);
    static const int order[] = {3, 1, 2, 0};
    for (int i = 0; i < COUNT; i++)
        cr_assert_eq(last_run[i], &all[order[i]].work);
    cr_assert(worklist_is_empty(&worklist));
}

Test(worklist, what_is_left_for_a_later_kind_is_run_in_the_same_turn)
{
    all[1].work.kind = WORK_LOOKUPS;
    all[0].leaves = &all[1].work;
    worklist_add(&worklist, &all[0].work);
    worklist_run(&worklist);
    cr_assert_eq(all[1].run, 1);
}

Test(worklist, what_is_left_for_the_same_kind_or_an_earlier_one_is_run_in_the_next_turn)
{
    all[0].leaves = &all[0].work;
    all[1].work.kind = WORK_LOOKUPS;
    all[1].leaves = &all[2].work;
    worklist_add(&worklist, &all[0].work);
    worklist_add(&worklist, &all[1].work);
    worklist_run(&worklist);
    cr_assert_eq(all[0].run, 1);
    cr_assert_eq(all[2].run, 0);
    worklist_run(&worklist);
    cr_assert_eq(all[0].run, 2);
    cr_assert_eq(all[2].run, 1);
}

Test(worklist, what_is_removed_is_not_run)
{
    worklist_add(&worklist, &all[0].work);
    worklist_add(&worklist, &all[1].work);
    worklist_add(&worklist, &all[2].work);
    work_remove(&all[2].work);
    work_remove(&all[2].work);
    all[0].undoes = &all[1].work;
    worklist_run(&worklist);
    cr_assert_eq(run_count, 1);
}
