#include <criterion/criterion.h>
#include <stdio.h>

#include "app/hub_private.h"
#include "protocol/limits.h"
#include "support/builders.h"
#include "support/house.h"
#include "support/leak.h"

/* What somebody may do over all his connections to one server. */

static struct house house;
static struct wire_frame frame;
static struct peer screens[LIMIT_CONNECTIONS_OF_PERSON + 1];

static void begin(void)
{
    house_init(&house);
}

static void end(void)
{
    for (size_t i = 0; i < ARRAY_COUNT(screens); i++)
        peer_finish(&screens[i]);
    house_finish(&house);
    assert_no_leak();
}

TestSuite(principals, .init = begin, .fini = end);

static void connect_with(struct peer *peer, const char *workspace, const char *id, const char *role)
{
    peer_connect(peer, &house.node);
    wire_hello(&frame, peer_token(workspace, id, role, 0), NULL, -1);
    peer_send(peer, &frame);
    node_settle(&house.node);
}

static void fill(void)
{
    for (size_t i = 0; i < LIMIT_CONNECTIONS_OF_PERSON; i++) {
        connect_with(&screens[i], HOUSE_WORKSPACE, "ana", "agent");
        cr_assert_eq(screens[i].closed, CLOSE_NONE);
    }
}

/* Gives so many commands at once and returns how many were refused `too_fast`. */
static int give(struct peer *peer, int count)
{
    int refused = 0;
    for (int i = 0; i < count; i++) {
        const struct wire_message *answer = house_do(peer, (struct wire_command){.action = "resume_bot"});
        cr_assert_str_eq(answer->outcome, "refused");
        refused += strcmp(answer->reason, "too_fast") == 0;
    }
    return refused;
}

Test(principals, have_so_many_connections_of_which_the_oldest_stay)
{
    struct peer *late = &screens[LIMIT_CONNECTIONS_OF_PERSON];
    fill();
    connect_with(late, HOUSE_WORKSPACE, "ana", "agent");
    cr_assert_eq(late->closed, CLOSE_TOO_MANY_CONNECTIONS);
    for (size_t i = 0; i < LIMIT_CONNECTIONS_OF_PERSON; i++)
        cr_assert_eq(screens[i].closed, CLOSE_NONE);
    peer_leave(&screens[3]);
    connect_with(late, HOUSE_WORKSPACE, "ana", "agent");
    cr_assert_eq(late->closed, CLOSE_NONE);
}

Test(principals, are_told_apart_by_workspace_role_and_id)
{
    struct peer others[3] = {0};
    fill();
    connect_with(&others[0], "elsewhere", "ana", "agent");
    connect_with(&others[1], HOUSE_WORKSPACE, "anab", "agent");
    connect_with(&others[2], HOUSE_WORKSPACE, "ana", "supervisor");
    for (size_t i = 0; i < ARRAY_COUNT(others); i++) {
        cr_assert_eq(others[i].closed, CLOSE_NONE, "%zu", i);
        peer_finish(&others[i]);
    }
}

Test(principals, command_at_a_rate_over_all_their_connections)
{
    fill();
    cr_assert_eq(give(&screens[0], 60), 0);
    cr_assert_eq(give(&screens[1], 60), 20);
    node_wait(&house.node, 1000);
    cr_assert_eq(give(&screens[2], 30), 10);
    house_join(&house, &house.bea);
    cr_assert_eq(give(&house.bea, 60), 0);
    cr_assert_eq(screens[0].closed, CLOSE_NONE);
}

Test(principals, gain_nothing_by_coming_back)
{
    connect_with(&screens[0], HOUSE_WORKSPACE, "ana", "agent");
    cr_assert_eq(give(&screens[0], 100), 0);
    peer_leave(&screens[0]);
    connect_with(&screens[1], HOUSE_WORKSPACE, "ana", "agent");
    cr_assert_eq(give(&screens[1], 2), 2);
}

Test(principals, are_forgotten_when_there_is_nothing_left_to_remember)
{
    connect_with(&screens[0], HOUSE_WORKSPACE, "ana", "agent");
    give(&screens[0], 100);
    peer_leave(&screens[0]);
    node_wait(&house.node, 4900);
    cr_assert_eq(house.node.hub->principals.count, 1);
    node_wait(&house.node, 200);
    cr_assert_eq(house.node.hub->principals.count, 0);
    connect_with(&screens[1], HOUSE_WORKSPACE, "bea", "agent");
    peer_leave(&screens[1]);
    cr_assert_eq(house.node.hub->principals.count, 0);
}

Test(principals, that_are_programs_are_much_faster)
{
    house_join(&house, &house.bot);
    cr_assert_eq(give(&house.bot, 2 * LIMIT_PERSON_COMMANDS_BURST), 0);
}

Test(principals, refused_too_fast_may_send_the_same_again)
{
    connect_with(&screens[0], HOUSE_WORKSPACE, "ana", "agent");
    give(&screens[0], 100);
    struct wire_command command = {
        .id = command_id_next(), .action = "send_message", .body = "hi", .channel = "whatsapp"};
    cr_assert_str_eq(house_do(&screens[0], command)->reason, "too_fast");
    node_wait(&house.node, 50);
    cr_assert_str_eq(house_do(&screens[0], command)->outcome, "done");
}
