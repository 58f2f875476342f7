#include <criterion/criterion.h>

#include "core/share.h"

enum { SECOND_US = 1000000, MOST_US = 30000000, PEOPLE = 4 };

static const struct rate_limit limit = {.per_s = 2000, .burst = 2000};

static struct shared_rate shared;
static struct share shares[PEOPLE];

static void begin(void)
{
    shared_rate_init(&shared);
    for (int i = 0; i < PEOPLE; i++)
        share_init(&shares[i]);
}

TestSuite(share, .init = begin);

static int spend(int who, int count, int64_t now_us)
{
    int spent = 0;
    for (int i = 0; i < count; i++)
        spent += share_spend(&shared, &shares[who], limit, now_us);
    return spent;
}

/* Each of so many asks for `wants` a millisecond, for so many seconds; how much each has got. */
static void flood(int people, const int wants[PEOPLE], int64_t from_us, int seconds, int got_r[PEOPLE])
{
    for (int i = 0; i < PEOPLE; i++)
        got_r[i] = 0;
    for (int64_t now_us = from_us; now_us < from_us + seconds * (int64_t)SECOND_US; now_us += 1000) {
        for (int i = 0; i < people; i++)
            got_r[i] += spend(i, wants[i], now_us);
    }
}

Test(share, gives_one_alone_all_that_there_is)
{
    int got[PEOPLE];
    cr_assert_eq(spend(0, 4000, 0), 2000 + 1000, "the burst, and what his part holds");
    flood(1, (int[PEOPLE]){10}, 1000, 10, got);
    cr_assert(got[0] > 19500 && got[0] <= 20200, "%d", got[0]);
}

Test(share, gives_those_who_want_much_as_much_each)
{
    int got[PEOPLE];
    flood(3, (int[PEOPLE]){10, 3, 3}, 0, 10, got);
    int all = got[0] + got[1] + got[2];
    cr_assert(all > 19500 && all < 20000 + 3 * 2000, "%d", all);
    flood(3, (int[PEOPLE]){10, 3, 3}, 10 * SECOND_US, 10, got);
    for (int i = 0; i < 3; i++)
        cr_assert(got[i] > 6000 && got[i] < 7400, "%d: %d", i, got[i]);
}

Test(share, refuses_nothing_to_who_wants_little)
{
    int got[PEOPLE];
    flood(2, (int[PEOPLE]){5, 5}, 0, 3, got);
    for (int64_t now_us = 3 * (int64_t)SECOND_US; now_us < 8 * (int64_t)SECOND_US; now_us += 50000) {
        flood(2, (int[PEOPLE]){5, 5}, now_us, 0, got);
        spend(0, 250, now_us);
        spend(1, 250, now_us);
        cr_assert_eq(spend(2, 1, now_us), 1, "at %lld", (long long)now_us);
    }
}

Test(share, does_not_owe_more_than_two_seconds)
{
    for (int i = 0; i < PEOPLE; i++)
        spend(i, 3000, 0);
    cr_assert_leq(shared.whole.spent_us, 2 * SECOND_US);
}

Test(share, promises_each_a_moment_that_nobody_else_takes)
{
    enum { COMMANDS = 50 };
    int64_t due_us[PEOPLE][COMMANDS];
    for (int i = 0; i < PEOPLE; i++)
        spend(i, 3000, 0);
    for (int who = 0; who < PEOPLE; who++) {
        for (int i = 0; i < COMMANDS; i++)
            due_us[who][i] = share_promise(&shared, &shares[who], limit, MOST_US, 0);
    }
    for (int i = 0; i < COMMANDS; i++) {
        for (int who = 0; who < PEOPLE; who++)
            cr_assert(due_us[who][i] > 0 && (i == 0 || due_us[who][i] > due_us[who][i - 1]));
    }
    /* Those of the last two; the first two take all that they can get meanwhile. */
    for (int64_t now_us = 0; now_us <= due_us[PEOPLE - 1][COMMANDS - 1]; now_us += 500) {
        for (int who = 2; who < PEOPLE; who++) {
            for (int i = 0; i < COMMANDS; i++) {
                if (due_us[who][i] > now_us - 500 && due_us[who][i] <= now_us)
                    cr_assert(share_spend(&shared, &shares[who], limit, now_us), "%d %d", who, i);
            }
        }
        spend(0, 10, now_us);
        spend(1, 10, now_us);
    }
}

Test(share, takes_back_what_was_taken_out_for_nothing)
{
    cr_assert_eq(spend(0, 2000, 0), 2000);
    for (int i = 0; i < 1000; i++) {
        share_give_back(&shared, &shares[0], limit, 0);
        cr_assert(share_spend(&shared, &shares[0], limit, 0));
    }
    cr_assert_eq(spend(0, 2000, 0), 1000, "his part is as it was");
}
