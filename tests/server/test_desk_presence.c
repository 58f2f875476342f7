#include <criterion/criterion.h>
#include <stdio.h>

#include "protocol/limits.h"
#include "support/builders.h"
#include "support/team.h"

/* Dashboards see who is online, what they have in front of them and who types, at this node and at others;
 * and whoever goes, or falls silent, is gone. */

enum { CROWD = 200 };

static struct server second;
static struct client guest; /* at the second node, as carla */
static struct wire_frame frame;

static void begin(void)
{
    team_begin();
    team_join(&team.ana);
    team_join(&team.bea);
}

static void end(void)
{
    client_leave(&guest);
    if (second.hub != NULL)
        server_stop(&second);
    team_end();
}

TestSuite(desk_presence, .init = begin, .fini = end);

/* Both nodes live through it, a little at a time. */
static void pass(int64_t ms)
{
    for (int64_t passed = 0; passed < ms; passed += 50) {
        if (team.server.hub != NULL)
            wait_ms(50);
        if (second.hub != NULL)
            server_settle(&second);
    }
}

/* As long as what changes may be gathered, here and there. */
static void gather(void)
{
    pass(3 * LIMIT_PRESENCE_GATHER_MS);
}

static void say(struct client *client, const char *conversation, bool is_typing)
{
    wire_presence(&frame, conversation, is_typing);
    client_send(client, &frame);
    gather();
}

static void guest_joins_second(void)
{
    begin_second(&second, 5);
    join_second(&second, &guest, "carla", "agent");
    gather();
}

static void expect_look(const struct client *client, const char *agent, const char *expected)
{
    cr_assert_str_eq(wire_follow_look(&client->wire.follow, agent), expected);
}

Test(desk_presence, everybody_sees_who_is_online_and_themselves)
{
    gather();
    expect_look(&team.ana, "ana", "o");
    expect_look(&team.ana, "bea", "o");
    expect_look(&team.bea, "ana", "o");
    expect_look(&team.bea, "sol", "-");
}

Test(desk_presence, everybody_sees_what_somebody_has_in_front_and_that_she_types)
{
    say(&team.ana, "c1", false);
    expect_look(&team.bea, "ana", "v c1");
    say(&team.ana, "c1", true);
    expect_look(&team.bea, "ana", "t c1");
    say(&team.ana, NULL, false);
    expect_look(&team.bea, "ana", "o");
}

Test(desk_presence, typing_is_forgotten_unless_it_is_said_again)
{
    say(&team.ana, "c1", true);
    pass(LIMIT_TYPING_MS / 2);
    say(&team.ana, "c1", true);
    pass(LIMIT_TYPING_MS / 2);
    expect_look(&team.bea, "ana", "t c1");
    pass(LIMIT_TYPING_MS);
    expect_look(&team.bea, "ana", "v c1");
}

Test(desk_presence, who_leaves_is_gone_at_once)
{
    gather();
    client_leave(&team.ana);
    gather();
    expect_look(&team.bea, "ana", "-");
}

Test(desk_presence, who_leaves_one_of_two_places_is_still_in_the_other)
{
    join_as(&guest, "ana", "agent");
    say(&guest, "c2", false);
    say(&team.ana, "c1", false);
    expect_look(&team.bea, "ana", "v c1");
    client_leave(&team.ana);
    gather();
    expect_look(&team.bea, "ana", "v c2");
}

Test(desk_presence, who_comes_sees_who_is_there)
{
    say(&team.ana, "c1", false);
    team_join(&team.sol);
    gather();
    expect_look(&team.sol, "ana", "v c1");
    expect_look(&team.sol, "bea", "o");
    expect_look(&team.sol, "sol", "o");
}

Test(desk_presence, is_for_dashboards)
{
    team_join(&team.bot);
    gather();
    cr_assert_eq(team.bot.wire.follow.presence_frames, 0);
    expect_look(&team.ana, "bot", "-");
    wire_presence(&frame, "c1", false);
    client_send(&team.bot, &frame);
    settle();
    cr_assert_eq(team.bot.closed, CLOSE_BAD_FRAME);
}

Test(desk_presence, a_crowd_that_comes_at_once_costs_each_dashboard_few_frames)
{
    static struct client crowd[CROWD];
    char id[16];
    for (int i = 0; i < CROWD; i++) {
        snprintf(id, sizeof(id), "agent-%d", i);
        join_as(&crowd[i], id, "agent");
        if (i % 10 == 0)
            wait_ms(1);
    }
    pass(5000);
    snprintf(id, sizeof(id), "agent-%d", CROWD - 1);
    expect_look(&team.ana, "agent-0", "o");
    expect_look(&team.ana, id, "o");
    cr_assert_eq(team.ana.wire.follow.people_count, CROWD + 2);
    cr_assert_leq(team.ana.wire.follow.presence_frames, 12);
    for (int i = 0; i < CROWD; i++) {
        cr_assert_leq(crowd[i].wire.follow.presence_frames, 12);
        expect_look(&crowd[i], "agent-7", "o");
        client_finish(&crowd[i]);
    }
    pass(5000);
    expect_look(&team.ana, "agent-0", "-");
    cr_assert_leq(team.ana.wire.follow.presence_frames, 24);
}

/* Several nodes. */

Test(desk_presence, people_at_one_node_are_seen_at_the_other)
{
    guest_joins_second();
    say(&guest, "c1", true);
    expect_look(&team.ana, "carla", "t c1");
    expect_look(&guest, "ana", "o");
    pass(LIMIT_TYPING_MS);
    expect_look(&team.ana, "carla", "v c1");
    client_leave(&guest);
    gather();
    expect_look(&team.ana, "carla", "-");
}

Test(desk_presence, a_desk_that_is_loaded_asks_who_is_elsewhere)
{
    say(&team.ana, "c1", false);
    pass(5000); /* nobody would tell again soon */
    guest_joins_second();
    expect_look(&guest, "ana", "v c1");
    expect_look(&guest, "bea", "o");
}

Test(desk_presence, who_was_at_a_node_that_died_is_gone_when_it_has_been_silent_for_long_enough)
{
    guest_joins_second();
    expect_look(&team.ana, "carla", "o");
    server_kill(&second);
    pass(LIMIT_NODE_SILENT_MS - LIMIT_NODE_BEAT_MS - 1000);
    expect_look(&team.ana, "carla", "o");
    pass(LIMIT_NODE_BEAT_MS + 2000);
    expect_look(&team.ana, "carla", "-");
}

Test(desk_presence, nobody_is_taken_for_gone_who_is_merely_quiet)
{
    guest_joins_second();
    pass(3 * LIMIT_NODE_SILENT_MS);
    expect_look(&team.ana, "carla", "o");
    expect_look(&guest, "ana", "o");
}

Test(desk_presence, who_has_moved_to_another_node_stays_when_the_first_falls_silent)
{
    guest_joins_second();
    say(&guest, "c1", false);
    server_kill(&second);
    join_as(&guest, "carla", "agent");
    say(&guest, "c2", false);
    pass(LIMIT_NODE_SILENT_MS + 1000);
    expect_look(&team.ana, "carla", "v c2");
}

Test(desk_presence, what_was_not_heard_is_told_again_in_a_while)
{
    guest_joins_second();
    store_memory_arm(team.server.store, STORE_MEMORY_LOSE_HINTS);
    say(&guest, "c1", false);
    expect_look(&team.ana, "carla", "o");
    pass(LIMIT_PRESENCE_REFRESH_MS);
    expect_look(&team.ana, "carla", "v c1");
}

Test(desk_presence, a_farewell_that_was_not_heard_does_not_keep_anybody_for_ever)
{
    guest_joins_second();
    join_second(&second, &team.sol, "sol", "agent"); /* who stays there, so that the node goes on */
    gather();
    store_memory_arm(team.server.store, STORE_MEMORY_LOSE_HINTS);
    client_leave(&guest);
    gather();
    expect_look(&team.ana, "carla", "o");
    pass(3 * LIMIT_PRESENCE_REFRESH_MS);
    expect_look(&team.ana, "carla", "-");
    expect_look(&team.ana, "sol", "o");
}

Test(desk_presence, all_is_told_and_asked_as_soon_as_nodes_hear_each_other_again)
{
    guest_joins_second();
    pass(5000);
    store_memory_down(second.store);
    pass(LIMIT_NODE_SILENT_MS + 1000);
    expect_look(&team.ana, "carla", "-");
    say(&team.ana, "c1", false);
    store_memory_up(second.store);
    pass(2 * LIMIT_PRESENCE_GATHER_MS + 1000);
    expect_look(&team.ana, "carla", "o");
    expect_look(&guest, "ana", "v c1");
}

/* Anybody who can connect to the database can speak for nodes without end: nobody would notice theirs. */
Test(desk_presence, more_nodes_than_there_may_be_are_not_believed)
{
    enum { NODES = 3 * LIMIT_NODES };
    const struct store_listener *listener = &team.server.store->listener;
    for (int node = 1; node <= NODES; node++) {
        char words[64];
        snprintf(words, sizeof(words), "p\t%x\t600000\to\tghost%d\t", node, node);
        listener->told(listener->context, 1, bytes_of_string(words));
    }
    gather();
    expect_look(&team.ana, "ghost1", "o");
    expect_look(&team.ana, "ghost192", "-");
    pass(LIMIT_NODE_SILENT_MS);
    gather();
    expect_look(&team.ana, "ghost1", "-");
}
