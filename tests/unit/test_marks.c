#include <criterion/criterion.h>

#include "app/ports/store.h"
#include "core/marks.h"
#include "core/roster.h"
#include "support/leak.h"
#include "support/scene.h"

TestSuite(marks, .fini = end_without_leak);

Test(marks, keep_the_time_of_each_seq)
{
    struct marks marks;
    marks_init(&marks);
    cr_assert_eq(marks_find(&marks, 0), -1);
    for (int64_t seq = 40; seq < 40 + 3 * MARKS_STEP; seq++)
        marks_add(&marks, seq, 1000 + seq / 2);
    cr_assert_eq(marks_find(&marks, 39), -1);
    cr_assert_eq(marks_find(&marks, 40), 1020);
    cr_assert_eq(marks_find(&marks, 41), 1020);
    cr_assert_eq(marks_find(&marks, 400), 1200);
    cr_assert_eq(marks_find(&marks, 40 + 3 * MARKS_STEP), -1);
    marks_finish(&marks);
}

Test(marks, give_up_what_lies_before_a_seq_and_the_room_for_it)
{
    struct marks marks;
    marks_init(&marks);
    marks_drop_before(&marks, 7);
    for (int64_t seq = 0; seq < 10 * MARKS_STEP; seq++)
        marks_add(&marks, seq, seq);
    marks_drop_before(&marks, 2000);
    cr_assert_eq(marks_find(&marks, 1999), -1);
    cr_assert_eq(marks_find(&marks, 2000), 2000);
    cr_assert_eq(marks_find(&marks, 10 * MARKS_STEP - 1), 10 * MARKS_STEP - 1);
    cr_assert_leq(marks.room, marks.count + MARKS_STEP);
    marks_drop_before(&marks, 5);
    cr_assert_eq(marks.first_seq, 2000, "that has been given up before");
    marks_drop_before(&marks, INT64_MAX);
    cr_assert_eq(marks.count, 1, "the last one stays");
    marks_add(&marks, 10 * MARKS_STEP, 1 << 20);
    marks_finish(&marks);
}

TestSuite(places, .init = scene_begin, .fini = scene_end);

static void open_c1(void)
{
    struct command command = COMMAND(OPEN, .conversation = BYTES("c1"), .channel = BYTES("whatsapp"));
    cr_assert_eq(scene_do(bot(), command), VERDICT_DONE);
}

Test(places, the_beginning_is_one_of_every_log)
{
    cr_assert_eq(roster_judge_place(&scene.roster, 0, 0), PLACE_HERE);
    cr_assert_eq(roster_judge_place(&scene.roster, 0, 1), PLACE_ELSEWHERE);
    open_c1();
    cr_assert_eq(roster_judge_place(&scene.roster, 0, 0), PLACE_HERE);
    cr_assert_eq(roster_judge_place(&scene.roster, 0, 1), PLACE_ELSEWHERE);
}

Test(places, are_told_apart_by_their_marks)
{
    open_c1();
    int64_t mark_ms = roster_mark_ms(&scene.roster, 1);
    cr_assert_eq(mark_ms, scene.roster.at_ms);
    cr_assert_eq(roster_judge_place(&scene.roster, 1, mark_ms), PLACE_HERE);
    cr_assert_eq(roster_judge_place(&scene.roster, 1, mark_ms - 1), PLACE_ELSEWHERE);
    cr_assert_eq(roster_judge_place(&scene.roster, 1, mark_ms + 1), PLACE_ELSEWHERE);
    cr_assert_eq(roster_judge_place(&scene.roster, 2, mark_ms), PLACE_AHEAD);
    cr_assert_eq(roster_mark_ms(&scene.roster, 2), 0);
}

Test(places, below_what_is_held_are_the_stores_to_judge)
{
    struct roster roster;
    roster_init(&roster, ROSTER_LIMITS, (struct hash_key){{1, 2}});
    roster.seq = 500;
    roster.floor_seq = 498;
    roster.at_ms = 50;
    roster_load_mark(&roster, 498, 30);
    roster_load_mark(&roster, 499, 30);
    roster_load_mark(&roster, 500, 50);
    roster_settle(&roster);
    cr_assert_eq(roster_judge_place(&roster, 497, 30), PLACE_BELOW);
    cr_assert_eq(roster_judge_place(&roster, 498, 30), PLACE_HERE);
    cr_assert_eq(roster_judge_place(&roster, 499, 50), PLACE_ELSEWHERE);
    roster_raise_floor(&roster, 500);
    cr_assert_eq(roster_judge_place(&roster, 499, 30), PLACE_BELOW);
    cr_assert_eq(roster_judge_place(&roster, 500, 50), PLACE_HERE);
    roster_check(&roster);
    roster_finish(&roster);
}

/* As many transitions ago as is reached back, the log had its first. */
Test(places, before_the_first_transition_are_not_held_where_that_is_where_the_floor_is)
{
    struct roster roster;
    roster_init(&roster, ROSTER_LIMITS, (struct hash_key){{1, 2}});
    roster.seq = 2;
    roster.floor_seq = 1;
    roster.at_ms = 50;
    roster_load_mark(&roster, 1, 30);
    roster_load_mark(&roster, 2, 50);
    roster_settle(&roster);
    roster_check(&roster);
    cr_assert_eq(roster_judge_place(&roster, 1, 30), PLACE_HERE);
    cr_assert_eq(roster_judge_place(&roster, 0, 0), PLACE_HERE, "all the same");
    roster_finish(&roster);
}
