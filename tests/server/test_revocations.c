#include <criterion/criterion.h>
#include <stdio.h>

#include "app/revocations.h"
#include "support/builders.h"
#include "support/leak.h"
#include "support/team.h"

/* What is known of revocations. */

static struct revocations known;

static void add(const char *workspace, const char *id, int64_t at_ms)
{
    struct revocation revocation = {.workspace = text_create(bytes_of_string(workspace)),
                                    .id = text_create(bytes_of_string(id)),
                                    .at_ms = at_ms,
                                    .number = known.newest_number + 1};
    revocations_add(&known, &revocation);
    text_unref(&revocation.workspace);
    text_unref(&revocation.id);
}

static bool is_void(const char *workspace, const char *id, int64_t issued_ms)
{
    struct identity identity = {.workspace = text_create(bytes_of_string(workspace)),
                                .id = text_create(bytes_of_string(id)),
                                .issued_ms = issued_ms};
    bool answer = revocations_void(&known, &identity);
    identity_finish(&identity);
    return answer;
}

static void begin_known(void)
{
    revocations_init(&known, (struct hash_key){{1, 2}});
}

static void end_known(void)
{
    revocations_finish(&known);
    assert_no_leak();
}

TestSuite(revocations, .init = begin_known, .fini = end_known);

Test(revocations, concern_one_person_of_one_workspace)
{
    cr_assert_not(is_void("demo", "ana", 0), "nobody's at first, also where a token does not say when");
    add("demo", "ana", 5000);
    cr_assert(is_void("demo", "ana", 0));
    cr_assert(is_void("demo", "ana", 5000));
    cr_assert_not(is_void("demo", "ana", 5001));
    cr_assert_not(is_void("demo", "bea", 0));
    cr_assert_not(is_void("other", "ana", 0));
    cr_assert_not(is_void("dem", "oana", 0));
}

Test(revocations, of_one_person_come_to_the_latest)
{
    add("demo", "ana", 5000);
    add("demo", "ana", 9000);
    add("demo", "ana", 7000);
    cr_assert(is_void("demo", "ana", 9000));
    cr_assert_eq(known.by_person.count, 1);
    cr_assert_eq(known.newest_number, 3);
}

Test(revocations, that_are_too_many_void_all_tokens_as_old_as_those_that_were_forgotten)
{
    char id[16];
    for (int i = 0; i < LIMIT_REVOCATIONS + 2; i++) {
        snprintf(id, sizeof(id), "agent%d", i);
        add("demo", id, 1000 + i);
        cr_assert_eq(is_void("demo", "ana", 1000), i >= LIMIT_REVOCATIONS);
    }
    cr_assert_eq(known.by_person.count, LIMIT_REVOCATIONS);
    cr_assert(is_void("demo", "agent0", 1000));
    cr_assert(is_void("demo", "agent1", 1001));
    cr_assert(is_void("demo", "agent2", 1002));
    cr_assert(is_void("other", "ana", 1001));
    cr_assert_not(is_void("other", "ana", 1002));
}

/* What the server does about them. */

static struct team team;
static struct wire_frame frame;

static void begin(void)
{
    team_init(&team);
}

static void end(void)
{
    team_finish(&team);
    assert_no_leak();
}

TestSuite(revoking, .init = begin, .fini = end);

static void assert_revoked(const struct client *client)
{
    cr_assert_eq(client->closed, CLOSE_BAD_TOKEN);
    cr_assert_str_eq(client->close_detail, "the token has been revoked");
}

static void connect_with(struct client *client, const char *token)
{
    client_connect(client, &team.server);
    wire_hello(&frame, token, NULL, -1);
    client_send(client, &frame);
    server_settle(&team.server);
}

Test(revoking, closes_who_is_connected_and_nobody_else)
{
    team_join(&team, &team.ana);
    team_join(&team, &team.bea);
    store_memory_revoke(team.database, TEAM_WORKSPACE, "ana");
    store_memory_revoke(team.database, "other", "bea");
    server_wait(&team.server, LIMIT_REVOCATIONS_POLL_MS);
    assert_revoked(&team.ana);
    cr_assert_eq(team.bea.closed, CLOSE_NONE);
}

Test(revoking, refuses_a_hello_with_a_token_from_before_and_takes_a_newer_one)
{
    store_memory_revoke(team.database, TEAM_WORKSPACE, "ana");
    server_wait(&team.server, LIMIT_REVOCATIONS_POLL_MS);
    connect_with(&team.ana, client_token_issued(TEAM_WORKSPACE, "ana", "agent", NOON_MS - 1));
    assert_revoked(&team.ana);
    connect_with(&team.ana, client_token_issued(TEAM_WORKSPACE, "ana", "agent", NOON_MS + 1000));
    cr_assert_eq(team.ana.closed, CLOSE_NONE);
    cr_assert_not_null(client_last(&team.ana, WIRE_WELCOME));
}

Test(revoking, refuses_to_renew_with_a_token_from_before)
{
    connect_with(&team.ana, client_token_issued(TEAM_WORKSPACE, "ana", "agent", NOON_MS + 1000));
    store_memory_revoke(team.database, TEAM_WORKSPACE, "ana");
    server_wait(&team.server, LIMIT_REVOCATIONS_POLL_MS);
    cr_assert_eq(team.ana.closed, CLOSE_NONE);
    wire_hello(&frame, client_token_issued(TEAM_WORKSPACE, "ana", "agent", NOON_MS), NULL, -1);
    client_send(&team.ana, &frame);
    server_settle(&team.server);
    assert_revoked(&team.ana);
}

Test(revoking, works_for_automation_and_channels)
{
    team_join(&team, &team.bot);
    team_join(&team, &team.contact);
    store_memory_revoke(team.database, TEAM_WORKSPACE, "bot");
    store_memory_revoke(team.database, TEAM_WORKSPACE, "whatsapp");
    server_wait(&team.server, LIMIT_REVOCATIONS_POLL_MS);
    assert_revoked(&team.bot);
    assert_revoked(&team.contact);
}

Test(revoking, a_secret_that_is_gone_closes_whoever_came_by_it_and_nobody_else)
{
    connect_with(&team.ana, client_token_issued(TEAM_WORKSPACE, "ana", "agent", NOON_MS - 1));
    connect_with(&team.bea, client_token_issued(TEAM_WORKSPACE, "bea", "agent", NOON_MS - 2));
    connect_with(&team.bot, client_token_issued(TEAM_WORKSPACE, "bot", "automation", NOON_MS - 1));
    client_connect(&team.contact, &team.server); /* and says nothing yet */
    wire_hello(&frame, client_token_issued(TEAM_WORKSPACE, "bea", "agent", NOON_MS - 3), NULL, -1);
    client_send(&team.bea, &frame); /* a renewed token is what counts */
    server_settle(&team.server);
    cr_assert_eq(hub_check_trust(team.server.hub), 0);
    team.server.distrusted = NOON_MS - 2;
    cr_assert_eq(hub_check_trust(team.server.hub), 0);
    team.server.distrusted = NOON_MS - 1;
    cr_assert_eq(hub_check_trust(team.server.hub), 2);
    cr_assert_eq(hub_check_trust(team.server.hub), 0, "once");
    server_settle(&team.server);
    cr_assert_eq(team.ana.closed, CLOSE_BAD_TOKEN);
    cr_assert_str_eq(team.ana.close_detail, "the token's secret is not in use any more");
    cr_assert_eq(team.bot.closed, CLOSE_BAD_TOKEN);
    cr_assert_eq(team.bea.closed, CLOSE_NONE);
    cr_assert_eq(team.contact.closed, CLOSE_NONE);
}

Test(revoking, lets_nobody_join_before_all_revocations_are_known)
{
    struct server second;
    struct client ana = {0};
    char id[16];
    team_join(&team, &team.ana); /* so that she is recorded, and could be welcomed at once */
    client_leave(&team.ana);
    for (int i = 0; i < LIMIT_REVOCATIONS_READ; i++) {
        snprintf(id, sizeof(id), "agent%d", i);
        store_memory_revoke(team.database, TEAM_WORKSPACE, id);
    }
    store_memory_revoke(team.database, TEAM_WORKSPACE, "ana");
    server_start(&second, team.database, 0);
    client_connect(&ana, &second);
    wire_hello(&frame, client_token(TEAM_WORKSPACE, "ana", "agent", 0), NULL, -1);
    client_send(&ana, &frame);

    store_memory_up(second.store);
    server_settle(&second);

    assert_revoked(&ana);
    cr_assert_null(client_last(&ana, WIRE_WELCOME));
    client_finish(&ana);
    server_stop(&second);
}
