#include <criterion/criterion.h>
#include <stdio.h>

#include "support/builders.h"
#include "support/team.h"

/* What the server does about them. */

static struct wire_frame frame;

TestSuite(revoking, .init = team_begin, .fini = team_end);

static void assert_revoked(const struct client *client)
{
    cr_assert_eq(client->closed, CLOSE_BAD_TOKEN);
    cr_assert_str_eq(client->close_detail, "the token has been revoked");
}

Test(revoking, closes_who_is_connected_and_nobody_else)
{
    team_join(&team.ana);
    team_join(&team.bea);
    store_memory_revoke(team.database, TEAM_WORKSPACE, "ana");
    store_memory_revoke(team.database, "other", "bea");
    wait_ms(LIMIT_REVOCATIONS_POLL_MS);
    assert_revoked(&team.ana);
    cr_assert_eq(team.bea.closed, CLOSE_NONE);
}

Test(revoking, refuses_a_hello_with_a_token_from_before_and_takes_a_newer_one)
{
    store_memory_revoke(team.database, TEAM_WORKSPACE, "ana");
    wait_ms(LIMIT_REVOCATIONS_POLL_MS);
    sign_in(&team.ana, client_token_issued(TEAM_WORKSPACE, "ana", "agent", NOON_MS - 1));
    assert_revoked(&team.ana);
    sign_in(&team.ana, client_token_issued(TEAM_WORKSPACE, "ana", "agent", NOON_MS + 1000));
    cr_assert_eq(team.ana.closed, CLOSE_NONE);
    cr_assert_not_null(client_last(&team.ana, WIRE_WELCOME));
}

Test(revoking, refuses_to_renew_with_a_token_from_before)
{
    sign_in(&team.ana, client_token_issued(TEAM_WORKSPACE, "ana", "agent", NOON_MS + 1000));
    store_memory_revoke(team.database, TEAM_WORKSPACE, "ana");
    wait_ms(LIMIT_REVOCATIONS_POLL_MS);
    cr_assert_eq(team.ana.closed, CLOSE_NONE);
    wire_hello(&frame, client_token_issued(TEAM_WORKSPACE, "ana", "agent", NOON_MS), NULL, -1);
    client_send(&team.ana, &frame);
    settle();
    assert_revoked(&team.ana);
}

Test(revoking, works_for_automation_and_channels)
{
    team_join(&team.bot);
    team_join(&team.contact);
    store_memory_revoke(team.database, TEAM_WORKSPACE, "bot");
    store_memory_revoke(team.database, TEAM_WORKSPACE, "whatsapp");
    wait_ms(LIMIT_REVOCATIONS_POLL_MS);
    assert_revoked(&team.bot);
    assert_revoked(&team.contact);
}

Test(revoking, a_secret_that_is_gone_closes_whoever_came_by_it_and_nobody_else)
{
    sign_in(&team.ana, client_token_issued(TEAM_WORKSPACE, "ana", "agent", NOON_MS - 1));
    sign_in(&team.bea, client_token_issued(TEAM_WORKSPACE, "bea", "agent", NOON_MS - 2));
    sign_in(&team.bot, client_token_issued(TEAM_WORKSPACE, "bot", "automation", NOON_MS - 1));
    client_connect(&team.contact, &team.server); /* and says nothing yet */
    wire_hello(&frame, client_token_issued(TEAM_WORKSPACE, "bea", "agent", NOON_MS - 3), NULL, -1);
    client_send(&team.bea, &frame); /* a renewed token is what counts */
    settle();
    cr_assert_eq(hub_check_trust(team.server.hub), 0);
    team.server.distrusted = NOON_MS - 2;
    cr_assert_eq(hub_check_trust(team.server.hub), 0);
    team.server.distrusted = NOON_MS - 1;
    cr_assert_eq(hub_check_trust(team.server.hub), 2);
    cr_assert_eq(hub_check_trust(team.server.hub), 0, "once");
    settle();
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
    team_join(&team.ana); /* so that she is recorded, and could be welcomed at once */
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
