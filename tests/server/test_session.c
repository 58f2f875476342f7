#include <criterion/criterion.h>
#include <stdio.h>

#include "protocol/limits.h"
#include "support/builders.h"
#include "support/house.h"
#include "support/leak.h"

/* One client, from its connection to its end: what it is told when, and what closes it. */

static struct house house;
static struct wire_frame frame;

static void begin(void)
{
    house_init(&house);
}

static void end(void)
{
    house_finish(&house);
    assert_no_leak();
}

TestSuite(session, .init = begin, .fini = end);

static void wait_ms(int64_t ms)
{
    node_wait(&house.node, ms);
}

static void settle(void)
{
    node_settle(&house.node);
}

static void connect_with(struct peer *peer, const char *token)
{
    peer_connect(peer, &house.node);
    wire_hello(&frame, token, NULL, -1);
    peer_send(peer, &frame);
    settle();
}

static void open_c1(void)
{
    house_do(&house.ana,
             (struct wire_command){.action = "send_message", .body = "hi", .channel = "whatsapp"});
}

/* Signing in. */

Test(session, hello_is_welcomed_and_then_fed)
{
    house_join(&house, &house.ana);
    cr_assert_eq(house.ana.heard[0].type, WIRE_WELCOME);
    cr_assert_not(house.ana.heard[0].resumed);
    cr_assert_eq(house.ana.heard[0].seq, 0);
    cr_assert_str_eq(house.ana.heard[0].agent, "ana");
    cr_assert_eq(house.ana.heard[0].now, NOON_MS);
    cr_assert_eq(house.ana.heard[1].type, WIRE_SYNC);
    cr_assert(house.ana.heard[1].fresh && house.ana.heard[1].has_digest);
    cr_assert_eq(house.ana.heard_count, 2);
}

Test(session, an_agent_is_recorded_before_the_welcome_and_known_to_all)
{
    house_join(&house, &house.ana);
    cr_assert_eq(house_seq(&house), 1);
    house_join(&house, &house.bea);
    cr_assert_eq(house.ana.client.agents_count, 2);
    cr_assert_eq(house.bea.client.agents_count, 2);
    peer_leave(&house.bea);
    house_resume(&house, &house.bea);
    cr_assert_eq(house_seq(&house), 2, "he is known already");
}

Test(session, one_agent_with_two_screens_at_once_is_recorded_once)
{
    struct peer second = {0};
    house_hello(&house, &house.ana, false);
    peer_connect(&second, &house.node);
    wire_hello(&frame, peer_token(HOUSE_WORKSPACE, "ana", "agent", 0), NULL, -1);
    peer_send(&second, &frame);
    settle();
    cr_assert_eq(house_seq(&house), 1);
    cr_assert_not_null(peer_last(&house.ana, WIRE_WELCOME));
    cr_assert_not_null(peer_last(&second, WIRE_WELCOME));
    peer_finish(&second);
}

Test(session, says_nothing_before_it_has_been_welcomed)
{
    house_hello(&house, &house.ana, false);
    wire_time(&frame, 1);
    peer_send(&house.ana, &frame);
    settle();
    cr_assert_eq(house.ana.closed, CLOSE_OUT_OF_ORDER);
    /* Nor where the desk is there and knows him, so that he could be welcomed at once. */
    house_join(&house, &house.bea);
    peer_leave(&house.bea);
    house_hello(&house, &house.bea, false);
    wire_time(&frame, 1);
    peer_send(&house.bea, &frame);
    settle();
    cr_assert_eq(house.bea.closed, CLOSE_OUT_OF_ORDER);
}

Test(session, automation_and_channels_get_a_welcome_and_no_rows)
{
    house_join(&house, &house.ana);
    open_c1();
    house_join(&house, &house.bot);
    cr_assert_eq(house.bot.heard_count, 1);
    cr_assert_eq(house.bot.heard[0].type, WIRE_WELCOME);
    house_do(&house.ana, (struct wire_command){.action = "complete"});
    cr_assert_eq(house.bot.heard_count, 1);
}

Test(session, automation_does_not_resume)
{
    house_join(&house, &house.ana);
    open_c1();
    house_join(&house, &house.bot);
    peer_leave(&house.bot);
    house.bot.client.seq = 2;
    house_resume(&house, &house.bot);
    cr_assert_not(peer_last(&house.bot, WIRE_WELCOME)->resumed);
    cr_assert_eq(peer_last(&house.bot, WIRE_WELCOME)->seq, 0);
}

Test(session, without_hello_it_ends_after_ten_seconds)
{
    peer_connect(&house.ana, &house.node);
    wait_ms(LIMIT_HELLO_MS - 1);
    cr_assert_eq(house.ana.closed, CLOSE_NONE);
    wait_ms(1);
    cr_assert_eq(house.ana.closed, CLOSE_NO_HELLO);
    cr_assert_eq(peer_last(&house.ana, WIRE_BYE)->code, CLOSE_NO_HELLO);
}

Test(session, after_hello_the_ten_seconds_do_not_count)
{
    house_join(&house, &house.ana);
    wait_ms(2 * LIMIT_HELLO_MS);
    cr_assert_eq(house.ana.closed, CLOSE_NONE);
}

Test(session, the_first_message_must_be_hello)
{
    peer_connect(&house.ana, &house.node);
    wire_time(&frame, 1);
    peer_send(&house.ana, &frame);
    settle();
    cr_assert_eq(house.ana.closed, CLOSE_OUT_OF_ORDER);
    peer_connect(&house.bea, &house.node);
    house_send(&house.bea, (struct wire_command){.action = "no_such_thing"});
    settle();
    cr_assert_eq(house.bea.closed, CLOSE_OUT_OF_ORDER);
}

Test(session, between_hello_and_welcome_nothing_may_be_said)
{
    house_hello(&house, &house.ana, false);
    wire_time(&frame, 1);
    peer_send(&house.ana, &frame);
    settle();
    cr_assert_eq(house.ana.closed, CLOSE_OUT_OF_ORDER);
}

Test(session, what_is_no_message_closes)
{
    house_join(&house, &house.ana);
    frame = (struct wire_frame){.size = 2, .data = {0x81, 0xa1}};
    peer_send(&house.ana, &frame);
    settle();
    cr_assert_eq(house.ana.closed, CLOSE_BAD_FRAME);
}

Test(session, what_comes_after_a_fault_is_not_listened_to)
{
    house_join(&house, &house.ana);
    session_fail(house.ana.session, CLOSE_TOO_BIG);
    house_send(&house.ana, (struct wire_command){.action = "reopen"});
    session_fail(house.ana.session, CLOSE_UNSUPPORTED);
    settle();
    cr_assert_eq(house.ana.closed, CLOSE_TOO_BIG);
    cr_assert_eq(peer_count(&house.ana, WIRE_ANSWER), 0);
}

/* Tokens. */

Test(session, a_bad_or_an_expired_token_closes)
{
    connect_with(&house.ana, "forged");
    cr_assert_eq(house.ana.closed, CLOSE_BAD_TOKEN);
    connect_with(&house.bea, peer_token(HOUSE_WORKSPACE, "bea", "agent", NOON_MS - LIMIT_TOKEN_LEEWAY_MS));
    cr_assert_eq(house.bea.closed, CLOSE_TOKEN_EXPIRED);
}

Test(session, it_ends_when_the_token_does_by_the_issuers_clock)
{
    connect_with(&house.ana, peer_token(HOUSE_WORKSPACE, "ana", "agent", NOON_MS + MINUTE_MS));
    wait_ms(MINUTE_MS + LIMIT_TOKEN_LEEWAY_MS - 1);
    cr_assert_eq(house.ana.closed, CLOSE_NONE);
    wait_ms(1);
    cr_assert_eq(house.ana.closed, CLOSE_TOKEN_EXPIRED);
}

Test(session, a_renewed_token_goes_on_as_if_nothing_had_been)
{
    connect_with(&house.ana, peer_token(HOUSE_WORKSPACE, "ana", "agent", NOON_MS + MINUTE_MS));
    open_c1();
    wire_hello(&frame, peer_token(HOUSE_WORKSPACE, "ana", "agent", NOON_MS + HOUR_MS), "any", 0);
    peer_send(&house.ana, &frame);
    settle();
    cr_assert_eq(peer_count(&house.ana, WIRE_WELCOME), 2);
    cr_assert(peer_last(&house.ana, WIRE_WELCOME)->resumed);
    cr_assert_eq(peer_last(&house.ana, WIRE_WELCOME)->seq, house.ana.client.seq);
    size_t syncs = peer_count(&house.ana, WIRE_SYNC);
    wait_ms(2 * MINUTE_MS);
    cr_assert_eq(house.ana.closed, CLOSE_NONE);
    cr_assert_eq(peer_count(&house.ana, WIRE_SYNC), syncs);
    house_do(&house.ana, (struct wire_command){.action = "complete"});
    house_expect_in_sync(&house, &house.ana);
}

Test(session, a_token_renewed_under_another_name_makes_that_name_known)
{
    house_join(&house, &house.ana);
    int64_t seq = house_seq(&house);
    wire_hello(&frame, HOUSE_WORKSPACE "|ana|Ana G.|agent|4102444800000", "any", 0);
    peer_send(&house.ana, &frame);
    settle();
    cr_assert_eq(house.ana.closed, CLOSE_NONE);
    cr_assert_eq(house_seq(&house), seq + 1);
}

Test(session, a_token_can_be_renewed_only_for_the_same_person)
{
    const char *others[] = {
        peer_token(HOUSE_WORKSPACE, "bea", "agent", 0),
        peer_token(HOUSE_WORKSPACE, "ana", "supervisor", 0),
        peer_token("another", "ana", "agent", 0),
        "forged",
    };
    for (size_t i = 0; i < ARRAY_COUNT(others); i++) {
        house_join(&house, &house.ana);
        wire_hello(&frame, others[i], NULL, -1);
        peer_send(&house.ana, &frame);
        settle();
        cr_assert_eq(house.ana.closed, CLOSE_BAD_TOKEN);
    }
}

Test(session, a_token_that_never_ends_is_no_trouble)
{
    connect_with(&house.ana, peer_token(HOUSE_WORKSPACE, "ana", "agent", INT64_MAX));
    wait_ms(HOUR_MS);
    cr_assert_eq(house.ana.closed, CLOSE_NONE);
}

/* Coming back. */

Test(session, a_resume_brings_exactly_what_changed)
{
    house_join(&house, &house.ana);
    house_join(&house, &house.bea);
    open_c1();
    int64_t seq = house.bea.client.seq;
    peer_leave(&house.bea);
    for (int i = 0; i < 3; i++)
        house_do(&house.ana,
                 (struct wire_command){
                     .action = "send_message", .body = "hi", .conversation = "c2", .channel = "web"});
    size_t from = house.bea.heard_count;
    house_resume(&house, &house.bea);
    cr_assert_eq(house.bea.heard_count, from + 2);
    cr_assert(house.bea.heard[from].resumed);
    cr_assert_eq(house.bea.heard[from].seq, seq);
    cr_assert_eq(house.bea.heard[from + 1].rows_count, 1);
    cr_assert_eq(house.bea.heard[from + 1].from, seq);
    house_expect_in_sync(&house, &house.bea);
}

Test(session, a_resume_with_another_epoch_starts_afresh)
{
    house_join(&house, &house.ana);
    open_c1();
    peer_leave(&house.ana);
    snprintf(house.ana.client.epoch, sizeof(house.ana.client.epoch), "another");
    house_resume(&house, &house.ana);
    cr_assert_not(peer_last(&house.ana, WIRE_WELCOME)->resumed);
    cr_assert(peer_last(&house.ana, WIRE_SYNC)->fresh);
    house_expect_in_sync(&house, &house.ana);
}

Test(session, a_resume_from_further_than_the_database_starts_afresh)
{
    house_join(&house, &house.ana);
    open_c1();
    peer_leave(&house.ana);
    house.ana.client.seq += 5;
    house_resume(&house, &house.ana);
    cr_assert_not(peer_last(&house.ana, WIRE_WELCOME)->resumed);
    house_expect_in_sync(&house, &house.ana);
}

Test(session, a_client_that_another_node_served_further_gets_its_own_writes)
{
    house_join(&house, &house.ana);
    open_c1();
    peer_leave(&house.ana);
    house_foreign(&house, ana(), COMMAND(COMPLETE));
    house_put_at(&house, &house.ana, house_seq(&house));
    size_t from = house.ana.heard_count;
    house_resume(&house, &house.ana);
    cr_assert(house.ana.heard[from].resumed);
    cr_assert_eq(house.ana.heard_count, from + 1, "it has everything");
    house_do(&house.ana, (struct wire_command){.action = "reopen"});
    house_expect_in_sync(&house, &house.ana);
}

Test(session, a_client_that_is_ahead_waits_for_the_database_rather_than_going_back)
{
    house_join(&house, &house.ana);
    open_c1();
    peer_leave(&house.ana);
    house_foreign(&house, ana(), COMMAND(COMPLETE));
    house_put_at(&house, &house.ana, house_seq(&house));
    store_memory_down(house.node.store);
    size_t from = house.ana.heard_count;
    house_resume(&house, &house.ana);
    cr_assert_eq(peer_find(&house.ana, WIRE_WELCOME, from), house.ana.heard_count);
    store_memory_up(house.node.store);
    settle();
    cr_assert(house.ana.heard[peer_find(&house.ana, WIRE_WELCOME, from)].resumed);
}

/* The database goes and comes. */

Test(session, that_the_database_went_away_and_came_back_is_told_once_each)
{
    house_join(&house, &house.ana);
    store_memory_down(house.node.store);
    settle();
    cr_assert_not(peer_last(&house.ana, WIRE_STATE)->is_up);
    const struct wire_message *answer = house_do(&house.ana, (struct wire_command){.action = "reopen"});
    cr_assert_str_eq(answer->reason, "unavailable");
    store_memory_up(house.node.store);
    settle();
    cr_assert(peer_last(&house.ana, WIRE_STATE)->is_up);
    cr_assert_eq(peer_count(&house.ana, WIRE_STATE), 2);
}

Test(session, who_cannot_be_let_in_for_now_is_sent_away_for_a_while_of_his_own)
{
    struct peer *const crowd[] = {&house.ana, &house.bea, &house.sol};
    int64_t retries_ms[ARRAY_COUNT(crowd)];
    for (size_t i = 0; i < ARRAY_COUNT(crowd); i++) {
        store_memory_arm(house.node.store, STORE_MEMORY_DISK_FULL);
        house_hello(&house, crowd[i], false);
        settle();
        cr_assert_eq(crowd[i]->closed, CLOSE_TRY_LATER);
        retries_ms[i] = peer_last(crowd[i], WIRE_BYE)->retry_ms;
        cr_assert(retries_ms[i] >= LIMIT_RETRY_UNAVAILABLE_MS &&
                  retries_ms[i] < 2 * LIMIT_RETRY_UNAVAILABLE_MS);
    }
    cr_assert(retries_ms[0] != retries_ms[1] && retries_ms[1] != retries_ms[2]);
    house_join(&house, &house.ana);
    cr_assert_eq(house.ana.closed, CLOSE_NONE);
}

Test(session, who_comes_while_the_database_is_away_is_told_and_waits)
{
    house_join(&house, &house.ana);
    open_c1();
    store_memory_down(house.node.store);
    house_join(&house, &house.bea);
    cr_assert_null(peer_last(&house.bea, WIRE_WELCOME));
    cr_assert_not(peer_last(&house.bea, WIRE_STATE)->is_up);
    wait_ms(MINUTE_MS);
    store_memory_up(house.node.store);
    settle();
    cr_assert_not_null(peer_last(&house.bea, WIRE_WELCOME));
    house_expect_in_sync(&house, &house.bea);
}

Test(session, a_server_that_starts_before_the_database_serves_when_it_comes)
{
    struct node late;
    struct peer peer = {0};
    node_start(&late, house.database, 3);
    peer_connect(&peer, &late);
    wire_hello(&frame, peer_token(HOUSE_WORKSPACE, "ana", "agent", 0), NULL, -1);
    peer_send(&peer, &frame);
    node_wait(&late, MINUTE_MS);
    cr_assert_null(peer_last(&peer, WIRE_WELCOME));
    store_memory_up(late.store);
    node_settle(&late);
    cr_assert_not_null(peer_last(&peer, WIRE_WELCOME));
    peer_finish(&peer);
    node_stop(&late);
}

Test(session, an_agent_whose_recording_is_in_doubt_waits_for_it)
{
    house_join(&house, &house.ana);
    store_memory_arm(house.node.store, STORE_MEMORY_LOSE_ANSWER);
    house_join(&house, &house.bea);
    cr_assert_null(peer_last(&house.bea, WIRE_WELCOME));
    store_memory_up(house.node.store);
    settle();
    cr_assert_eq(house.bea.closed, CLOSE_NONE);
    cr_assert_not_null(peer_last(&house.bea, WIRE_WELCOME));
    cr_assert_eq(house_seq(&house), 2, "he was recorded twice");
}

/* Dying in the middle. */

Test(session, a_client_that_goes_leaves_nothing_behind_whenever_it_goes)
{
    house_join(&house, &house.contact);
    house_join(&house, &house.sol);
    house_do(&house.contact, (struct wire_command){.action = "contact_message", .body = "hello"});
    for (int turns = 0; turns < 12; turns++) {
        house_hello(&house, &house.ana, false);
        for (int i = 0; i < turns; i++) {
            node_turn(&house.node);
            if (i != 6)
                continue;
            house_send(&house.ana, (struct wire_command){.action = "send_message", .body = "hi"});
            house_send(&house.ana, (struct wire_command){.action = "reopen", .conversation = "nowhere"});
            wire_page(&frame, 1, 0, 5);
            peer_send(&house.ana, &frame);
            wire_time(&frame, 1);
            peer_send(&house.ana, &frame);
        }
        peer_leave(&house.ana);
        settle();
        house_expect_in_sync(&house, &house.sol);
    }
}

/* The end. */

Test(session, a_drain_settles_what_is_in_flight_and_then_says_goodbye)
{
    house_join(&house, &house.ana);
    house_join(&house, &house.bea);
    peer_connect(&house.sol, &house.node);
    struct command_id before = house_send(
        &house.ana, (struct wire_command){.action = "send_message", .body = "hi", .channel = "web"});
    hub_drain(house.node.hub);
    struct command_id after = house_send(&house.ana, (struct wire_command){.action = "complete"});
    cr_assert_not(hub_is_settled(house.node.hub));
    settle();
    cr_assert(hub_is_settled(house.node.hub));
    cr_assert_str_eq(peer_answer(&house.ana, before)->outcome, "done");
    cr_assert_str_eq(peer_answer(&house.ana, after)->reason, "unavailable");
    cr_assert_eq(house.ana.closed, CLOSE_RESTART);
    cr_assert_eq(house.bea.closed, CLOSE_RESTART);
    cr_assert_eq(house.sol.closed, CLOSE_RESTART);
    int64_t retry_ms = peer_last(&house.ana, WIRE_BYE)->retry_ms;
    cr_assert(retry_ms >= 1 && retry_ms <= LIMIT_DRAIN_SPREAD_MS);
    cr_assert_neq(retry_ms, peer_last(&house.bea, WIRE_BYE)->retry_ms);
}
