#include <criterion/criterion.h>
#include <stdio.h>

#include "protocol/limits.h"
#include "support/builders.h"
#include "support/team.h"

/* One client, from its connection to its end: what it is told when, and what closes it. */

static struct wire_frame frame;

TestSuite(session, .init = team_begin, .fini = team_end);

/* Signing in. */

Test(session, hello_is_welcomed_and_then_fed)
{
    team_join(&team.ana);
    cr_assert_eq(team.ana.heard[0].type, WIRE_WELCOME);
    cr_assert_not(team.ana.heard[0].resumed);
    cr_assert_eq(team.ana.heard[0].seq, 0);
    cr_assert_str_eq(team.ana.heard[0].agent, "ana");
    cr_assert_eq(team.ana.heard[0].now, NOON_MS);
    cr_assert_eq(team.ana.heard[1].type, WIRE_SYNC);
    cr_assert(team.ana.heard[1].fresh && team.ana.heard[1].has_digest);
    cr_assert_eq(team.ana.heard_count, 2);
}

Test(session, an_agent_is_recorded_before_the_welcome_and_known_to_all)
{
    team_join(&team.ana);
    cr_assert_eq(team_seq(), 1);
    team_join(&team.bea);
    cr_assert_eq(team.ana.wire.agents_count, 2);
    cr_assert_eq(team.bea.wire.agents_count, 2);
    client_leave(&team.bea);
    team_resume(&team.bea);
    cr_assert_eq(team_seq(), 2, "he is known already");
}

Test(session, one_agent_with_two_screens_at_once_is_recorded_once)
{
    struct client second = {0};
    team_hello(&team.ana, false);
    join_as(&second, "ana", "agent");
    cr_assert_eq(team_seq(), 1);
    cr_assert_not_null(client_last(&team.ana, WIRE_WELCOME));
    cr_assert_not_null(client_last(&second, WIRE_WELCOME));
    client_finish(&second);
}

Test(session, says_nothing_before_it_has_been_welcomed)
{
    team_hello(&team.ana, false);
    wire_time(&frame, 1);
    client_send(&team.ana, &frame);
    settle();
    cr_assert_eq(team.ana.closed, CLOSE_OUT_OF_ORDER);
    /* Nor where the desk is there and knows him, so that he could be welcomed at once. */
    team_join(&team.bea);
    client_leave(&team.bea);
    team_hello(&team.bea, false);
    wire_time(&frame, 1);
    client_send(&team.bea, &frame);
    settle();
    cr_assert_eq(team.bea.closed, CLOSE_OUT_OF_ORDER);
}

Test(session, automation_and_channels_get_a_welcome_and_no_rows)
{
    team_join(&team.ana);
    open_c1();
    team_join(&team.bot);
    cr_assert_eq(team.bot.heard_count, 1);
    cr_assert_eq(team.bot.heard[0].type, WIRE_WELCOME);
    team_do(&team.ana, (struct wire_command){.action = "complete"});
    cr_assert_eq(team.bot.heard_count, 1);
}

Test(session, automation_does_not_resume)
{
    team_join(&team.ana);
    open_c1();
    team_join(&team.bot);
    client_leave(&team.bot);
    team.bot.wire.seq = 2;
    team_resume(&team.bot);
    cr_assert_not(client_last(&team.bot, WIRE_WELCOME)->resumed);
    cr_assert_eq(client_last(&team.bot, WIRE_WELCOME)->seq, 0);
}

Test(session, without_hello_it_ends_after_ten_seconds)
{
    client_connect(&team.ana, &team.server);
    wait_ms(LIMIT_HELLO_MS - 1);
    cr_assert_eq(team.ana.closed, CLOSE_NONE);
    wait_ms(1);
    cr_assert_eq(team.ana.closed, CLOSE_NO_HELLO);
    cr_assert_eq(client_last(&team.ana, WIRE_BYE)->code, CLOSE_NO_HELLO);
}

Test(session, after_hello_the_ten_seconds_do_not_count)
{
    team_join(&team.ana);
    wait_ms(2 * LIMIT_HELLO_MS);
    cr_assert_eq(team.ana.closed, CLOSE_NONE);
}

Test(session, the_first_message_must_be_hello)
{
    client_connect(&team.ana, &team.server);
    wire_time(&frame, 1);
    client_send(&team.ana, &frame);
    settle();
    cr_assert_eq(team.ana.closed, CLOSE_OUT_OF_ORDER);
    client_connect(&team.bea, &team.server);
    team_send(&team.bea, (struct wire_command){.action = "no_such_thing"});
    settle();
    cr_assert_eq(team.bea.closed, CLOSE_OUT_OF_ORDER);
}

Test(session, between_hello_and_welcome_nothing_may_be_said)
{
    team_hello(&team.ana, false);
    wire_time(&frame, 1);
    client_send(&team.ana, &frame);
    settle();
    cr_assert_eq(team.ana.closed, CLOSE_OUT_OF_ORDER);
}

Test(session, what_is_no_message_closes)
{
    team_join(&team.ana);
    frame = (struct wire_frame){.size = 2, .data = {0x81, 0xa1}};
    client_send(&team.ana, &frame);
    settle();
    cr_assert_eq(team.ana.closed, CLOSE_BAD_FRAME);
}

Test(session, what_comes_after_a_fault_is_not_listened_to)
{
    team_join(&team.ana);
    session_fail(team.ana.session, CLOSE_TOO_BIG);
    team_send(&team.ana, (struct wire_command){.action = "reopen"});
    session_fail(team.ana.session, CLOSE_UNSUPPORTED);
    settle();
    cr_assert_eq(team.ana.closed, CLOSE_TOO_BIG);
    cr_assert_eq(client_count(&team.ana, WIRE_ANSWER), 0);
}

/* Tokens. */

Test(session, a_bad_or_an_expired_token_closes)
{
    sign_in(&team.ana, "forged");
    cr_assert_eq(team.ana.closed, CLOSE_BAD_TOKEN);
    sign_in(&team.bea, client_token(TEAM_WORKSPACE, "bea", "agent", NOON_MS - LIMIT_TOKEN_LEEWAY_MS));
    cr_assert_eq(team.bea.closed, CLOSE_TOKEN_EXPIRED);
}

Test(session, it_ends_when_the_token_does_by_the_issuers_clock)
{
    sign_in(&team.ana, client_token(TEAM_WORKSPACE, "ana", "agent", NOON_MS + MINUTE_MS));
    wait_ms(MINUTE_MS + LIMIT_TOKEN_LEEWAY_MS - 1);
    cr_assert_eq(team.ana.closed, CLOSE_NONE);
    wait_ms(1);
    cr_assert_eq(team.ana.closed, CLOSE_TOKEN_EXPIRED);
}

Test(session, a_renewed_token_goes_on_as_if_nothing_had_been)
{
    sign_in(&team.ana, client_token(TEAM_WORKSPACE, "ana", "agent", NOON_MS + MINUTE_MS));
    open_c1();
    wire_hello(&frame, client_token(TEAM_WORKSPACE, "ana", "agent", NOON_MS + HOUR_MS), "any", 0);
    client_send(&team.ana, &frame);
    settle();
    cr_assert_eq(client_count(&team.ana, WIRE_WELCOME), 2);
    cr_assert(client_last(&team.ana, WIRE_WELCOME)->resumed);
    cr_assert_eq(client_last(&team.ana, WIRE_WELCOME)->seq, team.ana.wire.seq);
    size_t syncs = client_count(&team.ana, WIRE_SYNC);
    wait_ms(2 * MINUTE_MS);
    cr_assert_eq(team.ana.closed, CLOSE_NONE);
    cr_assert_eq(client_count(&team.ana, WIRE_SYNC), syncs);
    team_do(&team.ana, (struct wire_command){.action = "complete"});
    team_expect_in_sync(&team.ana);
}

Test(session, a_token_renewed_under_another_name_makes_that_name_known)
{
    team_join(&team.ana);
    int64_t seq = team_seq();
    wire_hello(&frame, TEAM_WORKSPACE "|ana|Ana G.|agent|4102444800000", "any", 0);
    client_send(&team.ana, &frame);
    settle();
    cr_assert_eq(team.ana.closed, CLOSE_NONE);
    cr_assert_eq(team_seq(), seq + 1);
}

Test(session, a_token_can_be_renewed_only_for_the_same_person)
{
    const char *others[] = {
        client_token(TEAM_WORKSPACE, "bea", "agent", 0),
        client_token(TEAM_WORKSPACE, "ana", "supervisor", 0),
        client_token("another", "ana", "agent", 0),
        "forged",
    };
    for (size_t i = 0; i < ARRAY_COUNT(others); i++) {
        team_join(&team.ana);
        wire_hello(&frame, others[i], NULL, -1);
        client_send(&team.ana, &frame);
        settle();
        cr_assert_eq(team.ana.closed, CLOSE_BAD_TOKEN);
    }
}

Test(session, a_token_that_never_ends_is_no_trouble)
{
    sign_in(&team.ana, client_token(TEAM_WORKSPACE, "ana", "agent", INT64_MAX));
    wait_ms(HOUR_MS);
    cr_assert_eq(team.ana.closed, CLOSE_NONE);
}

/* Coming back. */

Test(session, a_resume_brings_exactly_what_changed)
{
    team_join(&team.ana);
    team_join(&team.bea);
    open_c1();
    int64_t seq = team.bea.wire.seq;
    client_leave(&team.bea);
    for (int i = 0; i < 3; i++)
        team_do(&team.ana,
                (struct wire_command){
                    .action = "send_message", .body = "hi", .conversation = "c2", .channel = "web"});
    size_t from = team.bea.heard_count;
    team_resume(&team.bea);
    cr_assert_eq(team.bea.heard_count, from + 2);
    cr_assert(team.bea.heard[from].resumed);
    cr_assert_eq(team.bea.heard[from].seq, seq);
    cr_assert_eq(team.bea.heard[from + 1].rows_count, 1);
    cr_assert_eq(team.bea.heard[from + 1].from, seq);
    team_expect_in_sync(&team.bea);
}

Test(session, a_resume_with_another_epoch_starts_afresh)
{
    team_join(&team.ana);
    open_c1();
    client_leave(&team.ana);
    snprintf(team.ana.wire.epoch, sizeof(team.ana.wire.epoch), "another");
    team_resume(&team.ana);
    cr_assert_not(client_last(&team.ana, WIRE_WELCOME)->resumed);
    cr_assert(client_last(&team.ana, WIRE_SYNC)->fresh);
    team_expect_in_sync(&team.ana);
}

Test(session, a_resume_from_further_than_the_database_starts_afresh)
{
    team_join(&team.ana);
    open_c1();
    client_leave(&team.ana);
    team.ana.wire.seq += 5;
    team_resume(&team.ana);
    cr_assert_not(client_last(&team.ana, WIRE_WELCOME)->resumed);
    team_expect_in_sync(&team.ana);
}

Test(session, a_client_that_another_node_served_further_gets_its_own_writes)
{
    team_join(&team.ana);
    open_c1();
    client_leave(&team.ana);
    team_foreign(ana(), COMMAND(COMPLETE));
    team_put_at(&team.ana, team_seq());
    size_t from = team.ana.heard_count;
    team_resume(&team.ana);
    cr_assert(team.ana.heard[from].resumed);
    cr_assert_eq(team.ana.heard_count, from + 1, "it has everything");
    team_do(&team.ana, (struct wire_command){.action = "reopen"});
    team_expect_in_sync(&team.ana);
}

Test(session, a_client_that_is_ahead_waits_for_the_database_rather_than_going_back)
{
    team_join(&team.ana);
    open_c1();
    client_leave(&team.ana);
    team_foreign(ana(), COMMAND(COMPLETE));
    team_put_at(&team.ana, team_seq());
    store_memory_down(team.server.store);
    size_t from = team.ana.heard_count;
    team_resume(&team.ana);
    cr_assert_eq(client_find(&team.ana, WIRE_WELCOME, from), team.ana.heard_count);
    store_memory_up(team.server.store);
    settle();
    cr_assert(team.ana.heard[client_find(&team.ana, WIRE_WELCOME, from)].resumed);
}

/* The database goes and comes. */

Test(session, that_the_database_went_away_and_came_back_is_told_once_each)
{
    team_join(&team.ana);
    store_memory_down(team.server.store);
    settle();
    cr_assert_not(client_last(&team.ana, WIRE_STATE)->is_up);
    const struct wire_message *answer = team_do(&team.ana, (struct wire_command){.action = "reopen"});
    cr_assert_str_eq(answer->reason, "unavailable");
    store_memory_up(team.server.store);
    settle();
    cr_assert(client_last(&team.ana, WIRE_STATE)->is_up);
    cr_assert_eq(client_count(&team.ana, WIRE_STATE), 2);
}

Test(session, who_cannot_be_let_in_for_now_is_sent_away_for_a_while_of_his_own)
{
    struct client *const crowd[] = {&team.ana, &team.bea, &team.sol};
    int64_t retries_ms[ARRAY_COUNT(crowd)];
    for (size_t i = 0; i < ARRAY_COUNT(crowd); i++) {
        store_memory_arm(team.server.store, STORE_MEMORY_DISK_FULL);
        team_hello(crowd[i], false);
        settle();
        cr_assert_eq(crowd[i]->closed, CLOSE_TRY_LATER);
        retries_ms[i] = client_last(crowd[i], WIRE_BYE)->retry_ms;
        cr_assert(retries_ms[i] >= LIMIT_RETRY_UNAVAILABLE_MS &&
                  retries_ms[i] < 2 * LIMIT_RETRY_UNAVAILABLE_MS);
    }
    cr_assert(retries_ms[0] != retries_ms[1] && retries_ms[1] != retries_ms[2]);
    team_join(&team.ana);
    cr_assert_eq(team.ana.closed, CLOSE_NONE);
}

Test(session, who_comes_while_the_database_is_away_is_told_and_waits)
{
    team_join(&team.ana);
    open_c1();
    store_memory_down(team.server.store);
    team_join(&team.bea);
    cr_assert_null(client_last(&team.bea, WIRE_WELCOME));
    cr_assert_not(client_last(&team.bea, WIRE_STATE)->is_up);
    wait_ms(MINUTE_MS);
    store_memory_up(team.server.store);
    settle();
    cr_assert_not_null(client_last(&team.bea, WIRE_WELCOME));
    team_expect_in_sync(&team.bea);
}

Test(session, a_server_that_starts_before_the_database_serves_when_it_comes)
{
    struct server late;
    struct client client = {0};
    server_start(&late, team.database, 3);
    client_connect(&client, &late);
    wire_hello(&frame, client_token(TEAM_WORKSPACE, "ana", "agent", 0), NULL, -1);
    client_send(&client, &frame);
    server_wait(&late, MINUTE_MS);
    cr_assert_null(client_last(&client, WIRE_WELCOME));
    store_memory_up(late.store);
    server_settle(&late);
    cr_assert_not_null(client_last(&client, WIRE_WELCOME));
    client_finish(&client);
    server_stop(&late);
}

Test(session, an_agent_whose_recording_is_in_doubt_waits_for_it)
{
    team_join(&team.ana);
    store_memory_arm(team.server.store, STORE_MEMORY_LOSE_ANSWER);
    team_join(&team.bea);
    cr_assert_null(client_last(&team.bea, WIRE_WELCOME));
    store_memory_up(team.server.store);
    settle();
    cr_assert_eq(team.bea.closed, CLOSE_NONE);
    cr_assert_not_null(client_last(&team.bea, WIRE_WELCOME));
    cr_assert_eq(team_seq(), 2, "he was recorded twice");
}

/* Dying in the middle. */

Test(session, a_client_that_goes_leaves_nothing_behind_whenever_it_goes)
{
    team_join(&team.contact);
    team_join(&team.sol);
    team_do(&team.contact, (struct wire_command){.action = "contact_message", .body = "hello"});
    for (int turns = 0; turns < 12; turns++) {
        team_hello(&team.ana, false);
        for (int i = 0; i < turns; i++) {
            server_turn(&team.server);
            if (i != 6)
                continue;
            team_send(&team.ana, (struct wire_command){.action = "send_message", .body = "hi"});
            team_send(&team.ana, (struct wire_command){.action = "reopen", .conversation = "nowhere"});
            wire_page(&frame, 1, 0, 5);
            client_send(&team.ana, &frame);
            wire_time(&frame, 1);
            client_send(&team.ana, &frame);
        }
        client_leave(&team.ana);
        settle();
        team_expect_in_sync(&team.sol);
    }
}

/* The end. */

Test(session, a_drain_settles_what_is_in_flight_and_then_says_goodbye)
{
    team_join(&team.ana);
    team_join(&team.bea);
    client_connect(&team.sol, &team.server);
    struct command_id before =
        team_send(&team.ana, (struct wire_command){.action = "send_message", .body = "hi", .channel = "web"});
    hub_drain(team.server.hub);
    struct command_id after = team_send(&team.ana, (struct wire_command){.action = "complete"});
    cr_assert_not(hub_is_settled(team.server.hub));
    settle();
    cr_assert(hub_is_settled(team.server.hub));
    cr_assert_str_eq(client_answer(&team.ana, before)->outcome, "done");
    cr_assert_str_eq(client_answer(&team.ana, after)->reason, "unavailable");
    cr_assert_eq(team.ana.closed, CLOSE_RESTART);
    cr_assert_eq(team.bea.closed, CLOSE_RESTART);
    cr_assert_eq(team.sol.closed, CLOSE_RESTART);
    int64_t retry_ms = client_last(&team.ana, WIRE_BYE)->retry_ms;
    cr_assert(retry_ms >= 1 && retry_ms <= LIMIT_DRAIN_SPREAD_MS);
    cr_assert_neq(retry_ms, client_last(&team.bea, WIRE_BYE)->retry_ms);
}
