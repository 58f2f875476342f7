#include <criterion/criterion.h>

#include "support/builders.h"
#include "support/house.h"
#include "support/leak.h"

/* The database is replaced by its own backup: nothing tells of it but the log. Clients start afresh, visibly,
 * and nothing of before is mistaken for something of now. */

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

TestSuite(restoration, .init = begin, .fini = end);

static struct wire_command message_to(const char *conversation)
{
    return (struct wire_command){
        .action = "send_message", .body = "hi", .channel = "web", .conversation = conversation};
}

static void everybody_joins(void)
{
    house_join(&house, &house.ana);
    house_join(&house, &house.bea);
    house_do(&house.ana, message_to("c1"));
}

static void restore(size_t lost_commits)
{
    store_memory_restore(house.database, lost_commits);
    store_memory_up(house.node.store);
}

static void expect_afresh(const struct peer *peer, size_t from)
{
    size_t welcome = peer_find(peer, WIRE_WELCOME, from);
    cr_assert_lt(welcome, peer->heard_count, "it was not told");
    cr_assert_not(peer->heard[welcome].resumed);
    cr_assert_str_eq(peer->heard[welcome].epoch, peer->heard[0].epoch, "nothing else tells of it");
    house_expect_in_sync(&house, peer);
}

Test(restoration, is_noticed_though_nobody_writes)
{
    everybody_joins();
    house_do(&house.ana, message_to("c2"));
    size_t from = house.bea.heard_count;
    restore(1);
    node_wait(&house.node, LIMIT_HEADS_POLL_MS + 100);
    expect_afresh(&house.bea, from);
    cr_assert_null(wire_client_find(&house.bea.client, "c2"));
}

Test(restoration, is_noticed_where_the_new_log_is_as_long_as_the_old_one)
{
    everybody_joins();
    house_do(&house.ana, message_to("c2"));
    size_t from = house.bea.heard_count;
    store_memory_restore(house.database, 1);
    house_foreign(
        &house, ana(),
        COMMAND(SEND_MESSAGE, .conversation = BYTES("c3"), .body = BYTES("hi"), .channel = BYTES("web")));
    cr_assert_eq(house_seq(&house), house.bea.client.seq);
    store_memory_up(house.node.store);
    node_wait(&house.node, LIMIT_HEADS_POLL_MS + 100);
    expect_afresh(&house.bea, from);
    cr_assert_not_null(wire_client_find(&house.bea.client, "c3"));
}

Test(restoration, is_noticed_where_the_new_log_has_gone_further)
{
    everybody_joins();
    house_do(&house.ana, message_to("c2"));
    size_t from = house.bea.heard_count;
    store_memory_restore(house.database, 1);
    for (int i = 0; i < 5; i++)
        house_foreign(
            &house, ana(),
            COMMAND(SEND_MESSAGE, .conversation = BYTES("c3"), .body = BYTES("hi"), .channel = BYTES("web")));
    store_memory_up(house.node.store);
    node_wait(&house.node, LIMIT_HEADS_POLL_MS + 100);
    expect_afresh(&house.bea, from);
    cr_assert_null(wire_client_find(&house.bea.client, "c2"));
}

Test(restoration, lets_nothing_be_done_on_what_was)
{
    everybody_joins();
    house_do(&house.ana, message_to("c2"));
    store_memory_restore(house.database, 1);
    house_foreign(
        &house, ana(),
        COMMAND(SEND_MESSAGE, .conversation = BYTES("c3"), .body = BYTES("hi"), .channel = BYTES("web")));
    store_memory_up(house.node.store);
    const struct wire_message *answer =
        house_do(&house.ana, (struct wire_command){.action = "keep_open", .conversation = "c2"});
    cr_assert_str_eq(answer->reason, "unknown_conversation");
    house_expect_in_sync(&house, &house.bea);
}

Test(restoration, does_not_mislead_a_client_that_comes_back)
{
    everybody_joins();
    house_do(&house.ana, message_to("c2"));
    peer_leave(&house.bea);
    size_t from = house.bea.heard_count;
    store_memory_restore(house.database, 1);
    house_foreign(
        &house, ana(),
        COMMAND(SEND_MESSAGE, .conversation = BYTES("c3"), .body = BYTES("hi"), .channel = BYTES("web")));
    store_memory_up(house.node.store);
    node_wait(&house.node, LIMIT_HEADS_POLL_MS + 100);
    house_resume(&house, &house.bea);
    expect_afresh(&house.bea, from);
}

Test(restoration, to_where_everybody_was_goes_unnoticed)
{
    everybody_joins();
    size_t from = house.bea.heard_count;
    restore(0);
    node_wait(&house.node, LIMIT_HEADS_POLL_MS + 100);
    house_do(&house.ana, message_to("c2"));
    cr_assert_eq(peer_find(&house.bea, WIRE_WELCOME, from), house.bea.heard_count);
    house_expect_in_sync(&house, &house.bea);
}
