#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "protocol/limits.h"
#include "support/builders.h"
#include "support/house.h"
#include "support/leak.h"

/* Automation and channels follow the log: everything that concerns them, in order, at least once. */

static struct house house;
static struct wire_frame frame;
static struct peer other; /* a second connection of the bot's, or another channel */

static void begin(void)
{
    house_init(&house);
    house_join(&house, &house.ana);
    house_join(&house, &house.contact);
    other = (struct peer){0};
}

static void end(void)
{
    peer_leave(&other);
    house_finish(&house);
    cr_assert_str_empty(other.client.fault, "%s", other.client.fault);
    peer_finish(&other);
    assert_no_leak();
}

TestSuite(consumers, .init = begin, .fini = end);

static void settle(void)
{
    node_settle(&house.node);
}

static void write_to_us(const char *conversation, const char *body)
{
    house_do(&house.contact,
             (struct wire_command){.action = "contact_message", .conversation = conversation, .body = body});
}

static void write_many(int count)
{
    char body[32];
    for (int i = 1; i <= count; i++) {
        snprintf(body, sizeof(body), "%d", i);
        write_to_us("c1", body);
        if (i % 100 == 0)
            node_wait(&house.node, 1000); /* nobody is that fast */
    }
}

/* Connects as the consumer "main". */
static void attach(struct peer *peer, const char *id, const char *role, int64_t after)
{
    peer_connect(peer, &house.node);
    wire_hello_consumer(&frame, peer_token(HOUSE_WORKSPACE, id, role, 0), "main", after,
                        after < 0 || after > house_seq(&house) ? 0 : house_mark(&house, after));
    peer_send(peer, &frame);
    settle();
}

static void follow(int64_t after)
{
    attach(&house.bot, "bot", "automation", after);
}

static void acknowledge(struct peer *peer, int64_t seq)
{
    wire_acked(&frame, seq);
    peer_send(peer, &frame);
    node_wait(&house.node, LIMIT_ACK_MS);
}

/* Every message's body and every other action, as they came. */
static void expect_log(const struct peer *peer, const char *expected)
{
    char text[2048] = "";
    const struct wire_entries *log = &peer->client.follow.log;
    for (size_t i = 0; i < log->count; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i == 0 ? "" : " ",
                 log->each[i].message > 0 && log->each[i].has_body ? log->each[i].body : log->each[i].action);
    cr_assert_str_eq(text, expected);
    cr_assert_str_empty(peer->client.fault, "%s", peer->client.fault);
}

Test(consumers, a_new_one_begins_at_the_end_of_the_log)
{
    write_many(3);
    follow(-1);
    cr_assert_eq(peer_last(&house.bot, WIRE_WELCOME)->seq, house_seq(&house));
    write_to_us("c1", "now");
    house_do(&house.ana, (struct wire_command){.action = "reopen"});
    expect_log(&house.bot, "now reopen");
}

Test(consumers, one_that_says_the_place_of_another_log_gets_all_or_what_it_had_not_acknowledged)
{
    write_many(3);
    peer_connect(&house.bot, &house.node);
    wire_hello_consumer(&frame, peer_token(HOUSE_WORKSPACE, "bot", "automation", 0), "main", 3,
                        house_mark(&house, 3) + 1);
    peer_send(&house.bot, &frame);
    settle();
    cr_assert_not(peer_last(&house.bot, WIRE_WELCOME)->resumed);
    cr_assert_eq(peer_last(&house.bot, WIRE_WELCOME)->seq, 0);
    expect_log(&house.bot, "agent_seen 1 2 3");
    acknowledge(&house.bot, 2);
    peer_leave(&house.bot);
    house.bot.client.follow.log.count = 0;
    peer_connect(&house.bot, &house.node);
    wire_hello_consumer(&frame, peer_token(HOUSE_WORKSPACE, "bot", "automation", 0), "main", 99,
                        house_mark(&house, 3));
    peer_send(&house.bot, &frame);
    settle();
    cr_assert_not(peer_last(&house.bot, WIRE_WELCOME)->resumed);
    expect_log(&house.bot, "2 3");
}

Test(consumers, one_that_says_where_begins_there)
{
    write_many(3);
    follow(0);
    expect_log(&house.bot, "agent_seen 1 2 3");
    cr_assert(peer_last(&house.bot, WIRE_WELCOME)->resumed);
    for (size_t i = 0; i < house.bot.heard_count; i++)
        if (house.bot.heard[i].type == WIRE_LOG || house.bot.heard[i].type == WIRE_WELCOME)
            cr_assert_eq(house.bot.heard[i].mark,
                         house_mark(&house, house.bot.heard[i].type == WIRE_LOG ? house.bot.heard[i].to
                                                                                : house.bot.heard[i].seq));
    write_to_us("c1", "now");
    expect_log(&house.bot, "agent_seen 1 2 3 now");
}

Test(consumers, go_on_behind_what_they_acknowledged)
{
    write_many(2);
    follow(0);
    acknowledge(&house.bot, 2);
    peer_leave(&house.bot);
    write_to_us("c1", "later");
    house.bot.client.follow.log.count = 0;
    follow(-1);
    expect_log(&house.bot, "2 later");
}

Test(consumers, what_was_acknowledged_last_is_stored_when_they_go)
{
    write_many(2);
    follow(0);
    wire_acked(&frame, 3);
    peer_send(&house.bot, &frame);
    peer_leave(&house.bot);
    settle();
    house.bot.client.follow.log.count = 0;
    follow(-1);
    expect_log(&house.bot, "");
}

Test(consumers, nobody_acknowledges_what_was_not_sent)
{
    follow(-1);
    acknowledge(&house.bot, house_seq(&house) + 1);
    cr_assert_eq(house.bot.closed, CLOSE_BAD_FRAME);
    house_join(&house, &house.bot);
    acknowledge(&house.bot, 0);
    cr_assert_eq(house.bot.closed, CLOSE_BAD_FRAME, "it is no consumer");
}

Test(consumers, a_channel_hears_of_its_own_conversations_only)
{
    attach(&other, "web", "channel", -1);
    write_to_us("c1", "of whatsapp");
    house_do(&house.ana, (struct wire_command){
                             .action = "send_message", .body = "hi", .channel = "web", .conversation = "c2"});
    house_do(&house.ana, (struct wire_command){.action = "send_message", .body = "ho", .conversation = "c1"});
    expect_log(&other, "hi");
}

static size_t log_frames(const struct peer *peer)
{
    size_t count = 0;
    for (size_t i = 0; i < peer->heard_count; i++)
        count += peer->heard[i].type == WIRE_LOG;
    return count;
}

Test(consumers, one_that_nothing_concerns_is_told_of_the_end_once_in_a_while)
{
    attach(&other, "web", "channel", -1);
    for (int i = 0; i < 5; i++)
        write_to_us("c1", "of whatsapp");
    cr_assert_eq(log_frames(&other), 0, "not for every transition of others");
    node_wait(&house.node, LIMIT_LOG_QUIET_MS);
    cr_assert_eq(log_frames(&other), 1);
    cr_assert_eq(other.client.follow.place, house_seq(&house));
    cr_assert_eq(peer_last(&other, WIRE_LOG)->mark, house_mark(&house, house_seq(&house)));
    acknowledge(&other, house_seq(&house));
    cr_assert_eq(other.closed, 0);
    node_wait(&house.node, 10 * LIMIT_LOG_QUIET_MS);
    cr_assert_eq(log_frames(&other), 1, "nothing is said where nothing has happened");

    write_to_us("c1", "of whatsapp");
    house_do(&house.ana, (struct wire_command){
                             .action = "send_message", .body = "hi", .channel = "web", .conversation = "c2"});
    cr_assert_eq(log_frames(&other), 2, "its own comes at once");
    node_wait(&house.node, 2 * LIMIT_LOG_QUIET_MS);
    cr_assert_eq(log_frames(&other), 2);
}

Test(consumers, a_channel_far_behind_hears_of_its_own_conversations_only)
{
    write_many(5);
    house_do(&house.ana, (struct wire_command){
                             .action = "send_message", .body = "hi", .channel = "web", .conversation = "c2"});
    write_many(5);
    attach(&other, "web", "channel", 0);
    expect_log(&other, "hi");
}

Test(consumers, a_long_way_to_catch_up_goes_in_pages_and_then_on)
{
    write_many(LIMIT_LOG_ROWS * 3 + 7);
    follow(0);
    cr_assert_eq(house.bot.client.follow.log.count, (size_t)house_seq(&house));
    cr_assert_eq(house.bot.client.follow.place, house_seq(&house));
    write_to_us("c1", "now");
    cr_assert_eq(house.bot.client.follow.log.count, (size_t)house_seq(&house));
    cr_assert_str_empty(house.bot.client.fault, "%s", house.bot.client.fault);
}

Test(consumers, one_that_does_not_read_gets_every_entry_all_the_same)
{
    follow(0);
    house.bot.is_deaf = true;
    write_many(LIMIT_TAIL_ROWS + LIMIT_LOG_ROWS);
    peer_listen(&house.bot);
    settle();
    cr_assert_eq(house.bot.client.follow.log.count, (size_t)house_seq(&house));
    cr_assert_str_empty(house.bot.client.fault, "%s", house.bot.client.fault);
}

Test(consumers, of_two_with_one_name_the_newest_wins)
{
    follow(-1);
    attach(&other, "bot", "automation", -1);
    cr_assert_eq(house.bot.closed, CLOSE_REPLACED);
    write_to_us("c1", "for one");
    expect_log(&other, "for one");
    expect_log(&house.bot, "");
}

Test(consumers, of_two_that_come_at_once_the_newest_stays)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct node second;
        struct peer peers[2] = {0};
        node_start(&second, house.database, seed);
        store_memory_up(second.store);
        node_settle(&second);
        for (int i = 0; i < 2; i++) {
            peer_connect(&peers[i], &second);
            wire_hello_consumer(&frame, peer_token(HOUSE_WORKSPACE, "bot", "automation", 0), "main", -1, 0);
            peer_send(&peers[i], &frame);
        }
        node_wait(&second, 2 * LIMIT_CONSUMER_LOOK_MS);
        cr_assert((peers[0].session != NULL) != (peers[1].session != NULL), "seed %d", (int)seed);
        peer_finish(&peers[0]);
        peer_finish(&peers[1]);
        node_settle(&second);
        node_stop(&second);
    }
}

Test(consumers, of_two_on_two_nodes_the_newest_wins_within_seconds)
{
    struct node second;
    follow(-1);
    node_start(&second, house.database, 5);
    store_memory_up(second.store);
    node_settle(&second);
    peer_connect(&other, &second);
    wire_hello_consumer(&frame, peer_token(HOUSE_WORKSPACE, "bot", "automation", 0), "main", -1, 0);
    peer_send(&other, &frame);
    node_settle(&second);
    cr_assert_not_null(peer_last(&other, WIRE_WELCOME));
    node_wait(&house.node, LIMIT_CONSUMER_LOOK_MS);
    cr_assert_eq(house.bot.closed, CLOSE_REPLACED);
    node_settle(&second);
    node_stop(&second);
}

Test(consumers, a_workspace_has_so_many_of_them)
{
    char name[16];
    for (int i = 0; i <= LIMIT_CONSUMERS; i++) {
        cr_assert_eq(other.closed, CLOSE_NONE);
        peer_leave(&other);
        snprintf(name, sizeof(name), "n%d", i);
        peer_connect(&other, &house.node);
        wire_hello_consumer(&frame, peer_token(HOUSE_WORKSPACE, "bot", "automation", 0), name, -1, 0);
        peer_send(&other, &frame);
        settle();
    }
    cr_assert_eq(other.closed, CLOSE_TRY_LATER);
}

/* What it acknowledges now may be of the one or of the other. */
Test(consumers, come_back_when_another_database_has_taken_over)
{
    write_many(3);
    follow(0);
    acknowledge(&house.bot, 2);
    store_memory_promote(house.database, 1);
    store_memory_up(house.node.store);
    wire_acked(&frame, house.bot.client.follow.place);
    peer_send(&house.bot, &frame);
    settle();
    cr_assert_eq(house.bot.closed, CLOSE_TRY_LATER);
    house.bot.client.follow.log.count = 0;
    follow(-1);
    cr_assert_leq(peer_last(&house.bot, WIRE_WELCOME)->seq, 2);
    write_to_us("c1", "again");
    expect_log(&house.bot, "2 again");
}

Test(consumers, what_was_acknowledged_of_one_log_says_nothing_of_another)
{
    write_many(3);
    follow(0);
    acknowledge(&house.bot, 2);
    wire_acked(&frame, 4);
    peer_send(&house.bot, &frame);
    store_memory_promote(house.database, 2);
    house_foreign(&house, whatsapp(),
                  (struct command){.action = ACTION_CONTACT_MESSAGE, .body = BYTES("other")});
    house_foreign(&house, whatsapp(),
                  (struct command){.action = ACTION_CONTACT_MESSAGE, .body = BYTES("words")});
    store_memory_up(house.node.store);
    settle();
    peer_leave(&house.bot);
    settle();
    house.bot.client.follow.log.count = 0;
    follow(-1);
    expect_log(&house.bot, "other words");
}

Test(consumers, wait_for_a_database_that_is_away)
{
    store_memory_down(house.node.store);
    follow(0);
    cr_assert_null(peer_last(&house.bot, WIRE_WELCOME));
    store_memory_up(house.node.store);
    settle();
    cr_assert_not_null(peer_last(&house.bot, WIRE_WELCOME));
    write_to_us("c1", "hello");
    store_memory_down(house.node.store);
    wire_acked(&frame, house.bot.client.follow.place);
    peer_send(&house.bot, &frame);
    node_wait(&house.node, 1000);
    store_memory_up(house.node.store);
    node_wait(&house.node, 1000);
    peer_leave(&house.bot);
    house.bot.client.follow.log.count = 0;
    follow(-1);
    expect_log(&house.bot, "");
}

Test(consumers, without_a_name_there_is_no_log)
{
    house_join(&house, &house.bot);
    write_many(2);
    cr_assert_eq(peer_count(&house.bot, WIRE_LOG), 0);
}

Test(consumers, a_dashboard_is_none)
{
    attach(&other, "bea", "agent", -1);
    cr_assert_eq(other.closed, CLOSE_BAD_FRAME);
}

Test(consumers, get_no_body_that_has_been_erased)
{
    house_join(&house, &house.sol);
    write_many(3);
    house_do(&house.sol, (struct wire_command){.action = "erase"});
    follow(0);
    for (size_t i = 0; i < house.bot.client.follow.log.count; i++)
        cr_assert(!house.bot.client.follow.log.each[i].has_body ||
                  strcmp(house.bot.client.follow.log.each[i].action, "agent_seen") == 0);
    cr_assert_str_eq(house.bot.client.follow.log.each[house.bot.client.follow.log.count - 1].action, "erase");
}
