#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "app/desk/desks_private.h"
#include "app/desk/private.h"
#include "app/hub/private.h"
#include "app/session/sessions_private.h"
#include "protocol/limits.h"
#include "support/builders.h"
#include "support/team.h"

/* What one workspace may take of a node, so that the others have theirs. */

enum { PEERS = 16 };

static struct wire_frame frame;
static struct client clients[PEERS];

TestSuite(quotas, .init = team_begin, .fini = team_end);

/* So many people, each by one connection. */
static void fill(int count)
{
    char id[16];
    for (int i = 0; i < count; i++) {
        snprintf(id, sizeof(id), "p%d", i);
        join_as(&clients[i], id, "agent");
    }
}

static void allow_connections(int64_t connections)
{
    struct quotas quotas = QUOTAS;
    quotas.connections = connections;
    hub_set_quotas(team.server.hub, &quotas);
}

static void allow_commands(int64_t per_s)
{
    struct quotas quotas = QUOTAS;
    quotas.commands_per_s = per_s;
    hub_set_quotas(team.server.hub, &quotas);
}

static uint64_t refused(enum quota quota)
{
    return hub_stats(team.server.hub).quota_refusals[quota];
}

Test(quotas, close_one_connection_more_than_the_workspace_may_have)
{
    allow_connections(3);
    fill(4);
    cr_assert_eq(clients[2].closed, CLOSE_NONE);
    cr_assert_eq(clients[3].closed, CLOSE_TOO_MANY_CONNECTIONS);
    cr_assert_eq(refused(QUOTA_CONNECTIONS), 1);
}

Test(quotas, leave_the_connections_of_other_workspaces_alone)
{
    allow_connections(3);
    fill(3);
    join_in("other", &clients[3], "ana", "agent");
    cr_assert_eq(clients[3].closed, CLOSE_NONE);
}

Test(quotas, make_room_for_a_connection_when_one_goes)
{
    allow_connections(3);
    fill(4);
    client_finish(&clients[3]);
    client_finish(&clients[0]);
    join_as(&clients[0], "zoe", "agent");
    cr_assert_eq(clients[0].closed, CLOSE_NONE);
}

Test(quotas, that_are_lowered_close_nobody_who_is_connected)
{
    fill(3);
    allow_connections(1);
    join_as(&clients[3], "zoe", "agent");
    cr_assert_eq(clients[3].closed, CLOSE_TOO_MANY_CONNECTIONS);
    for (int i = 0; i < 3; i++)
        cr_assert_eq(clients[i].closed, CLOSE_NONE, "%d", i);
    hub_set_quotas(team.server.hub, &QUOTAS);
    join_as(&clients[4], "zoe", "agent");
    cr_assert_eq(clients[4].closed, CLOSE_NONE);
}

/* Gives so many commands at once, and returns how many were refused `too_fast`; and how long the last of
 * those is to wait. */
static int give(struct client *client, int count, int64_t *retry_ms_r)
{
    int refused = 0;
    for (int i = 0; i < count; i++) {
        const struct wire_message *answer = team_do(client, (struct wire_command){.action = "resume_bot"});
        bool is_refused = strcmp(answer->reason, "too_fast") == 0;
        refused += is_refused;
        if (is_refused && retry_ms_r != NULL)
            *retry_ms_r = answer->retry_ms;
    }
    return refused;
}

Test(quotas, refuse_what_a_workspace_commands_too_fast)
{
    allow_commands(50);
    fill(2);
    int refusals = give(&clients[0], 50, NULL) + give(&clients[1], 50, NULL);
    cr_assert(refusals > 0 && refusals < 50, "%d", refusals);
    cr_assert_eq(refused(QUOTA_COMMANDS), (uint64_t)refusals);
    join_in("other", &clients[2], "ana", "agent");
    cr_assert_eq(give(&clients[2], 50, NULL), 0);
}

Test(quotas, take_nothing_for_a_command_that_the_workspace_may_not_give)
{
    allow_commands(50);
    fill(1);
    give(&clients[0], 90, NULL); /* fifty, and half a second's more */
    hub_set_quotas(team.server.hub, &QUOTAS);
    wait_ms(1000);
    int64_t refusals = give(&clients[0], 60, NULL);
    cr_assert(refusals > 0 && refusals <= 20,
              "of his hundred he has spent seventy-five, and earned twenty: %lld", (long long)refusals);
}

Test(quotas, refuse_nobody_who_commands_little_because_others_command_much)
{
    allow_commands(50);
    fill(3);
    for (int i = 0; i < 20; i++) {
        give(&clients[0], 20, NULL);
        give(&clients[1], 20, NULL);
        cr_assert_eq(give(&clients[2], 1, NULL), 0, "%d", i);
        wait_ms(250);
    }
}

/* Both have more than they may, at their own rate and at the workspace's, and keep to what they are told. */
Test(quotas, let_those_come_through_who_come_again_when_they_are_told_to)
{
    enum { PEOPLE = 2, COMMANDS = 150 };
    static struct wire_command commands[PEOPLE][COMMANDS];
    static int64_t due_ms[PEOPLE][COMMANDS];
    allow_commands(30);
    fill(PEOPLE);
    int refusals = 0;
    for (int i = 0; i < COMMANDS; i++) {
        for (int who = 0; who < PEOPLE; who++) {
            commands[who][i] = (struct wire_command){.id = command_id_next(), .action = "resume_bot"};
            const struct wire_message *answer = team_do(&clients[who], commands[who][i]);
            due_ms[who][i] = strcmp(answer->reason, "too_fast") == 0 ? answer->retry_ms : 0;
            cr_assert(due_ms[who][i] == 0 || due_ms[who][i] > 0);
        }
    }
    for (int64_t now_ms = 1; now_ms < 30 * 1000; now_ms++) {
        wait_ms(1);
        for (int i = 0; i < COMMANDS; i++) {
            for (int who = 0; who < PEOPLE; who++) {
                if (due_ms[who][i] != now_ms)
                    continue;
                refusals += strcmp(team_do(&clients[who], commands[who][i])->reason, "too_fast") == 0;
            }
        }
    }
    cr_assert_eq(refusals, 0, "%d", refusals);
}

/* Open conversations. */

static void allow_open(int64_t open)
{
    struct quotas quotas = QUOTAS;
    quotas.open = open;
    hub_set_quotas(team.server.hub, &quotas);
}

static struct wire_command open_command(const char *conversation)
{
    return (struct wire_command){.action = "open", .conversation = conversation, .channel = "whatsapp"};
}

static const char *reason_of(struct client *client, struct wire_command command)
{
    const struct wire_message *answer = team_do(client, command);
    return strcmp(answer->outcome, "refused") == 0 ? answer->reason : answer->outcome;
}

static int64_t open_count(void)
{
    struct desk *desk = map_get(&team.server.hub->desks->all, bytes_of_string(TEAM_WORKSPACE));
    return desk->roster.counts.open;
}

/* "a" and "b" are open, "c" and "off" are not, and "off" has no automation. */
static void fill_workspace(void)
{
    team_join(&team.ana);
    team_join(&team.bot);
    team_join(&team.contact);
    static const char *const names[] = {"a", "b", "c", "off"};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++)
        cr_assert_str_eq(reason_of(&team.bot, open_command(names[i])), "done");
    for (size_t i = 2; i < ARRAY_COUNT(names); i++)
        cr_assert_str_eq(
            reason_of(&team.ana, (struct wire_command){.action = "complete", .conversation = names[i]}),
            "done");
    struct wire_command off = {.action = "set_automation", .conversation = "off", .has_enabled = true};
    cr_assert_str_eq(reason_of(&team.ana, off), "done");
    allow_open(2);
}

Test(quotas, open_no_conversation_more_than_the_workspace_may_have)
{
    fill_workspace();
    const struct wire_message *answer = team_do(&team.bot, open_command("d"));
    cr_assert_str_eq(answer->reason, "workspace_full");
    cr_assert(answer->retry_ms >= LIMIT_RETRY_FULL_MS && answer->retry_ms < 2 * LIMIT_RETRY_FULL_MS);
    cr_assert_eq(refused(QUOTA_OPEN), 1);
    struct wire_command commands[] = {
        {.action = "reopen", .conversation = "c"},
        {.action = "assign", .conversation = "c", .agent = "ana"},
        {.action = "send_message", .conversation = "c", .body = "hi"},
        {.action = "send_message", .conversation = "new", .channel = "whatsapp", .body = "hi"},
        {.action = "assign", .conversation = "new", .channel = "whatsapp", .agent = "ana"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(commands); i++)
        cr_assert_str_eq(reason_of(&team.ana, commands[i]), "workspace_full", "%zu", i);
    cr_assert_str_eq(reason_of(&team.contact, (struct wire_command){.action = "contact_message",
                                                                    .conversation = "off",
                                                                    .body = "hello?"}),
                     "workspace_full");
    cr_assert_eq(open_count(), 2);
}

Test(quotas, touch_nothing_that_opens_no_conversation)
{
    fill_workspace();
    struct wire_command of_ana[] = {
        {.action = "reopen", .conversation = "a", .pause = 600000},
        {.action = "assign", .conversation = "a", .agent = "ana"},
        {.action = "send_message", .conversation = "b", .body = "hi"},
        {.action = "complete", .conversation = "b"},
        {.action = "reopen", .conversation = "c"},
    };
    cr_assert_str_eq(
        reason_of(&team.contact,
                  (struct wire_command){.action = "contact_message", .conversation = "e", .body = "hello"}),
        "done");
    for (size_t i = 0; i < ARRAY_COUNT(of_ana); i++)
        cr_assert_str_eq(reason_of(&team.ana, of_ana[i]), "done", "%zu", i);
    cr_assert_str_eq(reason_of(&team.bot, open_command("d")), "workspace_full");
}

Test(quotas, count_what_one_batch_opens_and_completes)
{
    fill_workspace();
    allow_open(4);
    struct command_id ids[6];
    for (int i = 0; i < 6; i++) {
        static const char *const names[] = {"n0", "n1", "n2", "n3", "n4", "n5"};
        ids[i] = team_send(&team.bot, open_command(names[i]));
    }
    settle();
    int done = 0;
    for (int i = 0; i < 6; i++)
        done += strcmp(client_answer(&team.bot, ids[i])->outcome, "done") == 0;
    cr_assert_eq(done, 2, "%d", done);
    cr_assert_eq(open_count(), 4);
    team_send(&team.ana, (struct wire_command){.action = "complete", .conversation = "a"});
    struct command_id last =
        team_send(&team.ana, (struct wire_command){.action = "reopen", .conversation = "c"});
    settle();
    cr_assert_str_eq(client_answer(&team.ana, last)->outcome, "done", "room is made in front of it");
    cr_assert_eq(open_count(), 4);
}

Test(quotas, open_the_same_when_there_is_room_again)
{
    fill_workspace();
    for (int resend = 0; resend < 2; resend++) {
        struct wire_command command = open_command(resend ? "again" : "d");
        command.id = command_id_next();
        command.resend = resend;
        cr_assert_str_eq(reason_of(&team.bot, command), "workspace_full");
        cr_assert_str_eq(reason_of(&team.bot, command), "workspace_full");
        cr_assert_str_eq(reason_of(&team.ana, (struct wire_command){.action = "complete",
                                                                    .conversation = resend ? "b" : "a"}),
                         "done");
        cr_assert_str_eq(reason_of(&team.bot, command), "done", "%d", resend);
    }
}

/* Names and roles. */

static void renew(struct client *client, const char *name, const char *role)
{
    char token[200];
    snprintf(token, sizeof(token), TEAM_WORKSPACE "|ana|%s|%s|4102444800000", name, role);
    wire_hello(&frame, token, NULL, -1);
    client_send(client, &frame);
    settle();
}

static const struct agent *agent_ana(void)
{
    struct desk *desk = map_get(&team.server.hub->desks->all, bytes_of_string(TEAM_WORKSPACE));
    return roster_find_agent(&desk->roster, bytes_of_string("ana"));
}

Test(quotas, let_an_agent_change_names_a_few_times_and_then_once_a_minute)
{
    team_join(&team.bea);
    int64_t before = team_seq();
    static const char *const names[] = {"Ana A.", "Ana B."};
    for (int i = 0; i < 600; i++) { /* ten minutes, on new connections */
        client_connect(&clients[i % 2], &team.server);
        renew(&clients[i % 2], names[i % 2], "agent");
        cr_assert(clients[i % 2].wire.has_welcome, "nobody waits for it");
        wait_ms(1000);
        client_finish(&clients[i % 2]);
    }
    int64_t changes = team_seq() - before;
    cr_assert(changes >= 3 && changes <= 3 + 10, "%lld", (long long)changes);
}

Test(quotas, record_the_newest_name_in_the_end)
{
    for (int i = 0; i < 8; i++) {
        client_connect(&clients[i], &team.server);
        renew(&clients[i], i % 2 == 0 ? "Ana A." : "Ana B.", i == 7 ? "supervisor" : "agent");
        cr_assert_eq(clients[i].closed, CLOSE_NONE);
    }
    cr_assert_str_eq(text_string(agent_ana()->name), "Ana A.");
    wait_ms(2 * 60 * 1000);
    cr_assert_str_eq(text_string(agent_ana()->name), "Ana B.");
    cr_assert_eq(agent_ana()->role, ROLE_SUPERVISOR);
    int64_t seq = team_seq();
    wait_ms(10 * 60 * 1000);
    cr_assert_eq(team_seq(), seq, "and nothing more");
}

Test(quotas, record_nothing_for_who_has_come_back_to_his_name)
{
    for (int i = 0; i < 4; i++) {
        client_connect(&clients[i], &team.server);
        renew(&clients[i], i % 2 == 0 ? "Ana A." : "Ana B.", "agent");
    }
    int64_t seq = team_seq();
    renew(&clients[0], "Ana A.", "agent");
    wait_ms(5 * 60 * 1000);
    cr_assert_eq(team_seq(), seq);
}

/* Coming in. */

static void say_hello(struct client *client, const char *workspace, const char *id)
{
    client_connect(client, &team.server);
    wire_hello(&frame, client_token(workspace, id, "agent", 0), NULL, -1);
    client_send(client, &frame);
}

Test(quotas, let_who_comes_and_goes_very_often_wait_and_nobody_else)
{
    for (int i = 0; i < LIMIT_SIGN_INS_BURST; i++) {
        join_as(&clients[0], "ana", "agent");
        cr_assert(clients[0].wire.has_welcome, "%d", i);
        client_finish(&clients[0]);
    }
    for (int i = 0; i < 1000; i++) { /* meanwhile he has earned some more */
        join_as(&clients[0], "ana", "agent");
        if (!clients[0].wire.has_welcome)
            break;
        client_finish(&clients[0]);
    }
    cr_assert_not(clients[0].wire.has_welcome);
    for (int i = 1; i < 10; i++)
        say_hello(&clients[i], TEAM_WORKSPACE, "ana");
    say_hello(&clients[10], TEAM_WORKSPACE, "bea");
    say_hello(&clients[11], "other", "ana");
    settle();
    cr_assert_not(clients[9].wire.has_welcome);
    cr_assert(clients[10].wire.has_welcome, "another person");
    cr_assert(clients[11].wire.has_welcome, "another workspace");
    client_leave(&clients[5]); /* while it waits */
    wait_ms(1500);
    cr_assert(clients[9].wire.has_welcome);
    cr_assert_eq(clients[9].closed, CLOSE_NONE);
}

Test(quotas, tell_who_comes_too_often_with_one_connection_too_many_a_second_later)
{
    allow_connections(1);
    fill(1);
    for (int i = 0; i < LIMIT_REFUSALS_BURST; i++) {
        join_as(&clients[1], "bea", "agent");
        cr_assert_eq(clients[1].closed, CLOSE_TOO_MANY_CONNECTIONS, "%d", i);
        client_finish(&clients[1]);
    }
    join_as(&clients[1], "bea", "agent");
    join_as(&clients[2], "bea", "agent");
    cr_assert_eq(clients[1].closed, CLOSE_NONE);
    wire_hello(&frame, client_token(TEAM_WORKSPACE, "bea", "agent", 0), NULL, -1);
    client_send(&clients[1], &frame); /* is not heard */
    client_leave(&clients[2]);
    cr_assert_eq(team.server.hub->sessions->held_count, 1);
    wait_ms(LIMIT_HELD_MS);
    cr_assert_eq(clients[1].closed, CLOSE_TOO_MANY_CONNECTIONS);
    cr_assert_not(clients[1].wire.has_welcome);
    client_finish(&clients[1]);
    cr_assert_eq(team.server.hub->sessions->held_count, 0);
}
