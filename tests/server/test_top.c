#include "app/hub/top.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "serve/report.h"
#include "support/builders.h"
#include "support/leak.h"
#include "support/team.h"

/* Who is slow and who is busy. */

enum { SECOND_MS = 1000 };

static struct wire_frame frame;
static struct client others[32];

static void begin(void)
{
    team_begin();
    team_join(&team.ana);
}

TestSuite(top, .init = begin, .fini = team_end);

static struct hub_top top(void)
{
    return hub_top(team.server.hub);
}

static void say(struct client *client, const char *conversation)
{
    team_do(client, message_to(conversation));
}

static void expect_id(struct bytes id, const char *expected)
{
    cr_assert(bytes_equal(id, bytes_of_string(expected)), "%.*s, not %s", (int)id.size, (const char *)id.data,
              expected);
}

/* Somebody in a workspace of this number. */
static struct client *enter(size_t number)
{
    char workspace[16];
    snprintf(workspace, sizeof(workspace), "w%zu", number);
    struct client *client = &others[number];
    join_in(workspace, client, "kim", "agent");
    return client;
}

Test(top, names_the_workspaces_and_the_people_with_the_most_commands)
{
    for (size_t i = 0; i < ARRAY_COUNT(others); i++) {
        struct client *kim = enter(i);
        for (size_t n = 0; n < 1 + i % 16; n++)
            say(kim, "c1");
    }
    const struct hub_top found = top();
    expect_id(found.workspaces[0].workspace, "w15");
    cr_assert_eq(found.workspaces[0].commands_per_ks, 1600, "16 in ten seconds");
    cr_assert_eq(found.workspaces[0].connections, 1);
    cr_assert_eq(found.workspaces[0].open, 1);
    cr_assert_leq(found.workspaces_count, TOP_WORKSPACES);
    cr_assert_eq(found.persons_count, RANKING_ROOM);
    expect_id(found.persons[0].id, "kim");
    cr_assert_eq(found.persons[0].commands_per_ks, 1600);
    wait_ms(30 * SECOND_MS);
    cr_assert_eq(top().persons_count, 0, "who has commanded nothing of late");
    for (size_t i = 0; i < ARRAY_COUNT(others); i++)
        client_leave(&others[i]);
}

Test(top, counts_what_is_refused_and_a_person_once_whatever_his_connections)
{
    join_as(&others[0], "ana", "agent");
    team_do(&team.ana, (struct wire_command){.action = "dance"});
    team_do(&others[0], (struct wire_command){.action = "dance"});
    const struct hub_top found = top();
    cr_assert_eq(found.persons_count, 1);
    cr_assert_eq(found.persons[0].connections, 2);
    cr_assert_eq(found.persons[0].commands_per_ks, 200);
    client_leave(&others[0]);
}

Test(top, counts_look_ups)
{
    say(&team.ana, "c1");
    for (int i = 0; i < 3; i++) {
        wire_history(&frame, i + 1, "c1", 0, false);
        client_send(&team.ana, &frame);
        settle();
    }
    cr_assert_eq(top().workspaces[0].lookups_per_ks, 300);
}

Test(top, names_who_is_behind_for_longest_first)
{
    team_join(&team.bea);
    team_join(&team.sol);
    team.bea.is_deaf = true;
    say(&team.ana, "c1");
    wait_ms(5 * SECOND_MS);
    team.sol.is_deaf = true;
    say(&team.ana, "c1");
    wait_ms(2 * SECOND_MS);
    const struct hub_top found = top();
    cr_assert_eq(found.dashboards_count, 2, "ana reads");
    expect_id(found.dashboards[0].id, "bea");
    expect_id(found.dashboards[0].workspace, TEAM_WORKSPACE);
    cr_assert_eq(found.dashboards[0].lag_ms, 7 * SECOND_MS);
    cr_assert_eq(found.dashboards[0].lag_seqs, 2);
    expect_id(found.dashboards[1].id, "sol");
    cr_assert_eq(found.dashboards[1].role, ROLE_SUPERVISOR);
    cr_assert_eq(found.dashboards[1].lag_ms, 2 * SECOND_MS);
    client_listen(&team.bea);
    client_listen(&team.sol);
    settle();
    cr_assert_eq(top().dashboards_count, 0);
}

Test(top, names_consumers_by_what_they_have_not_acknowledged)
{
    join_as_consumer(&team.bot, "bot", "automation", -1, 0);
    say(&team.ana, "c1");
    wait_ms(3 * SECOND_MS);
    const struct hub_top found = top();
    cr_assert_eq(found.consumers_count, 1);
    expect_id(found.consumers[0].consumer, "main");
    expect_id(found.consumers[0].id, "bot");
    cr_assert_eq(found.consumers[0].lag_ms, 3 * SECOND_MS);
    cr_assert_eq(found.dashboards_count, 0);
}

/* What an id may hold. */
static const char wild[] = "q\"\\\xC2\x9B"
                           "31m\xE2\x80\xAE\xC3\xB1\xF0\x9F\x98\x80";

static struct hub_top wild_top(void)
{
    return (struct hub_top){
        .workspaces_count = 1,
        .workspaces =
            {{.workspace = bytes_of_string(wild), .commands_per_ks = 2500, .queued = 1, .oldest_us = 1500}},
        .persons_count = 1,
        .persons = {{.workspace = bytes_of_string(wild), .role = ROLE_AGENT, .id = bytes_of_string(wild)}},
        .dashboards_count = 1,
        .dashboards = {{.workspace = bytes_of_string(wild),
                        .role = ROLE_AGENT,
                        .id = bytes_of_string("bea")}},
        .consumers_count = 1,
        .consumers = {{.workspace = bytes_of_string("w"),
                       .role = ROLE_CHANNEL,
                       .id = bytes_of_string("wa"),
                       .consumer = bytes_of_string("main"),
                       .lag_ms = 2500,
                       .lag_seqs = 7}},
    };
}

Test(top, is_json_whatever_an_id_holds)
{
    const struct report report = {.hub.store_is_up = true};
    const struct hub_top found = wild_top();
    char *text = report_make_top(&report, &found, false, 0);
    json_error_t error;
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    cr_assert_not_null(json, "%s in %s", error.text, text);
    const json_t *workspace = json_array_get(json_object_get(json, "workspaces"), 0);
    cr_assert_str_eq(json_string_value(json_object_get(workspace, "workspace")), wild);
    cr_assert_eq(json_real_value(json_object_get(workspace, "commands_per_s")), 2.5);
    const json_t *consumer = json_array_get(json_object_get(json, "consumers_behind"), 0);
    cr_assert_str_eq(json_string_value(json_object_get(consumer, "consumer")), "main");
    cr_assert_eq(json_real_value(json_object_get(consumer, "lag_seconds")), 2.5);
    cr_assert_eq(json_integer_value(json_object_get(consumer, "lag_transitions")), 7);
    json_decref(json);
    free(text);
}

Test(top, is_text_that_turns_no_terminal_s_head)
{
    struct report report = {.hub = {.store_is_up = true, .can_commit = true}, .started_ms = 1000};
    const struct hub_top found = wild_top();
    char *text =
        report_make_top(&report, &found, true, 1000 + (2 * 86400 + 3 * 3600 + 4 * 60) * INT64_C(1000));
    cr_assert_not_null(strstr(text, "up 2d 03:04  database up"));
    cr_assert_not_null(strstr(text, "       2.5         0.0            0         0        1    0.0 s  q"));
    cr_assert_not_null(strstr(text, "     2.5 s            7  channel     wa of w as main  "));
    for (const char *c = text; *c != '\0'; c++)
        cr_assert((unsigned char)*c >= ' ' || *c == '\n');
    cr_assert_null(strstr(text, "\xC2\x9B"));
    cr_assert_null(strstr(text, "\xE2\x80\xAE"));
    free(text);
    report.hub.can_commit = false;
    text = report_make_top(&report, &found, true, 1000);
    cr_assert_not_null(strstr(text, "up 0d 00:00  database commits nothing  lanes"));
    free(text);
}
