#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "protocol/limits.h"
#include "support/builders.h"
#include "support/leak.h"
#include "support/team.h"

/* Automation and channels follow the log: everything that concerns them, in order, at least once. */

static struct wire_frame frame;
static struct client other; /* a second connection of the bot's, or another channel */

static void begin(void)
{
    team_begin();
    team_join(&team.ana);
    team_join(&team.contact);
}

TestSuite(consumers, .init = begin, .fini = team_end);

/* Connects as the consumer "main". */
static void attach(struct client *client, const char *id, const char *role, int64_t after)
{
    join_as_consumer(client, id, role, after, after < 0 || after > team_seq() ? 0 : team_mark(after));
}

static void follow(int64_t after)
{
    attach(&team.bot, "bot", "automation", after);
}

static void acknowledge(struct client *client, int64_t seq)
{
    wire_acked(&frame, seq);
    client_send(client, &frame);
    wait_ms(LIMIT_ACK_MS);
}

/* Every message's body and every other action, as they came. */
static void expect_log(const struct client *client, const char *expected)
{
    char text[2048] = "";
    const struct wire_entries *log = &client->wire.follow.log;
    for (size_t i = 0; i < log->count; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i == 0 ? "" : " ",
                 log->each[i].message > 0 && log->each[i].has_body ? log->each[i].body : log->each[i].action);
    cr_assert_str_eq(text, expected);
    cr_assert_str_empty(client->wire.fault, "%s", client->wire.fault);
}

Test(consumers, a_new_one_begins_at_the_end_of_the_log)
{
    contact_writes_many("c1", 3);
    follow(-1);
    cr_assert_eq(client_last(&team.bot, WIRE_WELCOME)->seq, team_seq());
    contact_writes("c1", "now");
    team_do(&team.ana, (struct wire_command){.action = "reopen"});
    expect_log(&team.bot, "now reopen");
}

Test(consumers, one_that_says_the_place_of_another_log_gets_all_or_what_it_had_not_acknowledged)
{
    contact_writes_many("c1", 3);
    join_as_consumer(&team.bot, "bot", "automation", 3, team_mark(3) + 1);
    cr_assert_not(client_last(&team.bot, WIRE_WELCOME)->resumed);
    cr_assert_eq(client_last(&team.bot, WIRE_WELCOME)->seq, 0);
    expect_log(&team.bot, "agent_seen 1 2 3");
    acknowledge(&team.bot, 2);
    client_leave(&team.bot);
    team.bot.wire.follow.log.count = 0;
    join_as_consumer(&team.bot, "bot", "automation", 99, team_mark(3));
    cr_assert_not(client_last(&team.bot, WIRE_WELCOME)->resumed);
    expect_log(&team.bot, "2 3");
}

Test(consumers, one_that_says_where_begins_there)
{
    contact_writes_many("c1", 3);
    follow(0);
    expect_log(&team.bot, "agent_seen 1 2 3");
    cr_assert(client_last(&team.bot, WIRE_WELCOME)->resumed);
    for (size_t i = 0; i < team.bot.heard_count; i++)
        if (team.bot.heard[i].type == WIRE_LOG || team.bot.heard[i].type == WIRE_WELCOME)
            cr_assert_eq(
                team.bot.heard[i].mark,
                team_mark(team.bot.heard[i].type == WIRE_LOG ? team.bot.heard[i].to : team.bot.heard[i].seq));
    contact_writes("c1", "now");
    expect_log(&team.bot, "agent_seen 1 2 3 now");
}

Test(consumers, go_on_behind_what_they_acknowledged)
{
    contact_writes_many("c1", 2);
    follow(0);
    acknowledge(&team.bot, 2);
    client_leave(&team.bot);
    contact_writes("c1", "later");
    team.bot.wire.follow.log.count = 0;
    follow(-1);
    expect_log(&team.bot, "2 later");
}

Test(consumers, what_was_acknowledged_last_is_stored_when_they_go)
{
    contact_writes_many("c1", 2);
    follow(0);
    wire_acked(&frame, 3);
    client_send(&team.bot, &frame);
    client_leave(&team.bot);
    settle();
    team.bot.wire.follow.log.count = 0;
    follow(-1);
    expect_log(&team.bot, "");
}

Test(consumers, nobody_acknowledges_what_was_not_sent)
{
    follow(-1);
    acknowledge(&team.bot, team_seq() + 1);
    cr_assert_eq(team.bot.closed, CLOSE_BAD_FRAME);
    team_join(&team.bot);
    acknowledge(&team.bot, 0);
    cr_assert_eq(team.bot.closed, CLOSE_BAD_FRAME, "it is no consumer");
}

Test(consumers, a_channel_hears_of_its_own_conversations_only)
{
    attach(&other, "web", "channel", -1);
    contact_writes("c1", "of whatsapp");
    team_do(&team.ana, message_to("c2"));
    team_do(&team.ana, (struct wire_command){.action = "send_message", .body = "ho", .conversation = "c1"});
    expect_log(&other, "hi");
}

static size_t log_frames(const struct client *client)
{
    size_t count = 0;
    for (size_t i = 0; i < client->heard_count; i++)
        count += client->heard[i].type == WIRE_LOG;
    return count;
}

Test(consumers, one_that_nothing_concerns_is_told_of_the_end_once_in_a_while)
{
    attach(&other, "web", "channel", -1);
    for (int i = 0; i < 5; i++)
        contact_writes("c1", "of whatsapp");
    cr_assert_eq(log_frames(&other), 0, "not for every transition of others");
    wait_ms(LIMIT_LOG_QUIET_MS);
    cr_assert_eq(log_frames(&other), 1);
    cr_assert_eq(other.wire.follow.place, team_seq());
    cr_assert_eq(client_last(&other, WIRE_LOG)->mark, team_mark(team_seq()));
    acknowledge(&other, team_seq());
    cr_assert_eq(other.closed, 0);
    wait_ms(10 * LIMIT_LOG_QUIET_MS);
    cr_assert_eq(log_frames(&other), 1, "nothing is said where nothing has happened");

    contact_writes("c1", "of whatsapp");
    team_do(&team.ana, message_to("c2"));
    cr_assert_eq(log_frames(&other), 2, "its own comes at once");
    wait_ms(2 * LIMIT_LOG_QUIET_MS);
    cr_assert_eq(log_frames(&other), 2);
}

Test(consumers, a_channel_far_behind_hears_of_its_own_conversations_only)
{
    contact_writes_many("c1", 5);
    team_do(&team.ana, message_to("c2"));
    contact_writes_many("c1", 5);
    attach(&other, "web", "channel", 0);
    expect_log(&other, "hi");
}

Test(consumers, a_long_way_to_catch_up_goes_in_pages_and_then_on)
{
    contact_writes_many("c1", LIMIT_LOG_ROWS * 3 + 7);
    follow(0);
    cr_assert_eq(team.bot.wire.follow.log.count, (size_t)team_seq());
    cr_assert_eq(team.bot.wire.follow.place, team_seq());
    contact_writes("c1", "now");
    cr_assert_eq(team.bot.wire.follow.log.count, (size_t)team_seq());
    cr_assert_str_empty(team.bot.wire.fault, "%s", team.bot.wire.fault);
}

Test(consumers, one_that_does_not_read_gets_every_entry_all_the_same)
{
    follow(0);
    team.bot.is_deaf = true;
    contact_writes_many("c1", LIMIT_TAIL_ROWS + LIMIT_LOG_ROWS);
    client_listen(&team.bot);
    settle();
    cr_assert_eq(team.bot.wire.follow.log.count, (size_t)team_seq());
    cr_assert_str_empty(team.bot.wire.fault, "%s", team.bot.wire.fault);
}

Test(consumers, of_two_with_one_name_the_newest_wins)
{
    follow(-1);
    attach(&other, "bot", "automation", -1);
    cr_assert_eq(team.bot.closed, CLOSE_REPLACED);
    contact_writes("c1", "for one");
    expect_log(&other, "for one");
    expect_log(&team.bot, "");
}

Test(consumers, of_two_that_come_at_once_the_newest_stays)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct server second;
        struct client clients[2] = {0};
        begin_second(&second, seed);
        for (int i = 0; i < 2; i++) {
            client_connect(&clients[i], &second);
            wire_hello_consumer(&frame, client_token(TEAM_WORKSPACE, "bot", "automation", 0), "main", -1, 0);
            client_send(&clients[i], &frame);
        }
        server_wait(&second, 2 * LIMIT_CONSUMER_LOOK_MS);
        cr_assert((clients[0].session != NULL) != (clients[1].session != NULL), "seed %d", (int)seed);
        client_finish(&clients[0]);
        client_finish(&clients[1]);
        server_settle(&second);
        server_stop(&second);
    }
}

Test(consumers, of_two_on_two_nodes_the_newest_wins_within_seconds)
{
    struct server second;
    follow(-1);
    begin_second(&second, 5);
    client_connect(&other, &second);
    wire_hello_consumer(&frame, client_token(TEAM_WORKSPACE, "bot", "automation", 0), "main", -1, 0);
    client_send(&other, &frame);
    server_settle(&second);
    cr_assert_not_null(client_last(&other, WIRE_WELCOME));
    wait_ms(LIMIT_CONSUMER_LOOK_MS);
    cr_assert_eq(team.bot.closed, CLOSE_REPLACED);
    server_settle(&second);
    server_stop(&second);
}

Test(consumers, a_workspace_has_so_many_of_them)
{
    char name[16];
    for (int i = 0; i <= LIMIT_CONSUMERS; i++) {
        cr_assert_eq(other.closed, CLOSE_NONE);
        client_leave(&other);
        snprintf(name, sizeof(name), "n%d", i);
        client_connect(&other, &team.server);
        wire_hello_consumer(&frame, client_token(TEAM_WORKSPACE, "bot", "automation", 0), name, -1, 0);
        client_send(&other, &frame);
        settle();
    }
    cr_assert_eq(other.closed, CLOSE_TRY_LATER);
}

/* What it acknowledges now may be of the one or of the other. */
Test(consumers, come_back_when_another_database_has_taken_over)
{
    contact_writes_many("c1", 3);
    follow(0);
    acknowledge(&team.bot, 2);
    store_memory_promote(team.database, 1);
    store_memory_up(team.server.store);
    wire_acked(&frame, team.bot.wire.follow.place);
    client_send(&team.bot, &frame);
    settle();
    cr_assert_eq(team.bot.closed, CLOSE_TRY_LATER);
    team.bot.wire.follow.log.count = 0;
    follow(-1);
    cr_assert_leq(client_last(&team.bot, WIRE_WELCOME)->seq, 2);
    contact_writes("c1", "again");
    expect_log(&team.bot, "2 again");
}

Test(consumers, what_was_acknowledged_of_one_log_says_nothing_of_another)
{
    contact_writes_many("c1", 3);
    follow(0);
    acknowledge(&team.bot, 2);
    wire_acked(&frame, 4);
    client_send(&team.bot, &frame);
    store_memory_promote(team.database, 2);
    team_foreign(whatsapp(), (struct command){.action = ACTION_CONTACT_MESSAGE, .body = BYTES("other")});
    team_foreign(whatsapp(), (struct command){.action = ACTION_CONTACT_MESSAGE, .body = BYTES("words")});
    store_memory_up(team.server.store);
    settle();
    client_leave(&team.bot);
    settle();
    team.bot.wire.follow.log.count = 0;
    follow(-1);
    expect_log(&team.bot, "other words");
}

Test(consumers, wait_for_a_database_that_is_away)
{
    store_memory_down(team.server.store);
    follow(0);
    cr_assert_null(client_last(&team.bot, WIRE_WELCOME));
    store_memory_up(team.server.store);
    settle();
    cr_assert_not_null(client_last(&team.bot, WIRE_WELCOME));
    contact_writes("c1", "hello");
    store_memory_down(team.server.store);
    wire_acked(&frame, team.bot.wire.follow.place);
    client_send(&team.bot, &frame);
    wait_ms(1000);
    store_memory_up(team.server.store);
    wait_ms(1000);
    client_leave(&team.bot);
    team.bot.wire.follow.log.count = 0;
    follow(-1);
    expect_log(&team.bot, "");
}

Test(consumers, without_a_name_there_is_no_log)
{
    team_join(&team.bot);
    contact_writes_many("c1", 2);
    cr_assert_eq(client_count(&team.bot, WIRE_LOG), 0);
}

Test(consumers, a_dashboard_is_none)
{
    attach(&other, "bea", "agent", -1);
    cr_assert_eq(other.closed, CLOSE_BAD_FRAME);
}

Test(consumers, get_no_body_that_has_been_erased)
{
    team_join(&team.sol);
    contact_writes_many("c1", 3);
    team_do(&team.sol, (struct wire_command){.action = "erase"});
    follow(0);
    for (size_t i = 0; i < team.bot.wire.follow.log.count; i++)
        cr_assert(!team.bot.wire.follow.log.each[i].has_body ||
                  strcmp(team.bot.wire.follow.log.each[i].action, "agent_seen") == 0);
    cr_assert_str_eq(team.bot.wire.follow.log.each[team.bot.wire.follow.log.count - 1].action, "erase");
}
