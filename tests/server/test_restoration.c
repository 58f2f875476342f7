#include <criterion/criterion.h>

#include <string.h>

#include "support/builders.h"
#include "support/team.h"

/* The database is replaced by its own backup: nothing tells of it but the log. Clients start afresh, visibly,
 * and nothing of before is mistaken for something of now. */

TestSuite(restoration, .init = team_begin, .fini = team_end);

static void agents_join(void)
{
    team_join(&team.ana);
    team_join(&team.bea);
    team_do(&team.ana, message_to("c1"));
}

static void restore(size_t lost_commits)
{
    store_memory_restore(team.database, lost_commits);
    store_memory_up(team.server.store);
}

static void expect_afresh(const struct client *client, size_t from)
{
    size_t welcome = client_find(client, WIRE_WELCOME, from);
    cr_assert_lt(welcome, client->heard_count, "it was not told");
    cr_assert_not(client->heard[welcome].resumed);
    cr_assert_str_eq(client->heard[welcome].epoch, client->heard[0].epoch, "nothing else tells of it");
    team_expect_in_sync(client);
}

Test(restoration, is_noticed_though_nobody_writes)
{
    agents_join();
    team_do(&team.ana, message_to("c2"));
    size_t from = team.bea.heard_count;
    restore(1);
    wait_ms(LIMIT_HEADS_POLL_MS + 100);
    expect_afresh(&team.bea, from);
    cr_assert_null(wire_client_find(&team.bea.wire, "c2"));
}

Test(restoration, is_noticed_where_the_new_log_is_as_long_as_the_old_one)
{
    agents_join();
    team_do(&team.ana, message_to("c2"));
    size_t from = team.bea.heard_count;
    store_memory_restore(team.database, 1);
    team_foreign(ana(), COMMAND(SEND_MESSAGE, .conversation = BYTES("c3"), .body = BYTES("hi"),
                                .channel = BYTES("web")));
    cr_assert_eq(team_seq(), team.bea.wire.seq);
    store_memory_up(team.server.store);
    wait_ms(LIMIT_HEADS_POLL_MS + 100);
    expect_afresh(&team.bea, from);
    cr_assert_not_null(wire_client_find(&team.bea.wire, "c3"));
}

Test(restoration, is_noticed_where_the_new_log_has_gone_further)
{
    agents_join();
    team_do(&team.ana, message_to("c2"));
    size_t from = team.bea.heard_count;
    store_memory_restore(team.database, 1);
    for (int i = 0; i < 5; i++)
        team_foreign(ana(), COMMAND(SEND_MESSAGE, .conversation = BYTES("c3"), .body = BYTES("hi"),
                                    .channel = BYTES("web")));
    store_memory_up(team.server.store);
    wait_ms(LIMIT_HEADS_POLL_MS + 100);
    expect_afresh(&team.bea, from);
    cr_assert_null(wire_client_find(&team.bea.wire, "c2"));
}

Test(restoration, lets_nothing_be_done_on_what_was)
{
    agents_join();
    team_do(&team.ana, message_to("c2"));
    store_memory_restore(team.database, 1);
    team_foreign(ana(), COMMAND(SEND_MESSAGE, .conversation = BYTES("c3"), .body = BYTES("hi"),
                                .channel = BYTES("web")));
    store_memory_up(team.server.store);
    const struct wire_message *answer =
        team_do(&team.ana, (struct wire_command){.action = "keep_open", .conversation = "c2"});
    cr_assert_str_eq(answer->reason, "unknown_conversation");
    team_expect_in_sync(&team.bea);
}

Test(restoration, does_not_mislead_a_client_that_comes_back)
{
    agents_join();
    team_do(&team.ana, message_to("c2"));
    client_leave(&team.bea);
    size_t from = team.bea.heard_count;
    store_memory_restore(team.database, 1);
    team_foreign(ana(), COMMAND(SEND_MESSAGE, .conversation = BYTES("c3"), .body = BYTES("hi"),
                                .channel = BYTES("web")));
    store_memory_up(team.server.store);
    wait_ms(LIMIT_HEADS_POLL_MS + 100);
    team_resume(&team.bea);
    expect_afresh(&team.bea, from);
}

Test(restoration, does_not_hide_a_revocation_whose_number_comes_again)
{
    agents_join();
    store_memory_revoke(team.database, TEAM_WORKSPACE, "somebody");
    wait_ms(LIMIT_REVOCATIONS_POLL_MS);
    store_memory_restore(team.database, 0);
    store_memory_lose_revocations(team.database);
    store_memory_revoke(team.database, TEAM_WORKSPACE, "ana");
    store_memory_up(team.server.store);
    wait_ms(LIMIT_REVOCATIONS_POLL_MS);
    cr_assert_eq(team.ana.closed, CLOSE_BAD_TOKEN);
    cr_assert_eq(team.bea.closed, 0);
}

/* The number of a workspace that has no log may be another one's by now. */
Test(restoration, makes_a_workspace_without_a_log_be_looked_up_again)
{
    team_join(&team.bot);
    size_t from = team.bot.heard_count;
    store_memory_restore(team.database, 0);
    store_memory_up(team.server.store);
    settle();
    cr_assert_not(team.bot.heard[client_find(&team.bot, WIRE_WELCOME, from)].resumed);
}

/* Of consumers. */

static struct wire_frame frame;

static void follow(int64_t after, int64_t mark)
{
    join_as_consumer(&team.bot, "bot", "automation", after, mark);
}

static int count_entries(const char *body)
{
    int count = 0;
    for (size_t i = 0; i < team.bot.wire.follow.log.count; i++)
        count += strcmp(team.bot.wire.follow.log.each[i].body, body) == 0;
    return count;
}

static void write_foreign(const char *body)
{
    team_foreign(ana(), COMMAND(SEND_MESSAGE, .body = bytes_of_string(body), .channel = BYTES("web")));
}

Test(restoration, makes_a_consumer_come_back_and_miss_nothing)
{
    agents_join();
    follow(0, 0);
    team_do(&team.ana, message_to("c2"));
    team_do(&team.ana, message_to("c2"));
    store_memory_restore(team.database, 2);
    write_foreign("of the new log");
    write_foreign("of the new log");
    write_foreign("of the new log");
    store_memory_up(team.server.store);
    wire_acked(&frame, team.bot.wire.follow.place);
    client_send(&team.bot, &frame);
    wait_ms(LIMIT_HEADS_POLL_MS + 100);
    cr_assert_eq(team.bot.closed, CLOSE_TRY_LATER);
    /* It says where it was, and is told that this is no place any more. */
    int64_t place = team.bot.wire.follow.place;
    follow(place, 1);
    cr_assert_not(client_last(&team.bot, WIRE_WELCOME)->resumed);
    cr_assert_lt(client_last(&team.bot, WIRE_WELCOME)->seq, place);
    cr_assert_eq(count_entries("of the new log"), 3);
    cr_assert_str_empty(team.bot.wire.fault, "%s", team.bot.wire.fault);
}

Test(restoration, is_noticed_by_a_consumer_that_reads_what_is_not_in_memory)
{
    agents_join();
    for (int i = 0; i < LIMIT_TAIL_ROWS; i++) {
        write_foreign("of the old log");
        store_memory_advance(team.database, 1000);
    }
    wait_ms(LIMIT_HEADS_POLL_MS + 100);
    team.bot.is_deaf = true;
    follow(0, 0);
    client_listen(&team.bot);
    team.bot.is_deaf = true;
    int64_t place = team.bot.wire.follow.place;
    store_memory_restore(team.database, LIMIT_TAIL_ROWS);
    for (int i = 0; i < LIMIT_TAIL_ROWS + 5; i++)
        write_foreign("of the new log");
    team.bot.wire.follow.log.count = 0;
    store_memory_up(team.server.store);
    client_listen(&team.bot);
    wait_ms(LIMIT_HEADS_POLL_MS + 100);
    cr_assert_eq(team.bot.closed, CLOSE_TRY_LATER, "nothing of one log follows something of the other");
    follow(-1, 0);
    settle();
    cr_assert_gt(place, 0);
    cr_assert_eq(count_entries("of the new log"), LIMIT_TAIL_ROWS + 5);
}

Test(restoration, to_where_everybody_was_goes_unnoticed)
{
    agents_join();
    size_t from = team.bea.heard_count;
    restore(0);
    wait_ms(LIMIT_HEADS_POLL_MS + 100);
    team_do(&team.ana, message_to("c2"));
    cr_assert_eq(client_find(&team.bea, WIRE_WELCOME, from), team.bea.heard_count);
    team_expect_in_sync(&team.bea);
}
