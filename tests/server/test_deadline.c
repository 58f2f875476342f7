#include <criterion/criterion.h>

#include "app/hub/private.h"
#include "support/team.h"

/* By when the hub has to be called again. */

static struct hub *hub;

static void begin(void)
{
    team_begin();
    hub = team.server.hub;
    server_settle(&team.server);
}

TestSuite(deadline, .init = begin, .fini = team_end);

static void ring_nothing(struct alarm *alarm)
{
    (void)alarm;
}

static void run_nothing(struct work *work)
{
    (void)work;
}

/* Nothing of the hub's own is left to be done at any time. */
static void quieten(void)
{
    struct deadline *first;
    while ((first = deadlines_first(&hub->node.alarms.waiting)) != NULL)
        alarms_remove(&hub->node.alarms, CONTAINER_OF(first, struct alarm, deadline));
}

Test(deadline, there_is_none_where_nothing_is_to_be_done)
{
    quieten();
    cr_assert_eq(hub_deadline_us(hub), INT64_MAX);
}

Test(deadline, is_the_first_alarm_whichever_it_is)
{
    struct alarm alarm;
    alarm_init(&alarm, ring_nothing);
    for (int64_t in_ms = 0; in_ms < 60 * 1000; in_ms += 77) {
        alarms_set(&hub->node.alarms, &alarm, node_mono_ms(&hub->node) + in_ms);
        cr_assert_eq(hub_deadline_us(hub), alarms_first_ms(&hub->node.alarms) * 1000);
        cr_assert_leq(hub_deadline_us(hub), (node_mono_ms(&hub->node) + in_ms) * 1000);
    }
    alarms_remove(&hub->node.alarms, &alarm);
}

Test(deadline, is_when_the_databases_clock_shows_what_was_set_by_it)
{
    struct alarm alarm;
    quieten();
    alarm_init(&alarm, ring_nothing);
    alarms_set(&hub->node.database_alarms, &alarm, node_now_ms(&hub->node) + 5000);
    cr_assert_eq(hub_deadline_us(hub), clock_mono_us(&hub->node.clock, node_now_ms(&hub->node) + 5000));
    hub->node.store_is_stuck = true;
    cr_assert_eq(hub_deadline_us(hub), INT64_MAX, "by whose clock nothing rings while it commits nothing");
    hub->node.store_is_stuck = false;
    alarms_remove(&hub->node.database_alarms, &alarm);
}

Test(deadline, is_now_where_there_is_work)
{
    struct work work;
    quieten();
    for (int kind = 0; kind < WORK_COUNT; kind++) {
        work_init(&work, (enum work_kind)kind, run_nothing);
        worklist_add(&hub->node.worklist, &work);
        cr_assert_eq(hub_deadline_us(hub), hub->node.now.mono_us);
        hub_work(hub);
        cr_assert_eq(hub_deadline_us(hub), INT64_MAX);
    }
}

/* Whatever has been going on, and however it ends. */
Test(deadline, what_is_due_is_done_by_one_turn_and_is_due_no_more)
{
    team_join(&team.ana);
    team_join(&team.contact);
    team_do(&team.contact,
            (struct wire_command){.action = "contact_message", .conversation = "c1", .body = "hello"});
    for (int i = 0; i < 200; i++) {
        int64_t next_us = hub_deadline_us(hub);
        cr_assert_lt(next_us, INT64_MAX);
        cr_assert_gt(next_us, hub->node.now.mono_us, "nothing is left over from the turn before");
        cr_assert_leq(next_us, alarms_first_ms(&hub->node.alarms) * 1000);
        server_wait(&team.server, (next_us - hub->node.now.mono_us) / 1000 + 1);
    }
}
