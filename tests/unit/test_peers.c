#include <criterion/criterion.h>

#include "app/node/peers.h"
#include "protocol/limits.h"
#include "support/leak.h"

static struct peers peers;
static struct alarms alarms;
static uint64_t lost[LIMIT_NODES]; /* the numbers of those that have fallen silent, in that order */
static size_t lost_count;

static void lose(struct peers *of, uint64_t number)
{
    cr_assert_eq(of, &peers);
    lost[lost_count++] = number;
}

static void begin(void)
{
    alarms_init(&alarms);
    peers_init(&peers, &alarms, lose, NULL);
}

static void end(void)
{
    peers_finish(&peers);
    alarms_finish(&alarms);
    assert_no_leak();
}

TestSuite(peers, .init = begin, .fini = end);

Test(peers, one_that_is_silent_for_long_enough_has_gone_once)
{
    cr_assert(peers_hear(&peers, 7, 1000));
    cr_assert_eq(alarms_first_ms(&alarms), 1000 + LIMIT_NODE_SILENT_MS);
    alarms_ring(&alarms, 1000 + LIMIT_NODE_SILENT_MS - 1);
    cr_assert_eq(lost_count, 0);
    alarms_ring(&alarms, 1000 + LIMIT_NODE_SILENT_MS);
    cr_assert_eq(lost_count, 1);
    cr_assert_eq(lost[0], 7);
    alarms_ring(&alarms, 1000 + LIMIT_NODE_SILENT_MS);
    cr_assert_eq(lost_count, 1);
    cr_assert_eq(alarms_first_ms(&alarms), INT64_MAX);
}

Test(peers, whatever_one_says_shows_that_it_is_there)
{
    cr_assert(peers_hear(&peers, 7, 0));
    cr_assert(peers_hear(&peers, 8, 0));
    cr_assert(peers_hear(&peers, 7, 5000));
    alarms_ring(&alarms, LIMIT_NODE_SILENT_MS);
    cr_assert_eq(lost_count, 1);
    cr_assert_eq(lost[0], 8);
    alarms_ring(&alarms, LIMIT_NODE_SILENT_MS + 5000);
    cr_assert_eq(lost_count, 2);
    cr_assert_eq(lost[1], 7);
}

Test(peers, one_that_has_gone_may_come_back)
{
    cr_assert(peers_hear(&peers, 7, 0));
    alarms_ring(&alarms, LIMIT_NODE_SILENT_MS);
    cr_assert_eq(lost_count, 1);
    cr_assert(peers_hear(&peers, 7, LIMIT_NODE_SILENT_MS));
    cr_assert_eq(peers.count, 1);
}

Test(peers, so_many_are_noted_and_no_more)
{
    for (uint64_t i = 1; i <= LIMIT_NODES; i++)
        cr_assert(peers_hear(&peers, i, (int64_t)i));
    cr_assert_not(peers_hear(&peers, LIMIT_NODES + 1, 1000));
    cr_assert_eq(peers.count, LIMIT_NODES);
    cr_assert(peers_hear(&peers, 1, 1000)); /* who is known is heard all the same */
    cr_assert_eq(alarms_first_ms(&alarms), 2 + LIMIT_NODE_SILENT_MS);
    alarms_ring(&alarms, 2 + LIMIT_NODE_SILENT_MS);
    cr_assert_eq(lost_count, 1);
    cr_assert(peers_hear(&peers, LIMIT_NODES + 1, 2000));
    cr_assert_eq(peers.count, LIMIT_NODES);
}
