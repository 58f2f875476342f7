#include <criterion/criterion.h>
#include <stdio.h>

#include "protocol/limits.h"
#include "support/builders.h"
#include "support/house.h"
#include "support/leak.h"

/* What a client is told for what it asks, in which order, and where it asks too much. */

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

TestSuite(replies, .init = begin, .fini = end);

static void wait_ms(int64_t ms)
{
    node_wait(&house.node, ms);
}

static void settle(void)
{
    node_settle(&house.node);
}

static void open_c1(void)
{
    house_do(&house.ana,
             (struct wire_command){.action = "send_message", .body = "hi", .channel = "whatsapp"});
}

/* Answers. */

Test(replies, an_answer_comes_after_its_rows)
{
    house_join(&house, &house.ana);
    size_t from = house.ana.heard_count;
    open_c1();
    cr_assert_eq(house.ana.heard_count, from + 2);
    cr_assert_eq(house.ana.heard[from].type, WIRE_SYNC);
    cr_assert_eq(house.ana.heard[from + 1].type, WIRE_ANSWER);
    cr_assert_eq(house.ana.heard[from + 1].seq, house.ana.heard[from].to);
    cr_assert_eq(house.ana.heard[from + 1].message, 1);
}

Test(replies, an_answer_waits_for_its_rows_also_with_one_who_is_slow)
{
    house_join(&house, &house.ana);
    house_join(&house, &house.contact);
    for (int i = 0; i < LIMIT_SYNC_ROWS + 50; i++) {
        char id[16];
        snprintf(id, sizeof(id), "w%d", i);
        house_do(&house.contact,
                 (struct wire_command){.action = "contact_message", .body = "hello", .conversation = id});
        house.ana.is_deaf = true;
        house_send(&house.contact,
                   (struct wire_command){.action = "contact_message", .body = "hello", .conversation = id});
    }
    wait_ms(1000);
    for (int i = 0; i < LIMIT_SYNC_ROWS + 50; i++) {
        char id[16];
        snprintf(id, sizeof(id), "w%d", i);
        house_foreign(&house, bea(),
                      (struct command){.action = ACTION_REOPEN, .conversation = bytes_of_string(id)});
    }
    struct command_id id =
        house_send(&house.ana, (struct wire_command){.action = "reopen", .conversation = "w3"});
    settle();
    wire_time(&frame, 7);
    peer_send(&house.ana, &frame);
    size_t from = house.ana.heard_count;
    peer_listen(&house.ana);
    settle();
    cr_assert_eq(peer_find(&house.ana, WIRE_TIME, from), from,
                 "the time has waited for rows that it does not rest on");
    from++;
    size_t at = peer_find(&house.ana, WIRE_ANSWER, from);
    cr_assert_eq(at, house.ana.heard_count - 1, "the answer is not the last to come");
    cr_assert_eq(house.ana.heard_count - from, 3);
    cr_assert_not_null(peer_answer(&house.ana, id));
    house_expect_in_sync(&house, &house.ana);
}

Test(replies, a_refusal_shows_how_the_conversation_stood_and_says_where_it_was_judged)
{
    house_join(&house, &house.ana);
    house_join(&house, &house.bea);
    house_join(&house, &house.bot);
    house_do(&house.ana, (struct wire_command){.action = "assign", .agent = "ana", .channel = "web"});
    const struct wire_message *answer =
        house_do(&house.bea, (struct wire_command){.action = "complete", .has_version = true, .version = 0});
    cr_assert_str_eq(answer->reason, "stale");
    cr_assert_eq(answer->rows_count, 1);
    cr_assert_eq(answer->seq, house_seq(&house));
    answer = house_do(&house.bot, (struct wire_command){.action = "bot_message", .body = "hi"});
    cr_assert_str_eq(answer->reason, "paused");
    cr_assert_eq(answer->until, NOON_MS + HOUR_MS);
    cr_assert_str_eq(answer->holder, "ana");
    cr_assert_eq(answer->rows_count, 1);
    cr_assert_eq(answer->seq, house_seq(&house), "that it was blocked is part of what was judged");
    cr_assert(house_truth(&house, "c1")->bot_blocked);
}

Test(replies, what_cannot_be_a_command_is_refused_with_the_field)
{
    house_join(&house, &house.ana);
    const struct wire_message *answer = house_do(&house.ana, (struct wire_command){.action = "send_message"});
    cr_assert_str_eq(answer->reason, "bad_value");
    cr_assert_str_eq(answer->detail, "body");
    answer = house_do(&house.ana, (struct wire_command){.action = "expire"});
    cr_assert_str_eq(answer->reason, "unknown_command");
}

Test(replies, more_commands_than_may_be_in_flight_are_refused)
{
    house_join(&house, &house.ana);
    struct command_id last = {{0}};
    for (int i = 0; i <= LIMIT_COMMANDS_IN_FLIGHT; i++)
        last = house_send(&house.ana, (struct wire_command){.action = "reopen"});
    settle();
    cr_assert_eq(peer_count(&house.ana, WIRE_ANSWER), LIMIT_COMMANDS_IN_FLIGHT + 1);
    cr_assert_str_eq(peer_answer(&house.ana, last)->reason, "too_many");
    cr_assert_eq(peer_answer(&house.ana, last)->retry_ms, LIMIT_RETRY_TOO_MANY_MS);
    cr_assert_eq(house.ana.closed, CLOSE_NONE);
    const struct wire_message *answer = house_do(&house.ana, (struct wire_command){.action = "reopen"});
    cr_assert_str_eq(answer->reason, "unknown_conversation");
}

Test(replies, who_asks_and_never_reads_is_closed_before_it_costs_much)
{
    house_join(&house, &house.ana);
    house.ana.is_deaf = true;
    for (int i = 0; i <= 2 * LIMIT_COMMANDS_IN_FLIGHT; i++)
        house_send(&house.ana, (struct wire_command){.action = "reopen"});
    settle();
    size_t before = house.ana.heard_count;
    peer_listen(&house.ana);
    settle();
    cr_assert_eq(house.ana.closed, CLOSE_TOO_FAST);
    cr_assert_eq(house.ana.heard_count, before + 1, "only bye");
}

Test(replies, too_many_frames_a_second_close)
{
    house_join(&house, &house.ana);
    for (int i = 0; i <= LIMIT_FRAMES_PER_S && house.ana.session != NULL; i++) {
        wire_time(&frame, i);
        peer_send(&house.ana, &frame);
        settle();
    }
    cr_assert_eq(house.ana.closed, CLOSE_TOO_FAST);
}

Test(replies, as_many_frames_as_allowed_go_on_for_ever)
{
    house_join(&house, &house.ana);
    for (int i = 0; i < 3 * LIMIT_FRAMES_PER_S; i++) {
        wire_time(&frame, i);
        peer_send(&house.ana, &frame);
        if (i % (LIMIT_FRAMES_PER_S / 1000) == 0)
            wait_ms(1);
    }
    settle();
    cr_assert_eq(house.ana.closed, CLOSE_NONE);
    cr_assert_eq(peer_count(&house.ana, WIRE_TIME), 3 * LIMIT_FRAMES_PER_S);
}

Test(replies, too_many_requests_at_once_close)
{
    house_join(&house, &house.ana);
    for (int i = 0; i <= LIMIT_REQUESTS_IN_FLIGHT; i++) {
        wire_page(&frame, i, 0, 10);
        peer_send(&house.ana, &frame);
    }
    settle();
    cr_assert_eq(house.ana.closed, CLOSE_TOO_FAST);
}

Test(replies, time_tells_the_database_s_clock_and_how_far_the_client_has_been_brought)
{
    house_join(&house, &house.ana);
    house_join(&house, &house.contact);
    house_do(&house.contact, (struct wire_command){.action = "contact_message", .body = "hello"});
    wait_ms(5000);
    wire_time(&frame, 77);
    peer_send(&house.ana, &frame);
    settle();
    const struct wire_message *time = peer_last(&house.ana, WIRE_TIME);
    cr_assert_eq(time->ref, 77);
    cr_assert_eq(time->now, NOON_MS + 5000);
    cr_assert_eq(time->seq, house_seq(&house), "nothing up to there concerned it");
}

/* A slow reader. */

Test(replies, who_does_not_read_gets_the_present_and_not_the_past)
{
    house_join(&house, &house.ana);
    house_join(&house, &house.bea);
    open_c1();
    house.bea.is_deaf = true;
    for (int i = 0; i < 200; i++)
        house_do(&house.ana, (struct wire_command){.action = "send_message", .body = "hi"});
    size_t from = house.bea.heard_count;
    peer_listen(&house.bea);
    settle();
    cr_assert_eq(house.bea.heard_count, from + 1);
    house_expect_in_sync(&house, &house.bea);
}

/* Pages. */

static void complete_many(int count)
{
    house_join(&house, &house.sol);
    for (int i = 0; i < count; i++) {
        char id[16];
        snprintf(id, sizeof(id), "p%d", i);
        house_do(&house.sol,
                 (struct wire_command){
                     .action = "send_message", .body = "hi", .channel = "web", .conversation = id});
        house_do(&house.sol, (struct wire_command){.action = "complete", .conversation = id});
        wait_ms(2 * 1000 / LIMIT_PERSON_COMMANDS_PER_S);
    }
}

static void ask_page(struct peer *peer, int64_t before)
{
    wire_page(&frame, 5, before, 20);
    peer_send(peer, &frame);
    settle();
}

Test(replies, pages_bring_the_completed_list_to_its_end)
{
    complete_many(70);
    int64_t before = 0;
    int pages = 0;
    size_t rows = 0;
    do {
        ask_page(&house.sol, before);
        const struct wire_message *page = peer_last(&house.sol, WIRE_PAGE);
        cr_assert_eq(page->ref, 5);
        before = page->next;
        rows += page->rows_count;
        pages++;
    } while (before != 0);
    cr_assert_eq(pages, 4);
    cr_assert_eq(rows, 70);
    cr_assert_eq(wire_client_count(&house.sol.client, LIST_COMPLETED), 70);
    house_expect_in_sync(&house, &house.sol);
}

Test(replies, a_page_shows_rows_as_they_are_and_not_as_they_were_read)
{
    complete_many(3);
    house_join(&house, &house.ana);
    house.sol.is_deaf = true;
    ask_page(&house.sol, 0);
    house_do(&house.ana, (struct wire_command){.action = "unlink", .conversation = "p1"});
    peer_listen(&house.sol);
    settle();
    cr_assert_eq(peer_last(&house.sol, WIRE_PAGE)->rows_count, 2);
    house_expect_in_sync(&house, &house.sol);
}

Test(replies, pages_wait_for_the_database)
{
    complete_many(3);
    store_memory_down(house.node.store);
    ask_page(&house.sol, 0);
    wait_ms(2 * MINUTE_MS);
    cr_assert_eq(peer_count(&house.sol, WIRE_PAGE), 0, "an empty page would mean that there is nothing");
    store_memory_up(house.node.store);
    settle();
    cr_assert_eq(peer_last(&house.sol, WIRE_PAGE)->rows_count, 3);
}

Test(replies, a_page_whose_connection_breaks_is_read_again)
{
    complete_many(3);
    wire_page(&frame, 5, 0, 20);
    peer_send(&house.sol, &frame);
    store_memory_down(house.node.store);
    settle();
    store_memory_up(house.node.store);
    settle();
    cr_assert_eq(peer_count(&house.sol, WIRE_PAGE), 1);
    cr_assert_eq(peer_last(&house.sol, WIRE_PAGE)->rows_count, 3);
}

Test(replies, a_page_that_cannot_be_read_ends_the_session)
{
    complete_many(3);
    store_memory_arm(house.node.store, STORE_MEMORY_FAIL_READS);
    ask_page(&house.sol, 0);
    cr_assert_eq(peer_count(&house.sol, WIRE_PAGE), 0);
    cr_assert_eq(house.sol.closed, CLOSE_INTERNAL);
}

Test(replies, only_dashboards_have_pages)
{
    house_join(&house, &house.bot);
    ask_page(&house.bot, 0);
    cr_assert_eq(house.bot.closed, CLOSE_BAD_FRAME);
}

/* The self-check. */

static void resync(int64_t seq, int64_t open, int64_t completed, uint32_t digest)
{
    wire_resync(&frame, seq, open, completed, digest);
    peer_send(&house.ana, &frame);
    settle();
    cr_assert(peer_last(&house.ana, WIRE_SYNC)->fresh);
    cr_assert_eq(wire_client_count(&house.ana.client, LIST_OPEN), 1);
}

static void expect_resyncs(uint64_t founded, uint64_t unfounded)
{
    cr_assert_eq(hub_stats(house.node.hub).resyncs, founded);
    cr_assert_eq(hub_stats(house.node.hub).resyncs_unfounded, unfounded);
}

Test(replies, a_resync_starts_afresh_and_is_counted)
{
    house_join(&house, &house.ana);
    open_c1();
    const struct wire_client *client = &house.ana.client;
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
    house_join(&house, &house.ana);
    open_c1();
    int64_t seq = house.ana.client.seq;
    uint32_t digest = wire_client_digest(&house.ana.client);
    resync(seq, 1, 0, digest);
    expect_resyncs(0, 1); /* it counts what it was told */
    resync(seq + 1, 2, 0, 0);
    expect_resyncs(0, 2); /* it has not been told of that seq, */
    house_join(&house, &house.bea);
    resync(0, 2, 0, 0);
    expect_resyncs(0, 3); /* nor of that one */
    resync(house.ana.client.seq, 1, 0, wire_client_digest(&house.ana.client));
    expect_resyncs(0, 4);
}

Test(replies, a_resync_on_the_way_afresh_does_not_begin_again)
{
    house_join(&house, &house.ana);
    open_c1();
    wire_resync(&frame, house.ana.client.seq, 2, 0, 0);
    for (int i = 0; i < 3; i++)
        peer_send(&house.ana, &frame);
    settle();
    expect_resyncs(1, 0);
    peer_send(&house.ana, &frame);
    settle();
    expect_resyncs(2, 0); /* it has been at the tail in between */
}

Test(replies, a_drain_waits_for_pages)
{
    complete_many(3);
    wire_page(&frame, 1, 0, 5);
    peer_send(&house.sol, &frame);
    hub_work(house.node.hub);
    hub_drain(house.node.hub);
    cr_assert_not(hub_is_settled(house.node.hub), "a page is in the store's hands");
    settle();
    cr_assert_eq(house.sol.closed, CLOSE_RESTART);
}
