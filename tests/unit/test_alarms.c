#include <criterion/criterion.h>

#include "core/alarms.h"
#include "support/leak.h"
#include "support/random.h"

enum { COUNT = 200 };

static struct ringer {
    struct alarm alarm;
    int rung;
    void (*then)(struct ringer *ringer);
} all[COUNT];
static struct alarms alarms;
static int64_t last_ms; /* for which the last one that rang was set */

static void ringer_ring(struct alarm *alarm)
{
    struct ringer *ringer = (struct ringer *)alarm;
    cr_assert(!alarm_is_set(alarm), "what rings is not set any more");
    ringer->rung++;
    cr_assert_leq(last_ms, alarm->deadline.at_ms);
    last_ms = alarm->deadline.at_ms;
    if (ringer->then != NULL)
        ringer->then(ringer);
}

static void begin(void)
{
    alarms_init(&alarms);
    for (int i = 0; i < COUNT; i++)
        alarm_init(&all[i].alarm, ringer_ring);
}

static void end(void)
{
    alarms_finish(&alarms);
    assert_no_leak();
}

TestSuite(alarms, .init = begin, .fini = end);

static void ring(int64_t now_ms)
{
    last_ms = INT64_MIN;
    alarms_ring(&alarms, now_ms);
}

Test(alarms, ring_when_their_time_has_come_and_once)
{
    alarms_set(&alarms, &all[0].alarm, 10);
    ring(9);
    cr_assert_eq(all[0].rung, 0);
    cr_assert(alarm_is_set(&all[0].alarm));
    ring(10);
    cr_assert_eq(all[0].rung, 1);
    cr_assert(!alarm_is_set(&all[0].alarm));
    ring(11);
    cr_assert_eq(all[0].rung, 1);
}

Test(alarms, ring_at_the_time_that_was_said_last)
{
    alarms_set(&alarms, &all[0].alarm, 10);
    alarms_set(&alarms, &all[0].alarm, 30);
    alarms_set(&alarms, &all[1].alarm, 30);
    alarms_set(&alarms, &all[1].alarm, 5);
    ring(20);
    cr_assert_eq(all[0].rung, 0);
    cr_assert_eq(all[1].rung, 1);
}

Test(alarms, that_are_removed_do_not_ring)
{
    alarms_remove(&alarms, &all[0].alarm);
    alarms_set(&alarms, &all[0].alarm, 10);
    alarms_remove(&alarms, &all[0].alarm);
    cr_assert(!alarm_is_set(&all[0].alarm));
    ring(10);
    cr_assert_eq(all[0].rung, 0);
}

Test(alarms, say_when_the_first_of_them_rings)
{
    cr_assert_eq(alarms_first_ms(&alarms), INT64_MAX);
    alarms_set(&alarms, &all[0].alarm, 30);
    alarms_set(&alarms, &all[1].alarm, 10);
    cr_assert_eq(alarms_first_ms(&alarms), 10);
    ring(10);
    cr_assert_eq(alarms_first_ms(&alarms), 30);
    ring(30);
    cr_assert_eq(alarms_first_ms(&alarms), INT64_MAX);
}

static void set_itself_for_now(struct ringer *ringer)
{
    alarms_set(&alarms, &ringer->alarm, 10);
}

Test(alarms, that_set_themselves_for_now_ring_in_the_next_round)
{
    all[0].then = set_itself_for_now;
    alarms_set(&alarms, &all[0].alarm, 10);
    for (int round = 1; round <= 3; round++) {
        ring(10);
        cr_assert_eq(all[0].rung, round);
        cr_assert_eq(alarms_first_ms(&alarms), 10);
    }
}

static void set_the_next_for_now(struct ringer *ringer)
{
    alarms_set(&alarms, &ringer[1].alarm, 5);
}

Test(alarms, that_are_set_for_now_by_another_ring_in_the_next_round)
{
    all[0].then = set_the_next_for_now;
    alarms_set(&alarms, &all[0].alarm, 10);
    ring(10);
    cr_assert_eq(all[1].rung, 0);
    ring(10);
    cr_assert_eq(all[1].rung, 1);
}

static void set_the_next_for_later(struct ringer *ringer)
{
    alarms_set(&alarms, &ringer[1].alarm, 20);
}

static void remove_the_next(struct ringer *ringer)
{
    alarms_remove(&alarms, &ringer[1].alarm);
}

Test(alarms, that_are_due_may_be_put_off_or_removed_by_one_that_rings_before)
{
    all[0].then = set_the_next_for_later;
    all[2].then = remove_the_next;
    for (int i = 0; i < 4; i++)
        alarms_set(&alarms, &all[i].alarm, 10);
    alarms_set(&alarms, &all[0].alarm, 1);
    alarms_set(&alarms, &all[2].alarm, 2);
    ring(10);
    cr_assert_eq(all[1].rung, 0);
    cr_assert_eq(all[3].rung, 0);
    cr_assert(!alarm_is_set(&all[3].alarm));
    cr_assert_eq(alarms_first_ms(&alarms), 20);
}

Test(alarms, agree_with_a_plain_array_through_random_changes)
{
    struct random random = {.state = 5};
    int64_t at_ms[COUNT];
    for (int i = 0; i < COUNT; i++)
        at_ms[i] = INT64_MAX;
    for (int64_t now_ms = 0; now_ms < 20000; now_ms += random_below(&random, 3)) {
        int64_t place = random_below(&random, COUNT);
        if (random_once_in(&random, 3)) {
            alarms_remove(&alarms, &all[place].alarm);
            at_ms[place] = INT64_MAX;
        } else {
            at_ms[place] = now_ms + random_below(&random, 1000);
            alarms_set(&alarms, &all[place].alarm, at_ms[place]);
        }
        ring(now_ms);
        int64_t first_ms = INT64_MAX;
        for (int i = 0; i < COUNT; i++) {
            cr_assert_eq(all[i].rung, at_ms[i] <= now_ms);
            at_ms[i] = all[i].rung > 0 ? INT64_MAX : at_ms[i];
            all[i].rung = 0;
            first_ms = at_ms[i] < first_ms ? at_ms[i] : first_ms;
        }
        cr_assert_eq(alarms_first_ms(&alarms), first_ms);
    }
}
