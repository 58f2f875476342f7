#include <criterion/criterion.h>

#include "app/hub/poll.h"
#include "support/leak.h"

enum { PERIOD_MS = 100 };

static struct alarms alarms;
static struct poll poll;
static int64_t now_ms;
static int asked;
static bool has_something; /* to ask for */

static bool ask(struct poll *of)
{
    poll_set_next(of, now_ms + PERIOD_MS);
    asked += has_something;
    return has_something;
}

static void begin(void)
{
    alarms_init(&alarms);
    poll_init(&poll, &alarms, ask);
    has_something = true;
}

static void end(void)
{
    alarms_finish(&alarms);
    assert_no_leak();
}

TestSuite(poll, .init = begin, .fini = end);

static void pass(int64_t ms)
{
    for (; ms > 0; ms--) {
        now_ms++;
        alarms_ring(&alarms, now_ms);
    }
}

Test(poll, asks_only_while_it_is_on)
{
    pass(1000);
    cr_assert_eq(asked, 0);
    poll_start(&poll);
    pass(1);
    cr_assert_eq(asked, 1);
    poll_done(&poll);
    poll_stop(&poll);
    pass(1000);
    cr_assert_eq(asked, 1);
    cr_assert_eq(alarms_first_ms(&alarms), INT64_MAX);
}

Test(poll, asks_again_a_period_later)
{
    poll_start(&poll);
    pass(1);
    poll_done(&poll);
    pass(PERIOD_MS - 1);
    cr_assert_eq(asked, 1);
    pass(1);
    cr_assert_eq(asked, 2);
}

Test(poll, asks_once_at_a_time_and_at_once_when_an_answer_is_late)
{
    poll_start(&poll);
    pass(10 * PERIOD_MS);
    cr_assert_eq(asked, 1);
    cr_assert(poll.is_asking);
    poll_done(&poll);
    pass(1);
    cr_assert_eq(asked, 2);
}

Test(poll, that_is_to_ask_earlier_does_so_when_it_has_been_answered)
{
    poll_start(&poll);
    pass(1);
    poll_set_next(&poll, now_ms);
    pass(10);
    cr_assert_eq(asked, 1);
    poll_done(&poll);
    pass(1);
    cr_assert_eq(asked, 2);
}

Test(poll, with_nothing_to_ask_looks_again_a_period_later)
{
    has_something = false;
    poll_start(&poll);
    pass(1);
    cr_assert_not(poll.is_asking);
    has_something = true;
    pass(PERIOD_MS - 1);
    cr_assert_eq(asked, 0);
    pass(1);
    cr_assert_eq(asked, 1);
}

Test(poll, that_was_stopped_while_it_asked_goes_on_when_it_is_started)
{
    poll_start(&poll);
    pass(1);
    poll_stop(&poll);
    poll_done(&poll);
    pass(1000);
    cr_assert_eq(asked, 1);
    poll_start(&poll);
    pass(1);
    cr_assert_eq(asked, 2);
}
