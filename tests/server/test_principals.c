#include <criterion/criterion.h>
#include <stdio.h>

#include "app/hub/private.h"
#include "app/session/sessions_private.h"
#include "protocol/limits.h"
#include "support/builders.h"
#include "support/team.h"

/* What somebody may do over all his connections to one server. */

static struct client screens[LIMIT_CONNECTIONS_OF_PERSON + 1];

TestSuite(principals, .init = team_begin, .fini = team_end);

static void fill(void)
{
    for (size_t i = 0; i < LIMIT_CONNECTIONS_OF_PERSON; i++) {
        join_as(&screens[i], "ana", "agent");
        cr_assert_eq(screens[i].closed, CLOSE_NONE);
    }
}

/* Gives so many commands at once and returns how many were refused `too_fast`. */
static int give(struct client *client, int count)
{
    int refused = 0;
    for (int i = 0; i < count; i++) {
        const struct wire_message *answer = team_do(client, (struct wire_command){.action = "resume_bot"});
        cr_assert_str_eq(answer->outcome, "refused");
        refused += strcmp(answer->reason, "too_fast") == 0;
    }
    return refused;
}

Test(principals, have_so_many_connections_of_which_the_oldest_stay)
{
    struct client *late = &screens[LIMIT_CONNECTIONS_OF_PERSON];
    fill();
    join_as(late, "ana", "agent");
    cr_assert_eq(late->closed, CLOSE_TOO_MANY_CONNECTIONS);
    for (size_t i = 0; i < LIMIT_CONNECTIONS_OF_PERSON; i++)
        cr_assert_eq(screens[i].closed, CLOSE_NONE);
    client_leave(&screens[3]);
    join_as(late, "ana", "agent");
    cr_assert_eq(late->closed, CLOSE_NONE);
}

Test(principals, are_told_apart_by_workspace_role_and_id)
{
    struct client others[3] = {0};
    fill();
    join_in("elsewhere", &others[0], "ana", "agent");
    join_as(&others[1], "anab", "agent");
    join_as(&others[2], "ana", "supervisor");
    for (size_t i = 0; i < ARRAY_COUNT(others); i++) {
        cr_assert_eq(others[i].closed, CLOSE_NONE, "%zu", i);
        client_finish(&others[i]);
    }
}

Test(principals, command_at_a_rate_over_all_their_connections)
{
    fill();
    cr_assert_eq(give(&screens[0], 60), 0);
    cr_assert_eq(give(&screens[1], 60), 20);
    wait_ms(1000);
    cr_assert_eq(give(&screens[2], 30), 10);
    team_join(&team.bea);
    cr_assert_eq(give(&team.bea, 60), 0);
    cr_assert_eq(screens[0].closed, CLOSE_NONE);
}

Test(principals, gain_nothing_by_coming_back)
{
    join_as(&screens[0], "ana", "agent");
    cr_assert_eq(give(&screens[0], 100), 0);
    client_leave(&screens[0]);
    join_as(&screens[1], "ana", "agent");
    cr_assert_eq(give(&screens[1], 2), 2);
}

Test(principals, are_forgotten_when_there_is_nothing_left_to_remember)
{
    join_as(&screens[0], "ana", "agent");
    give(&screens[0], 100);
    client_leave(&screens[0]);
    wait_ms(4900);
    cr_assert_eq(team.server.hub->sessions->principals.count, 1);
    wait_ms(200);
    cr_assert_eq(team.server.hub->sessions->principals.count, 0);
    join_as(&screens[1], "bea", "agent");
    client_leave(&screens[1]);
    wait_ms(200);
    cr_assert_eq(team.server.hub->sessions->principals.count, 0, "a sign-in is soon forgotten");
}

Test(principals, that_are_programs_are_much_faster)
{
    team_join(&team.bot);
    cr_assert_eq(give(&team.bot, 2 * LIMIT_PERSON_COMMANDS_BURST), 0);
}

Test(principals, refused_too_fast_may_send_the_same_again)
{
    join_as(&screens[0], "ana", "agent");
    give(&screens[0], 100);
    struct wire_command command = {
        .id = command_id_next(), .action = "send_message", .body = "hi", .channel = "whatsapp"};
    const struct wire_message *answer = team_do(&screens[0], command);
    cr_assert_str_eq(answer->reason, "too_fast");
    cr_assert_eq(answer->retry_ms, 50);
    wait_ms(50);
    cr_assert_str_eq(team_do(&screens[0], command)->outcome, "done");
}

/* Three hundred at once, from a client that keeps to what it is told, in the given order. */
Test(principals, who_come_again_when_they_are_told_to_are_refused_once_at_most)
{
    enum { COMMANDS = 300 };
    static struct wire_command commands[COMMANDS];
    static int64_t due_ms[COMMANDS];
    int64_t now_ms = 0;
    join_as(&screens[0], "ana", "agent");
    for (int i = 0; i < COMMANDS; i++) {
        commands[i] = (struct wire_command){.id = command_id_next(), .action = "resume_bot"};
        const struct wire_message *answer = team_do(&screens[0], commands[i]);
        due_ms[i] = strcmp(answer->reason, "too_fast") == 0 ? answer->retry_ms : 0;
        cr_assert_eq(due_ms[i], i < 100 ? 0 : (i - 99) * 50, "%d: %lld", i, (long long)due_ms[i]);
    }
    for (int i = 100; i < COMMANDS; i++) {
        wait_ms(due_ms[i] - now_ms);
        now_ms = due_ms[i];
        cr_assert_str_eq(team_do(&screens[0], commands[i])->reason, "unknown_conversation", "%d", i);
    }
}

static int give_in_vain(struct client *client, const char *reason, int count)
{
    int64_t retry_ms = 0;
    for (int i = 0; i < count; i++) {
        const struct wire_message *answer = team_do(client, (struct wire_command){.action = "resume_bot"});
        cr_assert_str_eq(answer->reason, reason);
        cr_assert(retry_ms == 0 || answer->retry_ms == retry_ms, "his commands stay in order");
        retry_ms = answer->retry_ms;
    }
    return (int)retry_ms;
}

Test(principals, pay_nothing_for_what_was_refused_for_a_while)
{
    join_as(&screens[0], "ana", "agent");
    join_as(&screens[1], "bea", "agent");
    store_memory_down(team.server.store);
    settle();
    int ana_ms = give_in_vain(&screens[0], "unavailable", 300);
    int bea_ms = give_in_vain(&screens[1], "unavailable", 1);
    cr_assert(ana_ms >= LIMIT_RETRY_UNAVAILABLE_MS && ana_ms < 2 * LIMIT_RETRY_UNAVAILABLE_MS, "%d", ana_ms);
    cr_assert_neq(ana_ms, bea_ms, "a crowd comes back spread");
    store_memory_up(team.server.store);
    settle();
    cr_assert_eq(give(&screens[0], 101), 1);
}

/* A program that has so many commands under way at any moment, as fast as it is let, for some seconds. */
Test(principals, that_keep_to_what_they_are_told_are_not_closed_for_their_frames)
{
    enum { HANDS = 8, SECONDS = 4 };
    struct wire_command commands[HANDS] = {0};
    int64_t due_ms[HANDS] = {0};
    int carried_out = 0;
    team_join(&team.bot);
    for (int64_t now_ms = 0; now_ms < SECONDS * INT64_C(1000); now_ms++, wait_ms(1)) {
        for (int hand = 0; hand < HANDS && team.bot.session != NULL; hand++) {
            if (due_ms[hand] == 0)
                commands[hand] = (struct wire_command){.id = command_id_next(), .action = "resume_bot"};
            if (due_ms[hand] > now_ms)
                continue;
            const struct wire_message *answer = team_do(&team.bot, commands[hand]);
            due_ms[hand] = answer->retry_ms == 0 ? 0 : now_ms + answer->retry_ms;
            carried_out += answer->retry_ms == 0;
        }
        cr_assert_eq(team.bot.closed, CLOSE_NONE, "after %lld ms", (long long)now_ms);
    }
    cr_assert_geq(carried_out, SECONDS * LIMIT_PROGRAM_COMMANDS_PER_S);
}

/* Says something of so many bytes at once; true where it was not refused `too_fast`. The command's frame is a
 * little longer. */
static bool say(size_t bytes)
{
    static char body[LIMIT_BODY_BYTES + 1];
    memset(body, 'x', bytes);
    body[bytes] = '\0';
    const struct wire_message *answer = team_do(
        &team.ana, (struct wire_command){.action = "send_message", .channel = "whatsapp", .body = body});
    return strcmp(answer->reason, "too_fast") != 0;
}

static int say_as_often_as_may_be(size_t bytes)
{
    int said = 0;
    while (said < 1000 && say(bytes))
        said++;
    return said;
}

Test(principals, pay_for_a_long_command_as_for_several)
{
    enum { LONG = LIMIT_COMMAND_BYTES + 10 * LIMIT_COMMAND_MORE_BYTES - 1000 };
    team_join(&team.ana);
    cr_assert_eq(say_as_often_as_may_be(LONG), 10, "eleven of a hundred each, and the last is owed in part");
    wait_ms(400);
    cr_assert_not(say(10), "what was owed has been paid, and no more");
    wait_ms(200);
    cr_assert(say(10));
}

Test(principals, pay_for_a_short_one_as_for_one)
{
    team_join(&team.ana);
    cr_assert_eq(say_as_often_as_may_be(LIMIT_COMMAND_BYTES - 1000), LIMIT_PERSON_COMMANDS_BURST);
}

Test(principals, pay_nothing_for_a_long_one_that_was_refused_for_a_while)
{
    team_join(&team.ana);
    store_memory_down(team.server.store);
    for (int i = 0; i < 30; i++)
        cr_assert(say(LIMIT_BODY_BYTES));
    store_memory_up(team.server.store);
    settle();
    cr_assert_eq(say_as_often_as_may_be(LIMIT_COMMAND_BYTES - 1000), LIMIT_PERSON_COMMANDS_BURST);
}
