#include <criterion/criterion.h>
#include <stdio.h>

#include "protocol/limits.h"
#include "support/builders.h"
#include "support/team.h"

/* What a client is told for what it asks, in which order, and where it asks too much. */

static struct wire_frame frame;

TestSuite(replies, .init = team_begin, .fini = team_end);

/* Answers. */

Test(replies, an_answer_comes_after_its_rows)
{
    team_join(&team.ana);
    size_t from = team.ana.heard_count;
    open_c1();
    cr_assert_eq(team.ana.heard_count, from + 2);
    cr_assert_eq(team.ana.heard[from].type, WIRE_SYNC);
    cr_assert_eq(team.ana.heard[from + 1].type, WIRE_ANSWER);
    cr_assert_eq(team.ana.heard[from + 1].seq, team.ana.heard[from].to);
    cr_assert_eq(team.ana.heard[from + 1].message, 1);
}

Test(replies, an_answer_waits_for_its_rows_also_with_one_who_is_slow)
{
    team_join(&team.ana);
    team_join(&team.contact);
    for (int i = 0; i < LIMIT_SYNC_ROWS + 50; i++) {
        char id[16];
        snprintf(id, sizeof(id), "w%d", i);
        team_do(&team.contact,
                (struct wire_command){.action = "contact_message", .body = "hello", .conversation = id});
        team.ana.is_deaf = true;
        team_send(&team.contact,
                  (struct wire_command){.action = "contact_message", .body = "hello", .conversation = id});
    }
    wait_ms(1000);
    for (int i = 0; i < LIMIT_SYNC_ROWS + 50; i++) {
        char id[16];
        snprintf(id, sizeof(id), "w%d", i);
        team_foreign(bea(), (struct command){.action = ACTION_REOPEN, .conversation = bytes_of_string(id)});
    }
    struct command_id id =
        team_send(&team.ana, (struct wire_command){.action = "reopen", .conversation = "w3"});
    settle();
    wire_time(&frame, 7);
    client_send(&team.ana, &frame);
    size_t from = team.ana.heard_count;
    client_listen(&team.ana);
    settle();
    cr_assert_eq(client_find(&team.ana, WIRE_TIME, from), from,
                 "the time has waited for rows that it does not rest on");
    from++;
    size_t at = client_find(&team.ana, WIRE_ANSWER, from);
    cr_assert_eq(at, team.ana.heard_count - 1, "the answer is not the last to come");
    cr_assert_eq(team.ana.heard_count - from, 3);
    cr_assert_not_null(client_answer(&team.ana, id));
    team_expect_in_sync(&team.ana);
}

Test(replies, a_refusal_shows_how_the_conversation_stood_and_says_where_it_was_judged)
{
    team_join(&team.ana);
    team_join(&team.bea);
    team_join(&team.bot);
    team_do(&team.ana, (struct wire_command){.action = "assign", .agent = "ana", .channel = "web"});
    const struct wire_message *answer =
        team_do(&team.bea, (struct wire_command){.action = "complete", .has_version = true, .version = 0});
    cr_assert_str_eq(answer->reason, "stale");
    cr_assert_eq(answer->rows_count, 1);
    cr_assert_eq(answer->seq, team_seq());
    answer = team_do(&team.bot, (struct wire_command){.action = "bot_message", .body = "hi"});
    cr_assert_str_eq(answer->reason, "paused");
    cr_assert_eq(answer->until, NOON_MS + HOUR_MS);
    cr_assert_str_eq(answer->holder, "ana");
    cr_assert_eq(answer->rows_count, 1);
    cr_assert_eq(answer->seq, team_seq(), "that it was blocked is part of what was judged");
    cr_assert(team_truth("c1")->bot_blocked);
}

Test(replies, what_cannot_be_a_command_is_refused_with_the_field)
{
    team_join(&team.ana);
    const struct wire_message *answer = team_do(&team.ana, (struct wire_command){.action = "send_message"});
    cr_assert_str_eq(answer->reason, "bad_value");
    cr_assert_str_eq(answer->detail, "body");
    answer = team_do(&team.ana, (struct wire_command){.action = "expire"});
    cr_assert_str_eq(answer->reason, "unknown_command");
}

Test(replies, more_commands_than_may_be_in_flight_are_refused)
{
    team_join(&team.ana);
    struct command_id last = {{0}};
    for (int i = 0; i <= LIMIT_COMMANDS_IN_FLIGHT; i++)
        last = team_send(&team.ana, (struct wire_command){.action = "reopen"});
    settle();
    cr_assert_eq(client_count(&team.ana, WIRE_ANSWER), LIMIT_COMMANDS_IN_FLIGHT + 1);
    cr_assert_str_eq(client_answer(&team.ana, last)->reason, "too_many");
    cr_assert_eq(client_answer(&team.ana, last)->retry_ms, LIMIT_RETRY_TOO_MANY_MS);
    cr_assert_eq(team.ana.closed, CLOSE_NONE);
    const struct wire_message *answer = team_do(&team.ana, (struct wire_command){.action = "reopen"});
    cr_assert_str_eq(answer->reason, "unknown_conversation");
}

Test(replies, who_asks_and_never_reads_is_closed_before_it_costs_much)
{
    team_join(&team.ana);
    team.ana.is_deaf = true;
    for (int i = 0; i <= 2 * LIMIT_COMMANDS_IN_FLIGHT; i++)
        team_send(&team.ana, (struct wire_command){.action = "reopen"});
    settle();
    size_t before = team.ana.heard_count;
    client_listen(&team.ana);
    settle();
    cr_assert_eq(team.ana.closed, CLOSE_TOO_FAST);
    cr_assert_eq(team.ana.heard_count, before + 1, "only bye");
}

Test(replies, too_many_frames_a_second_close)
{
    team_join(&team.ana);
    for (int i = 0; i <= LIMIT_FRAMES_PER_S && team.ana.session != NULL; i++) {
        wire_time(&frame, i);
        client_send(&team.ana, &frame);
        settle();
    }
    cr_assert_eq(team.ana.closed, CLOSE_TOO_FAST);
}

Test(replies, as_many_frames_as_allowed_go_on_for_ever)
{
    team_join(&team.ana);
    for (int i = 0; i < 3 * LIMIT_FRAMES_PER_S; i++) {
        wire_time(&frame, i);
        client_send(&team.ana, &frame);
        if (i % (LIMIT_FRAMES_PER_S / 1000) == 0)
            wait_ms(1);
    }
    settle();
    cr_assert_eq(team.ana.closed, CLOSE_NONE);
    cr_assert_eq(client_count(&team.ana, WIRE_TIME), 3 * LIMIT_FRAMES_PER_S);
}

Test(replies, too_many_requests_at_once_close)
{
    team_join(&team.ana);
    for (int i = 0; i <= LIMIT_REQUESTS_IN_FLIGHT; i++) {
        wire_page(&frame, i, 0, 10);
        client_send(&team.ana, &frame);
    }
    settle();
    cr_assert_eq(team.ana.closed, CLOSE_TOO_FAST);
}

Test(replies, time_tells_the_database_s_clock_and_how_far_the_client_has_been_brought)
{
    team_join(&team.ana);
    team_join(&team.contact);
    team_do(&team.contact, (struct wire_command){.action = "contact_message", .body = "hello"});
    wait_ms(5000);
    wire_time(&frame, 77);
    client_send(&team.ana, &frame);
    settle();
    const struct wire_message *time = client_last(&team.ana, WIRE_TIME);
    cr_assert_eq(time->ref, 77);
    cr_assert_eq(time->now, NOON_MS + 5000);
    cr_assert_eq(time->seq, team_seq(), "nothing up to there concerned it");
}

/* A slow reader. */

Test(replies, who_does_not_read_gets_the_present_and_not_the_past)
{
    team_join(&team.ana);
    team_join(&team.bea);
    open_c1();
    team.bea.is_deaf = true;
    for (int i = 0; i < 200; i++)
        team_do(&team.ana, (struct wire_command){.action = "send_message", .body = "hi"});
    size_t from = team.bea.heard_count;
    client_listen(&team.bea);
    settle();
    cr_assert_eq(team.bea.heard_count, from + 1);
    team_expect_in_sync(&team.bea);
}

/* Pages. */

static void complete_many(int count)
{
    team_join(&team.sol);
    for (int i = 0; i < count; i++) {
        char id[16];
        snprintf(id, sizeof(id), "p%d", i);
        team_do(&team.sol, message_to(id));
        team_do(&team.sol, (struct wire_command){.action = "complete", .conversation = id});
        wait_ms(2 * 1000 / LIMIT_PERSON_COMMANDS_PER_S);
    }
}

static void ask_page(struct client *client, int64_t before)
{
    wire_page(&frame, 5, before, 20);
    client_send(client, &frame);
    settle();
}

Test(replies, pages_bring_the_completed_list_to_its_end)
{
    complete_many(70);
    int64_t before = 0;
    int pages = 0;
    size_t rows = 0;
    do {
        ask_page(&team.sol, before);
        const struct wire_message *page = client_last(&team.sol, WIRE_PAGE);
        cr_assert_eq(page->ref, 5);
        before = page->next;
        rows += page->rows_count;
        pages++;
    } while (before != 0);
    cr_assert_eq(pages, 4);
    cr_assert_eq(rows, 70);
    cr_assert_eq(wire_client_count(&team.sol.wire, LIST_COMPLETED), 70);
    team_expect_in_sync(&team.sol);
}

Test(replies, a_page_shows_rows_as_they_are_and_not_as_they_were_read)
{
    complete_many(3);
    team_join(&team.ana);
    team.sol.is_deaf = true;
    ask_page(&team.sol, 0);
    team_do(&team.ana, (struct wire_command){.action = "unlink", .conversation = "p1"});
    client_listen(&team.sol);
    settle();
    cr_assert_eq(client_last(&team.sol, WIRE_PAGE)->rows_count, 2);
    team_expect_in_sync(&team.sol);
}

Test(replies, pages_wait_for_the_database)
{
    complete_many(3);
    store_memory_down(team.server.store);
    ask_page(&team.sol, 0);
    wait_ms(2 * MINUTE_MS);
    cr_assert_eq(client_count(&team.sol, WIRE_PAGE), 0, "an empty page would mean that there is nothing");
    store_memory_up(team.server.store);
    settle();
    cr_assert_eq(client_last(&team.sol, WIRE_PAGE)->rows_count, 3);
}

Test(replies, a_page_whose_connection_breaks_is_read_again)
{
    complete_many(3);
    wire_page(&frame, 5, 0, 20);
    client_send(&team.sol, &frame);
    store_memory_down(team.server.store);
    settle();
    store_memory_up(team.server.store);
    settle();
    cr_assert_eq(client_count(&team.sol, WIRE_PAGE), 1);
    cr_assert_eq(client_last(&team.sol, WIRE_PAGE)->rows_count, 3);
}

Test(replies, a_page_that_cannot_be_read_ends_the_session)
{
    complete_many(3);
    store_memory_arm(team.server.store, STORE_MEMORY_FAIL_READS);
    ask_page(&team.sol, 0);
    cr_assert_eq(client_count(&team.sol, WIRE_PAGE), 0);
    cr_assert_eq(team.sol.closed, CLOSE_INTERNAL);
}

Test(replies, only_dashboards_have_pages)
{
    team_join(&team.bot);
    ask_page(&team.bot, 0);
    cr_assert_eq(team.bot.closed, CLOSE_BAD_FRAME);
}

/* The self-check. */

static void resync(int64_t seq, int64_t open, int64_t completed, uint32_t digest)
{
    wire_resync(&frame, seq, open, completed, digest);
    client_send(&team.ana, &frame);
    settle();
    cr_assert(client_last(&team.ana, WIRE_SYNC)->fresh);
    cr_assert_eq(wire_client_count(&team.ana.wire, LIST_OPEN), 1);
}

static void expect_resyncs(uint64_t founded, uint64_t unfounded)
{
    cr_assert_eq(hub_stats(team.server.hub).resyncs, founded);
    cr_assert_eq(hub_stats(team.server.hub).resyncs_unfounded, unfounded);
}

Test(replies, a_resync_starts_afresh_and_is_counted)
{
    team_join(&team.ana);
    open_c1();
    const struct wire_client *client = &team.ana.wire;
    uint32_t digest = wire_client_digest(client);
    resync(client->seq, 2, 0, digest);
    expect_resyncs(1, 0);
    resync(client->seq, 1, 0, digest + 1);
    expect_resyncs(2, 0);
    resync(client->seq, 1, 1, digest);
    expect_resyncs(3, 0);
}

Test(replies, a_resync_that_the_server_can_see_to_be_wrong_is_no_fault_of_its_own)
{
    team_join(&team.ana);
    open_c1();
    int64_t seq = team.ana.wire.seq;
    uint32_t digest = wire_client_digest(&team.ana.wire);
    resync(seq, 1, 0, digest);
    expect_resyncs(0, 1); /* it counts what it was told */
    resync(seq + 1, 2, 0, 0);
    expect_resyncs(0, 2); /* it has not been told of that seq, */
    team_join(&team.bea);
    resync(0, 2, 0, 0);
    expect_resyncs(0, 3); /* nor of that one */
    resync(team.ana.wire.seq, 1, 0, wire_client_digest(&team.ana.wire));
    expect_resyncs(0, 4);
}

Test(replies, a_resync_on_the_way_afresh_does_not_begin_again)
{
    team_join(&team.ana);
    open_c1();
    wire_resync(&frame, team.ana.wire.seq, 2, 0, 0);
    for (int i = 0; i < 3; i++)
        client_send(&team.ana, &frame);
    settle();
    expect_resyncs(1, 0);
    client_send(&team.ana, &frame);
    settle();
    expect_resyncs(2, 0); /* it has been at the tail in between */
}

Test(replies, a_drain_waits_for_pages)
{
    complete_many(3);
    wire_page(&frame, 1, 0, 5);
    client_send(&team.sol, &frame);
    hub_work(team.server.hub);
    hub_drain(team.server.hub);
    cr_assert_not(hub_is_settled(team.server.hub), "a page is in the store's hands");
    settle();
    cr_assert_eq(team.sol.closed, CLOSE_RESTART);
}
