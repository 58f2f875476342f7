#include <criterion/criterion.h>

#include "app/desk.h"
#include "protocol/limits.h"
#include "support/builders.h"
#include "support/house.h"
#include "support/leak.h"

/* A database that is there and commits nothing: what clients are told, what is refused, and what goes on. */

static struct house house;

static void begin(void)
{
    house_init(&house);
    house_join(&house, &house.ana);
    house_join(&house, &house.bot);
    house_do(&house.ana, (struct wire_command){
                             .action = "send_message", .body = "hi", .channel = "web", .conversation = "c1"});
}

static void end(void)
{
    house_finish(&house);
    assert_no_leak();
}

TestSuite(stuck, .init = begin, .fini = end);

static void be_stuck(bool is_stuck)
{
    store_memory_set_stuck(house.node.store, is_stuck);
    node_settle(&house.node);
}

Test(stuck, everybody_is_told_once_and_once_more_when_it_is_over)
{
    size_t told = peer_count(&house.ana, WIRE_STATE);
    be_stuck(true);
    cr_assert(peer_last(&house.ana, WIRE_STATE)->is_stuck);
    cr_assert(peer_last(&house.bot, WIRE_STATE)->is_stuck);
    be_stuck(true);
    node_wait(&house.node, 60 * 1000);
    cr_assert_eq(peer_count(&house.ana, WIRE_STATE), told + 1);
    cr_assert_not(hub_stats(house.node.hub).is_ready);
    cr_assert(hub_stats(house.node.hub).store_is_up);
    be_stuck(false);
    cr_assert(peer_last(&house.ana, WIRE_STATE)->is_up);
    cr_assert_eq(peer_count(&house.ana, WIRE_STATE), told + 2);
    cr_assert(hub_stats(house.node.hub).is_ready);
}

Test(stuck, commands_are_refused_meanwhile_and_what_was_under_way_is_settled_once)
{
    store_memory_set_delay_ms(house.node.store, 50, 50);
    struct command_id waits = house_send(&house.ana, (struct wire_command){.action = "complete"});
    node_turn(&house.node);
    store_memory_set_stuck(house.node.store, true);
    node_wait(&house.node, 1000);
    cr_assert_null(peer_answer(&house.ana, waits));
    struct command_id refused = house_send(&house.ana, (struct wire_command){.action = "keep_open"});
    node_wait(&house.node, 1000);
    cr_assert_str_eq(peer_answer(&house.ana, refused)->outcome, "refused");
    cr_assert_str_eq(peer_answer(&house.ana, refused)->reason, "unavailable");
    int64_t seq = house_seq(&house);
    store_memory_set_stuck(house.node.store, false);
    node_wait(&house.node, 1000);
    cr_assert_str_eq(peer_answer(&house.ana, waits)->outcome, "done");
    cr_assert_eq(house_seq(&house), seq + 1);
    house_expect_in_sync(&house, &house.ana);
}

Test(stuck, who_comes_meanwhile_is_let_in_and_recorded_afterwards)
{
    be_stuck(true);
    int64_t seq = house_seq(&house);
    house_join(&house, &house.bea); /* who has never been here */
    cr_assert(house.bea.client.has_welcome);
    cr_assert(peer_last(&house.bea, WIRE_STATE)->is_stuck);
    house_expect_in_sync(&house, &house.bea);
    cr_assert_eq(house_seq(&house), seq);
    be_stuck(false);
    cr_assert_eq(house_seq(&house), seq + 1, "she is an agent now");
    house_do(&house.ana, (struct wire_command){.action = "assign", .agent = "bea"});
    house_expect_in_sync(&house, &house.bea);
}

Test(stuck, who_was_coming_in_waits_no_longer)
{
    store_memory_set_delay_ms(house.node.store, 50, 50);
    house_hello(&house, &house.bea, false);
    node_wait(&house.node, 20);
    cr_assert_not(house.bea.client.has_welcome);
    store_memory_set_stuck(house.node.store, true);
    node_settle(&house.node);
    cr_assert(house.bea.client.has_welcome);
    int64_t seq = house_seq(&house);
    store_memory_set_stuck(house.node.store, false);
    node_wait(&house.node, 1000);
    cr_assert_eq(house_seq(&house), seq + 1, "recorded once");
}

Test(stuck, a_pause_that_runs_out_meanwhile_is_ended_afterwards)
{
    int64_t seq = house_seq(&house);
    be_stuck(true);
    node_wait(&house.node, 61 * 60 * 1000);
    cr_assert_eq(house_seq(&house), seq);
    be_stuck(false);
    node_wait(&house.node, 1000);
    cr_assert_eq(house_seq(&house), seq + 1);
}

Test(stuck, a_database_that_is_stuck_and_goes_away_is_stuck_still_when_it_comes_back)
{
    be_stuck(true);
    store_memory_down(house.node.store);
    node_settle(&house.node);
    cr_assert_not(peer_last(&house.ana, WIRE_STATE)->is_up);
    cr_assert_not(peer_last(&house.ana, WIRE_STATE)->is_stuck);
    store_memory_up(house.node.store);
    node_settle(&house.node);
    cr_assert(peer_last(&house.ana, WIRE_STATE)->is_stuck);
    be_stuck(false);
    cr_assert(peer_last(&house.ana, WIRE_STATE)->is_up);
}
