#include <criterion/criterion.h>
#include <stdio.h>

#include "app/hub_private.h"
#include "support/builders.h"
#include "support/team.h"

static struct rubble rubble;
static struct worklist worklist;

static void begin(void)
{
    team_begin();
    worklist_init(&worklist);
    rubble_init(&rubble, &worklist);
}

static void end(void)
{
    rubble_finish(&rubble);
    team_end();
}

TestSuite(rubble, .init = begin, .fini = end);

static struct roster filled_roster(int rows)
{
    struct roster roster;
    roster_init(&roster, (struct roster_limits){.back = 10, .completed = 10}, (struct hash_key){{1, 2}});
    roster.seq = rows;
    for (int i = 1; i <= rows; i++) {
        char id[16];
        struct conversation conversation = {.seq = i, .channel = text_create(BYTES("web"))};
        snprintf(id, sizeof(id), "c%d", i);
        conversation_set_words(&conversation, bytes_of_string(id), BYTES("Rosa"), BYTES("hello"));
        roster_load(&roster, &conversation);
    }
    struct text *agent = text_create(BYTES("ana"));
    roster_load_agent(&roster, agent, agent, ROLE_AGENT, 1);
    text_unref(&agent);
    roster_settle(&roster);
    return roster;
}

Test(rubble, a_roster_goes_bit_by_bit)
{
    struct roster roster = filled_roster(1000);
    cr_assert(rubble_is_cleared(&rubble));
    rubble_add(&rubble, &roster);
    cr_assert_eq(roster.rows.count, 0, "it is taken");
    for (int i = 0; i < 10; i++) {
        cr_assert(!rubble_is_cleared(&rubble));
        rubble_clear(&rubble, 100);
    }
    rubble_clear(&rubble, 100);
    cr_assert(rubble_is_cleared(&rubble));
    rubble_clear(&rubble, 100);
}

Test(rubble, several_rosters_go_one_after_the_other)
{
    for (int i = 0; i < 3; i++) {
        struct roster roster = filled_roster(10);
        rubble_add(&rubble, &roster);
    }
    for (int i = 0; i < 3; i++) {
        cr_assert(!rubble_is_cleared(&rubble));
        rubble_clear(&rubble, 11);
    }
    cr_assert(rubble_is_cleared(&rubble));
}

Test(rubble, what_is_left_of_it_goes_at_the_end)
{
    struct roster roster = filled_roster(100);
    rubble_add(&rubble, &roster);
    rubble_clear(&rubble, 30);
}

Test(rubble, a_hub_wants_its_turns_until_all_is_cleared)
{
    struct hub *hub = team.server.hub;
    settle();
    struct roster roster = filled_roster(5000);
    rubble_add(&hub->desks.rubble, &roster);
    int turns = 0;
    for (; !rubble_is_cleared(&hub->desks.rubble); turns++) {
        cr_assert_leq(hub_deadline_us(hub), hub->node.now.mono_us);
        hub_work(hub);
    }
    cr_assert_gt(turns, 4);
    cr_assert_gt(hub_deadline_us(hub), hub->node.now.mono_us);
}
