#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "app/hub_private.h"
#include "protocol/limits.h"
#include "support/builders.h"
#include "support/house.h"
#include "support/leak.h"

/* What one workspace may take of a node, so that the others have theirs. */

enum { PEERS = 16 };

static struct house house;
static struct wire_frame frame;
static struct peer peers[PEERS];

static void begin(void)
{
    house_init(&house);
}

static void end(void)
{
    for (size_t i = 0; i < ARRAY_COUNT(peers); i++)
        peer_finish(&peers[i]);
    house_finish(&house);
    assert_no_leak();
}

TestSuite(quotas, .init = begin, .fini = end);

static void connect_with(struct peer *peer, const char *workspace, const char *id, const char *role)
{
    peer_connect(peer, &house.node);
    wire_hello(&frame, peer_token(workspace, id, role, 0), NULL, -1);
    peer_send(peer, &frame);
    node_settle(&house.node);
}

/* So many people, each by one connection. */
static void fill(int count)
{
    char id[16];
    for (int i = 0; i < count; i++) {
        snprintf(id, sizeof(id), "p%d", i);
        connect_with(&peers[i], HOUSE_WORKSPACE, id, "agent");
    }
}

static void allow_connections(int64_t connections)
{
    struct quotas quotas = QUOTAS;
    quotas.connections = connections;
    hub_set_quotas(house.node.hub, &quotas);
}

static void allow_commands(int64_t per_s)
{
    struct quotas quotas = QUOTAS;
    quotas.commands_per_s = per_s;
    hub_set_quotas(house.node.hub, &quotas);
}

static uint64_t refused(enum quota quota)
{
    return hub_stats(house.node.hub).quota_refusals[quota];
}

Test(quotas, close_one_connection_more_than_the_workspace_may_have)
{
    allow_connections(3);
    fill(4);
    cr_assert_eq(peers[2].closed, CLOSE_NONE);
    cr_assert_eq(peers[3].closed, CLOSE_TOO_MANY_CONNECTIONS);
    cr_assert_eq(refused(QUOTA_CONNECTIONS), 1);
}

Test(quotas, leave_the_connections_of_other_workspaces_alone)
{
    allow_connections(3);
    fill(3);
    connect_with(&peers[3], "other", "ana", "agent");
    cr_assert_eq(peers[3].closed, CLOSE_NONE);
}

Test(quotas, make_room_for_a_connection_when_one_goes)
{
    allow_connections(3);
    fill(4);
    peer_finish(&peers[3]);
    peer_finish(&peers[0]);
    connect_with(&peers[0], HOUSE_WORKSPACE, "zoe", "agent");
    cr_assert_eq(peers[0].closed, CLOSE_NONE);
}

Test(quotas, that_are_lowered_close_nobody_who_is_connected)
{
    fill(3);
    allow_connections(1);
    connect_with(&peers[3], HOUSE_WORKSPACE, "zoe", "agent");
    cr_assert_eq(peers[3].closed, CLOSE_TOO_MANY_CONNECTIONS);
    for (int i = 0; i < 3; i++)
        cr_assert_eq(peers[i].closed, CLOSE_NONE, "%d", i);
    hub_set_quotas(house.node.hub, &QUOTAS);
    connect_with(&peers[4], HOUSE_WORKSPACE, "zoe", "agent");
    cr_assert_eq(peers[4].closed, CLOSE_NONE);
}

/* Gives so many commands at once, and returns how many were refused `too_fast`; and how long the last of
 * those is to wait. */
static int give(struct peer *peer, int count, int64_t *retry_ms_r)
{
    int refused = 0;
    for (int i = 0; i < count; i++) {
        const struct wire_message *answer = house_do(peer, (struct wire_command){.action = "resume_bot"});
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
    int refusals = give(&peers[0], 50, NULL) + give(&peers[1], 50, NULL);
    cr_assert(refusals > 0 && refusals < 50, "%d", refusals);
    cr_assert_eq(refused(QUOTA_COMMANDS), (uint64_t)refusals);
    connect_with(&peers[2], "other", "ana", "agent");
    cr_assert_eq(give(&peers[2], 50, NULL), 0);
}

Test(quotas, take_nothing_for_a_command_that_the_workspace_may_not_give)
{
    allow_commands(50);
    fill(1);
    give(&peers[0], 90, NULL); /* fifty, and half a second's more */
    hub_set_quotas(house.node.hub, &QUOTAS);
    node_wait(&house.node, 1000);
    int64_t refusals = give(&peers[0], 60, NULL);
    cr_assert(refusals > 0 && refusals <= 20,
              "of his hundred he has spent seventy-five, and earned twenty: %lld", (long long)refusals);
}

Test(quotas, refuse_nobody_who_commands_little_because_others_command_much)
{
    allow_commands(50);
    fill(3);
    for (int i = 0; i < 20; i++) {
        give(&peers[0], 20, NULL);
        give(&peers[1], 20, NULL);
        cr_assert_eq(give(&peers[2], 1, NULL), 0, "%d", i);
        node_wait(&house.node, 250);
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
            const struct wire_message *answer = house_do(&peers[who], commands[who][i]);
            due_ms[who][i] = strcmp(answer->reason, "too_fast") == 0 ? answer->retry_ms : 0;
            cr_assert(due_ms[who][i] == 0 || due_ms[who][i] > 0);
        }
    }
    for (int64_t now_ms = 1; now_ms < 30 * 1000; now_ms++) {
        node_wait(&house.node, 1);
        for (int i = 0; i < COMMANDS; i++) {
            for (int who = 0; who < PEOPLE; who++) {
                if (due_ms[who][i] != now_ms)
                    continue;
                refusals += strcmp(house_do(&peers[who], commands[who][i])->reason, "too_fast") == 0;
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
    hub_set_quotas(house.node.hub, &quotas);
}

static struct wire_command open_command(const char *conversation)
{
    return (struct wire_command){.action = "open", .conversation = conversation, .channel = "whatsapp"};
}

static const char *reason_of(struct peer *peer, struct wire_command command)
{
    const struct wire_message *answer = house_do(peer, command);
    return strcmp(answer->outcome, "refused") == 0 ? answer->reason : answer->outcome;
}

static int64_t open_count(void)
{
    struct desk *desk = map_get(&house.node.hub->desks, bytes_of_string(HOUSE_WORKSPACE));
    return desk->roster.counts.open;
}

/* "a" and "b" are open, "c" and "off" are not, and "off" has no automation. */
static void fill_workspace(void)
{
    house_join(&house, &house.ana);
    house_join(&house, &house.bot);
    house_join(&house, &house.contact);
    static const char *const names[] = {"a", "b", "c", "off"};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++)
        cr_assert_str_eq(reason_of(&house.bot, open_command(names[i])), "done");
    for (size_t i = 2; i < ARRAY_COUNT(names); i++)
        cr_assert_str_eq(
            reason_of(&house.ana, (struct wire_command){.action = "complete", .conversation = names[i]}),
            "done");
    struct wire_command off = {.action = "set_automation", .conversation = "off", .has_enabled = true};
    cr_assert_str_eq(reason_of(&house.ana, off), "done");
    allow_open(2);
}

Test(quotas, open_no_conversation_more_than_the_workspace_may_have)
{
    fill_workspace();
    const struct wire_message *answer = house_do(&house.bot, open_command("d"));
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
        cr_assert_str_eq(reason_of(&house.ana, commands[i]), "workspace_full", "%zu", i);
    cr_assert_str_eq(reason_of(&house.contact, (struct wire_command){.action = "contact_message",
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
        reason_of(&house.contact,
                  (struct wire_command){.action = "contact_message", .conversation = "e", .body = "hello"}),
        "done");
    for (size_t i = 0; i < ARRAY_COUNT(of_ana); i++)
        cr_assert_str_eq(reason_of(&house.ana, of_ana[i]), "done", "%zu", i);
    cr_assert_str_eq(reason_of(&house.bot, open_command("d")), "workspace_full");
}

Test(quotas, count_what_one_batch_opens_and_completes)
{
    fill_workspace();
    allow_open(4);
    struct command_id ids[6];
    for (int i = 0; i < 6; i++) {
        static const char *const names[] = {"n0", "n1", "n2", "n3", "n4", "n5"};
        ids[i] = house_send(&house.bot, open_command(names[i]));
    }
    node_settle(&house.node);
    int done = 0;
    for (int i = 0; i < 6; i++)
        done += strcmp(peer_answer(&house.bot, ids[i])->outcome, "done") == 0;
    cr_assert_eq(done, 2, "%d", done);
    cr_assert_eq(open_count(), 4);
    house_send(&house.ana, (struct wire_command){.action = "complete", .conversation = "a"});
    struct command_id last =
        house_send(&house.ana, (struct wire_command){.action = "reopen", .conversation = "c"});
    node_settle(&house.node);
    cr_assert_str_eq(peer_answer(&house.ana, last)->outcome, "done", "room is made in front of it");
    cr_assert_eq(open_count(), 4);
}

Test(quotas, open_the_same_when_there_is_room_again)
{
    fill_workspace();
    for (int resend = 0; resend < 2; resend++) {
        struct wire_command command = open_command(resend ? "again" : "d");
        command.id = command_id_next();
        command.resend = resend;
        cr_assert_str_eq(reason_of(&house.bot, command), "workspace_full");
        cr_assert_str_eq(reason_of(&house.bot, command), "workspace_full");
        cr_assert_str_eq(reason_of(&house.ana, (struct wire_command){.action = "complete",
                                                                     .conversation = resend ? "b" : "a"}),
                         "done");
        cr_assert_str_eq(reason_of(&house.bot, command), "done", "%d", resend);
    }
}

/* Names and roles. */

static void renew(struct peer *peer, const char *name, const char *role)
{
    char token[200];
    snprintf(token, sizeof(token), HOUSE_WORKSPACE "|ana|%s|%s|4102444800000", name, role);
    wire_hello(&frame, token, NULL, -1);
    peer_send(peer, &frame);
    node_settle(&house.node);
}

static const struct agent *agent_ana(void)
{
    struct desk *desk = map_get(&house.node.hub->desks, bytes_of_string(HOUSE_WORKSPACE));
    return roster_find_agent(&desk->roster, bytes_of_string("ana"));
}

Test(quotas, let_an_agent_change_names_a_few_times_and_then_once_a_minute)
{
    house_join(&house, &house.bea);
    int64_t before = house_seq(&house);
    static const char *const names[] = {"Ana A.", "Ana B."};
    for (int i = 0; i < 600; i++) { /* ten minutes, on new connections */
        peer_connect(&peers[i % 2], &house.node);
        renew(&peers[i % 2], names[i % 2], "agent");
        cr_assert(peers[i % 2].client.has_welcome, "nobody waits for it");
        node_wait(&house.node, 1000);
        peer_finish(&peers[i % 2]);
    }
    int64_t changes = house_seq(&house) - before;
    cr_assert(changes >= 3 && changes <= 3 + 10, "%lld", (long long)changes);
}

Test(quotas, record_the_newest_name_in_the_end)
{
    for (int i = 0; i < 8; i++) {
        peer_connect(&peers[i], &house.node);
        renew(&peers[i], i % 2 == 0 ? "Ana A." : "Ana B.", i == 7 ? "supervisor" : "agent");
        cr_assert_eq(peers[i].closed, CLOSE_NONE);
    }
    cr_assert_str_eq(text_string(agent_ana()->name), "Ana A.");
    node_wait(&house.node, 2 * 60 * 1000);
    cr_assert_str_eq(text_string(agent_ana()->name), "Ana B.");
    cr_assert_eq(agent_ana()->role, ROLE_SUPERVISOR);
    int64_t seq = house_seq(&house);
    node_wait(&house.node, 10 * 60 * 1000);
    cr_assert_eq(house_seq(&house), seq, "and nothing more");
}

Test(quotas, record_nothing_for_who_has_come_back_to_his_name)
{
    for (int i = 0; i < 4; i++) {
        peer_connect(&peers[i], &house.node);
        renew(&peers[i], i % 2 == 0 ? "Ana A." : "Ana B.", "agent");
    }
    int64_t seq = house_seq(&house);
    renew(&peers[0], "Ana A.", "agent");
    node_wait(&house.node, 5 * 60 * 1000);
    cr_assert_eq(house_seq(&house), seq);
}

/* Coming in. */

static void say_hello(struct peer *peer, const char *workspace, const char *id)
{
    peer_connect(peer, &house.node);
    wire_hello(&frame, peer_token(workspace, id, "agent", 0), NULL, -1);
    peer_send(peer, &frame);
}

Test(quotas, let_who_comes_and_goes_very_often_wait_and_nobody_else)
{
    for (int i = 0; i < LIMIT_SIGN_INS_BURST; i++) {
        connect_with(&peers[0], HOUSE_WORKSPACE, "ana", "agent");
        cr_assert(peers[0].client.has_welcome, "%d", i);
        peer_finish(&peers[0]);
    }
    for (int i = 0; i < 1000; i++) { /* meanwhile he has earned some more */
        connect_with(&peers[0], HOUSE_WORKSPACE, "ana", "agent");
        if (!peers[0].client.has_welcome)
            break;
        peer_finish(&peers[0]);
    }
    cr_assert_not(peers[0].client.has_welcome);
    for (int i = 1; i < 10; i++)
        say_hello(&peers[i], HOUSE_WORKSPACE, "ana");
    say_hello(&peers[10], HOUSE_WORKSPACE, "bea");
    say_hello(&peers[11], "other", "ana");
    node_settle(&house.node);
    cr_assert_not(peers[9].client.has_welcome);
    cr_assert(peers[10].client.has_welcome, "another person");
    cr_assert(peers[11].client.has_welcome, "another workspace");
    peer_leave(&peers[5]); /* while it waits */
    node_wait(&house.node, 1500);
    cr_assert(peers[9].client.has_welcome);
    cr_assert_eq(peers[9].closed, CLOSE_NONE);
}

Test(quotas, tell_who_comes_too_often_with_one_connection_too_many_a_second_later)
{
    allow_connections(1);
    fill(1);
    for (int i = 0; i < LIMIT_REFUSALS_BURST; i++) {
        connect_with(&peers[1], HOUSE_WORKSPACE, "bea", "agent");
        cr_assert_eq(peers[1].closed, CLOSE_TOO_MANY_CONNECTIONS, "%d", i);
        peer_finish(&peers[1]);
    }
    connect_with(&peers[1], HOUSE_WORKSPACE, "bea", "agent");
    connect_with(&peers[2], HOUSE_WORKSPACE, "bea", "agent");
    cr_assert_eq(peers[1].closed, CLOSE_NONE);
    wire_hello(&frame, peer_token(HOUSE_WORKSPACE, "bea", "agent", 0), NULL, -1);
    peer_send(&peers[1], &frame); /* is not heard */
    peer_leave(&peers[2]);
    cr_assert_eq(house.node.hub->held_count, 1);
    node_wait(&house.node, LIMIT_HELD_MS);
    cr_assert_eq(peers[1].closed, CLOSE_TOO_MANY_CONNECTIONS);
    cr_assert_not(peers[1].client.has_welcome);
    peer_finish(&peers[1]);
    cr_assert_eq(house.node.hub->held_count, 0);
}
