#include <criterion/criterion.h>

#include "support/builders.h"
#include "support/house.h"
#include "support/leak.h"

/* A standby takes over, which may lack the last commits: clients start afresh, visibly, and nothing of before
 * is mistaken for something of now. */

static struct house house;

static void begin(void)
{
    house_init(&house);
}

static void end(void)
{
    house_finish(&house);
    assert_no_leak();
}

TestSuite(promotion, .init = begin, .fini = end);

static void settle(void)
{
    node_settle(&house.node);
}

static void wait_ms(int64_t ms)
{
    node_wait(&house.node, ms);
}

static struct wire_command open_of(const char *conversation)
{
    return (struct wire_command){
        .action = "send_message", .body = "hi", .channel = "web", .conversation = conversation};
}

static struct wire_command just(const char *action)
{
    return (struct wire_command){.action = action};
}

static void everybody_joins(void)
{
    house_join(&house, &house.ana);
    house_join(&house, &house.bea);
    house_join(&house, &house.bot);
    house_do(&house.ana, open_of("c1"));
}

Test(promotion, a_promotion_starts_clients_afresh_visibly)
{
    everybody_joins();
    house_do(&house.ana, open_of("c2"));
    store_memory_promote(house.database, 1);
    store_memory_up(house.node.store);
    settle();
    cr_assert_not(peer_last(&house.ana, WIRE_WELCOME)->resumed);
    cr_assert(peer_last(&house.ana, WIRE_SYNC)->fresh);
    cr_assert_null(wire_client_find(&house.ana.client, "c2"));
    house_expect_in_sync(&house, &house.ana);
    house_do(&house.bea, just("complete"));
    house_expect_in_sync(&house, &house.ana);
}

Test(promotion, an_answer_that_had_not_left_when_the_database_changed_is_unknown)
{
    everybody_joins();
    house.ana.is_deaf = true;
    struct wire_command command = open_of("c2");
    command.id = house_send(&house.ana, command);
    settle();
    store_memory_promote(house.database, 1);
    store_memory_up(house.node.store);
    settle();
    peer_listen(&house.ana);
    settle();
    cr_assert_str_eq(peer_answer(&house.ana, command.id)->outcome, "unknown", "it may have been lost");
    command.resend = true;
    cr_assert_str_eq(house_do(&house.ana, command)->outcome, "done");
    house_expect_in_sync(&house, &house.ana);
}

Test(promotion, nothing_of_the_old_database_is_shown_under_the_new_one_s_epoch)
{
    everybody_joins();
    peer_leave(&house.bea);
    size_t from = house.bea.heard_count;
    store_memory_set_delay_ms(house.node.store, 50, 50);
    house_send(&house.ana, open_of("c2"));
    wait_ms(60);
    store_memory_promote(house.database, 2);
    store_memory_up(house.node.store);
    house_hello(&house, &house.bea, false);
    wait_ms(2000);
    size_t welcome = peer_find(&house.bea, WIRE_WELCOME, from);
    cr_assert_eq(peer_find(&house.bea, WIRE_WELCOME, welcome + 1), house.bea.heard_count,
                 "it was welcomed to what was about to go");
    house_expect_in_sync(&house, &house.bea);
}

Test(promotion, the_end_of_a_pause_that_was_lost_does_not_stand_in_for_another_s)
{
    house_join(&house, &house.ana);
    house_do(&house.ana, open_of("c1"));
    int64_t pause_seq = house_seq(&house);
    store_memory_arm(house.node.store, STORE_MEMORY_LOSE_REQUEST);
    wait_ms(HOUR_MS + 1000);
    store_memory_promote(house.database, 1);
    store_memory_up(house.node.store);
    settle();
    struct stored_outcome stored;
    cr_assert_not(store_memory_find_outcome(house.database, HOUSE_WORKSPACE,
                                            conversation_expire_id(pause_seq), &stored));
    house_do(&house.ana, open_of("c3"));
    cr_assert_eq(house_truth(&house, "c3")->pause_seq, pause_seq);
    wait_ms(HOUR_MS + 1000);
    cr_assert_eq(house_truth(&house, "c3")->pause.kind, PAUSE_NONE);
}

Test(promotion, an_agent_who_joins_while_the_database_changes_gets_in)
{
    house_join(&house, &house.ana);
    store_memory_arm(house.node.store, STORE_MEMORY_LOSE_ANSWER);
    house_hello(&house, &house.bea, false);
    settle();
    store_memory_promote(house.database, 1);
    store_memory_up(house.node.store);
    wait_ms(3000);
    cr_assert_eq(house.bea.closed, CLOSE_NONE);
    cr_assert_not_null(peer_last(&house.bea, WIRE_WELCOME));
    house_expect_in_sync(&house, &house.bea);
}

Test(promotion, an_agent_who_was_lost_with_the_old_database_is_recorded_in_the_new_one)
{
    house_join(&house, &house.ana);
    store_memory_promote(house.database, 1);
    store_memory_up(house.node.store);
    settle();
    struct wire_command command = {
        .action = "assign", .agent = "ana", .channel = "web", .conversation = "c1"};
    cr_assert_str_eq(house_do(&house.ana, command)->outcome, "done");
    house_expect_in_sync(&house, &house.ana);
}

Test(promotion, a_command_in_doubt_gets_its_first_answer_where_it_has_survived)
{
    everybody_joins();
    store_memory_arm(house.node.store, STORE_MEMORY_LOSE_ANSWER);
    struct command_id id = house_send(&house.ana, just("complete"));
    settle();
    store_memory_promote(house.database, 0);
    store_memory_up(house.node.store);
    settle();
    cr_assert_str_eq(peer_answer(&house.ana, id)->outcome, "done");
    house_expect_in_sync(&house, &house.ana);
}

/* What was lost. */

static uint64_t count_lost(void)
{
    return hub_stats(house.node.hub).transitions_lost;
}

Test(promotion, what_the_database_lacks_of_what_was_committed_is_counted)
{
    everybody_joins();
    house_do(&house.ana, open_of("c2"));
    house_do(&house.ana, open_of("c3"));
    store_memory_promote(house.database, 2);
    store_memory_up(house.node.store);
    settle();
    cr_assert_eq(count_lost(), 2);
    cr_assert_eq(hub_stats(house.node.hub).epoch_changes, 1);
    house_expect_in_sync(&house, &house.ana);
}

Test(promotion, what_was_written_since_in_the_place_of_what_was_lost_hides_nothing)
{
    everybody_joins();
    house_do(&house.ana, open_of("c2"));
    house_do(&house.ana, open_of("c3"));
    store_memory_promote(house.database, 1);
    for (int i = 0; i < 3; i++) {
        wait_ms(1000);
        house_foreign(&house, bea(), i == 1 ? COMMAND(REOPEN) : COMMAND(COMPLETE));
    }
    store_memory_up(house.node.store);
    settle();
    cr_assert_eq(count_lost(), 1);
    house_expect_in_sync(&house, &house.ana);
}

Test(promotion, of_a_standby_that_had_everything_nothing_is_said_to_be_lost)
{
    everybody_joins();
    house_do(&house.ana, open_of("c2"));
    store_memory_promote(house.database, 0);
    wait_ms(1000);
    house_foreign(&house, bea(), COMMAND(COMPLETE));
    store_memory_up(house.node.store);
    settle();
    cr_assert_eq(count_lost(), 0);
    cr_assert_eq(hub_stats(house.node.hub).epoch_changes, 1);
}

Test(promotion, what_a_restored_backup_lacks_is_counted_too)
{
    everybody_joins();
    house_do(&house.ana, open_of("c2"));
    store_memory_restore(house.database, 1);
    store_memory_up(house.node.store);
    wait_ms(5000);
    cr_assert_eq(count_lost(), 1);
    cr_assert_eq(hub_stats(house.node.hub).epoch_changes, 0);
    house_expect_in_sync(&house, &house.ana);
}
