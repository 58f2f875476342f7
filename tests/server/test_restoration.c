#include <criterion/criterion.h>

#include <string.h>

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

Test(restoration, does_not_hide_a_revocation_whose_number_comes_again)
{
    everybody_joins();
    store_memory_revoke(house.database, HOUSE_WORKSPACE, "somebody");
    node_wait(&house.node, LIMIT_REVOCATIONS_POLL_MS);
    store_memory_restore(house.database, 0);
    store_memory_lose_revocations(house.database);
    store_memory_revoke(house.database, HOUSE_WORKSPACE, "ana");
    store_memory_up(house.node.store);
    node_wait(&house.node, LIMIT_REVOCATIONS_POLL_MS);
    cr_assert_eq(house.ana.closed, CLOSE_BAD_TOKEN);
    cr_assert_eq(house.bea.closed, 0);
}

/* The number of a workspace that has no log may be another one's by now. */
Test(restoration, makes_a_workspace_without_a_log_be_looked_up_again)
{
    house_join(&house, &house.bot);
    size_t from = house.bot.heard_count;
    store_memory_restore(house.database, 0);
    store_memory_up(house.node.store);
    node_settle(&house.node);
    cr_assert_not(house.bot.heard[peer_find(&house.bot, WIRE_WELCOME, from)].resumed);
}

/* Of consumers. */

static struct wire_frame frame;

static void follow(int64_t after, int64_t mark)
{
    peer_connect(&house.bot, &house.node);
    wire_hello_consumer(&frame, peer_token(HOUSE_WORKSPACE, "bot", "automation", 0), "main", after, mark);
    peer_send(&house.bot, &frame);
    node_settle(&house.node);
}

static int count_entries(const char *body)
{
    int count = 0;
    for (size_t i = 0; i < house.bot.client.follow.log.count; i++)
        count += strcmp(house.bot.client.follow.log.each[i].body, body) == 0;
    return count;
}

static void write_foreign(const char *body)
{
    house_foreign(&house, ana(),
                  COMMAND(SEND_MESSAGE, .body = bytes_of_string(body), .channel = BYTES("web")));
}

Test(restoration, makes_a_consumer_come_back_and_miss_nothing)
{
    everybody_joins();
    follow(0, 0);
    house_do(&house.ana, message_to("c2"));
    house_do(&house.ana, message_to("c2"));
    store_memory_restore(house.database, 2);
    write_foreign("of the new log");
    write_foreign("of the new log");
    write_foreign("of the new log");
    store_memory_up(house.node.store);
    wire_acked(&frame, house.bot.client.follow.place);
    peer_send(&house.bot, &frame);
    node_wait(&house.node, LIMIT_HEADS_POLL_MS + 100);
    cr_assert_eq(house.bot.closed, CLOSE_TRY_LATER);
    /* It says where it was, and is told that this is no place any more. */
    int64_t place = house.bot.client.follow.place;
    follow(place, 1);
    cr_assert_not(peer_last(&house.bot, WIRE_WELCOME)->resumed);
    cr_assert_lt(peer_last(&house.bot, WIRE_WELCOME)->seq, place);
    cr_assert_eq(count_entries("of the new log"), 3);
    cr_assert_str_empty(house.bot.client.fault, "%s", house.bot.client.fault);
}

Test(restoration, is_noticed_by_a_consumer_that_reads_what_is_not_in_memory)
{
    everybody_joins();
    for (int i = 0; i < LIMIT_TAIL_ROWS; i++) {
        write_foreign("of the old log");
        store_memory_advance(house.database, 1000);
    }
    node_wait(&house.node, LIMIT_HEADS_POLL_MS + 100);
    house.bot.is_deaf = true;
    follow(0, 0);
    peer_listen(&house.bot);
    house.bot.is_deaf = true;
    int64_t place = house.bot.client.follow.place;
    store_memory_restore(house.database, LIMIT_TAIL_ROWS);
    for (int i = 0; i < LIMIT_TAIL_ROWS + 5; i++)
        write_foreign("of the new log");
    house.bot.client.follow.log.count = 0;
    store_memory_up(house.node.store);
    peer_listen(&house.bot);
    node_wait(&house.node, LIMIT_HEADS_POLL_MS + 100);
    cr_assert_eq(house.bot.closed, CLOSE_TRY_LATER, "nothing of one log follows something of the other");
    follow(-1, 0);
    node_settle(&house.node);
    cr_assert_gt(place, 0);
    cr_assert_eq(count_entries("of the new log"), LIMIT_TAIL_ROWS + 5);
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
