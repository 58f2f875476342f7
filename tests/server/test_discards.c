#include <criterion/criterion.h>
#include <stdio.h>

#include "app/desk/desks_private.h"
#include "app/hub/private.h"
#include "support/builders.h"
#include "support/team.h"

static struct discards discards;
static struct worklist worklist;

static void begin(void)
{
    team_begin();
    worklist_init(&worklist);
    discards_init(&discards, &worklist);
}

static void end(void)
{
    discards_finish(&discards);
    team_end();
}

TestSuite(discards, .init = begin, .fini = end);

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

Test(discards, a_roster_goes_bit_by_bit)
{
    struct roster roster = filled_roster(1000);
    cr_assert(discards_are_gone(&discards));
    discards_add(&discards, &roster);
    cr_assert_eq(roster.rows.count, 0, "it is taken");
    for (int i = 0; i < 10; i++) {
        cr_assert(!discards_are_gone(&discards));
        discards_free_some(&discards, 100);
    }
    discards_free_some(&discards, 100);
    cr_assert(discards_are_gone(&discards));
    discards_free_some(&discards, 100);
}

Test(discards, several_rosters_go_one_after_the_other)
{
    for (int i = 0; i < 3; i++) {
        struct roster roster = filled_roster(10);
        discards_add(&discards, &roster);
    }
    for (int i = 0; i < 3; i++) {
        cr_assert(!discards_are_gone(&discards));
        discards_free_some(&discards, 11);
    }
    cr_assert(discards_are_gone(&discards));
}

Test(discards, what_is_left_of_it_goes_at_the_end)
{
    struct roster roster = filled_roster(100);
    discards_add(&discards, &roster);
    discards_free_some(&discards, 30);
}

Test(discards, a_hub_wants_its_turns_until_all_is_cleared)
{
    struct hub *hub = team.server.hub;
    settle();
    struct roster roster = filled_roster(5000);
    discards_add(&hub->desks->discards, &roster);
    int turns = 0;
    for (; !discards_are_gone(&hub->desks->discards); turns++) {
        cr_assert_leq(hub_deadline_us(hub), hub->node.now.mono_us);
        hub_work(hub);
    }
    cr_assert_gt(turns, 4);
    cr_assert_gt(hub_deadline_us(hub), hub->node.now.mono_us);
}
