#include "app/desk.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "protocol/limits.h"
#include "support/builders.h"
#include "support/house.h"
#include "support/leak.h"

/* Commands on their way to the store and back: batches, what goes wrong with them, and the ends of pauses. */

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

TestSuite(desk, .init = begin, .fini = end);

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

/* Batches. */

Test(desk, nothing_is_answered_or_shown_before_the_commit)
{
    everybody_joins();
    store_memory_set_delay_ms(house.node.store, 50, 50);
    size_t from = house.bea.heard_count;
    struct command_id id = house_send(&house.ana, just("complete"));
    int64_t seq = house_seq(&house);
    wait_ms(49);
    cr_assert_eq(house_seq(&house), seq);
    cr_assert_null(peer_answer(&house.ana, id));
    wait_ms(2);
    cr_assert_eq(house_seq(&house), seq + 1, "it is committed, and nobody knows yet");
    cr_assert_null(peer_answer(&house.ana, id));
    cr_assert_eq(house.bea.heard_count, from);
    wait_ms(50);
    cr_assert_str_eq(peer_answer(&house.ana, id)->outcome, "done");
    house_expect_in_sync(&house, &house.bea);
}

Test(desk, commands_that_come_during_a_commit_go_together_in_the_next)
{
    everybody_joins();
    uint64_t batches = hub_stats(house.node.hub).batches;
    store_memory_set_delay_ms(house.node.store, 5, 5);
    house_send(&house.ana, open_of("c1"));
    wait_ms(2);
    for (int i = 0; i < 20; i++)
        house_send(&house.ana, open_of("c1"));
    wait_ms(100);
    cr_assert_eq(hub_stats(house.node.hub).batches, batches + 2);
    cr_assert_eq(house_truth(&house, "c1")->sent, 22);
}

Test(desk, a_refusal_that_rests_on_a_batch_leaves_after_its_commit)
{
    everybody_joins();
    house_send(&house.ana, just("complete"));
    struct command_id id =
        house_send(&house.bea, (struct wire_command){.action = "keep_open", .conversation = "c1"});
    hub_work(house.node.hub);
    cr_assert_not(session_has_frame(house.bea.session), "not_open was told of what is not committed");
    settle();
    const struct wire_message *answer = peer_answer(&house.bea, id);
    cr_assert_str_eq(answer->reason, "not_open");
    cr_assert_eq(house.bea.heard[house.bea.heard_count - 1].type, WIRE_ANSWER, "and after the row");
}

Test(desk, a_refusal_that_rested_on_what_was_not_done_is_judged_again)
{
    everybody_joins();
    house_send(&house.ana, just("complete"));
    struct command_id id =
        house_send(&house.bea, (struct wire_command){.action = "keep_open", .pause = 2 * HOUR_MS});
    store_memory_arm(house.node.store, STORE_MEMORY_DISK_FULL);
    settle();
    cr_assert_str_neq(peer_answer(&house.bea, id)->reason, "not_open");
}

Test(desk, more_riders_than_a_batch_holds_are_all_answered)
{
    struct peer peers[6] = {0};
    for (int i = 0; i < 6; i++) {
        struct wire_frame frame;
        char name[16];
        snprintf(name, sizeof(name), "agent%d", i);
        peer_connect(&peers[i], &house.node);
        wire_hello(&frame, peer_token(HOUSE_WORKSPACE, name, "agent", 0), NULL, -1);
        peer_send(&peers[i], &frame);
        settle();
    }
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < LIMIT_COMMANDS_IN_FLIGHT; j++)
            house_send(&peers[i], (struct wire_command){.action = "reopen", .conversation = "nowhere"});
    settle();
    for (int i = 0; i < 6; i++) {
        cr_assert_eq(peer_count(&peers[i], WIRE_ANSWER), LIMIT_COMMANDS_IN_FLIGHT);
        peer_finish(&peers[i]);
    }
}

/* Others, and things that go wrong. */

Test(desk, what_another_node_did_meanwhile_is_taken_in_and_the_command_judged_again)
{
    everybody_joins();
    house_foreign(&house, bea(), COMMAND(COMPLETE));
    const struct wire_message *answer =
        house_do(&house.ana, (struct wire_command){.action = "complete", .has_version = true, .version = 1});
    cr_assert_str_eq(answer->reason, "stale");
    house_expect_in_sync(&house, &house.ana);
    house_expect_in_sync(&house, &house.bea);
}

Test(desk, a_locked_workspace_is_waited_for)
{
    everybody_joins();
    uint64_t batches = hub_stats(house.node.hub).batches;
    store_memory_arm(house.node.store, STORE_MEMORY_LOCKED);
    store_memory_arm(house.node.store, STORE_MEMORY_LOCKED);
    cr_assert_str_eq(house_do(&house.ana, just("complete"))->outcome, "done");
    cr_assert_eq(hub_stats(house.node.hub).batches, batches + 2, "the second attempt waits in the database");
}

Test(desk, a_full_disk_refuses_and_leaves_all_as_it_was)
{
    everybody_joins();
    store_memory_arm(house.node.store, STORE_MEMORY_DISK_FULL);
    cr_assert_str_eq(house_do(&house.ana, just("complete"))->reason, "unavailable");
    cr_assert_str_eq(house_do(&house.ana, just("complete"))->outcome, "done");
}

Test(desk, of_a_batch_that_fails_only_the_culprit_is_refused)
{
    everybody_joins();
    struct command_id ids[5];
    for (int i = 0; i < 5; i++) {
        char id[8];
        snprintf(id, sizeof(id), "d%d", i);
        ids[i] = house_send(&house.ana, open_of(id));
    }
    store_memory_arm(house.node.store, STORE_MEMORY_FAIL);
    store_memory_arm(house.node.store, STORE_MEMORY_FAIL);
    settle();
    cr_assert_str_eq(peer_answer(&house.ana, ids[0])->reason, "internal");
    for (int i = 1; i < 5; i++)
        cr_assert_str_eq(peer_answer(&house.ana, ids[i])->outcome, "done");
}

Test(desk, a_log_that_cannot_be_read_is_not_read_for_ever)
{
    everybody_joins();
    peer_leave(&house.ana);
    house_foreign(&house, bea(), COMMAND(COMPLETE));
    house_put_at(&house, &house.ana, house_seq(&house));
    for (int i = 0; i < 50; i++)
        store_memory_arm(house.node.store, STORE_MEMORY_FAIL);
    uint64_t batches = hub_stats(house.node.hub).batches;
    house_resume(&house, &house.ana);
    cr_assert_leq(hub_stats(house.node.hub).batches, batches + 2);
    cr_assert_eq(house.ana.closed, CLOSE_TRY_LATER, "it would have gone back in time");
}

/* What other nodes do. */

static void hint(int64_t seq)
{
    const struct store_listener *listener = &house.node.store->listener;
    listener->hint(listener->context, 1, seq);
}

Test(desk, a_hint_is_enough_to_show_what_another_node_did)
{
    everybody_joins();
    house_foreign(&house, bea(), COMMAND(COMPLETE));
    hint(house_seq(&house));
    settle();
    house_expect_in_sync(&house, &house.ana);
    house_expect_in_sync(&house, &house.bea);
}

Test(desk, what_no_hint_told_is_found_within_the_poll)
{
    everybody_joins();
    house_foreign(&house, bea(), COMMAND(COMPLETE));
    settle();
    cr_assert_lt(house.ana.client.seq, house_seq(&house));
    wait_ms(LIMIT_HEADS_POLL_MS);
    cr_assert_eq(house.ana.client.seq, house_seq(&house));
    house_expect_in_sync(&house, &house.ana);
    house_expect_in_sync(&house, &house.bea);
}

Test(desk, where_hints_were_lost_it_looks_at_once)
{
    const struct store_listener *listener = &house.node.store->listener;
    everybody_joins();
    house_foreign(&house, bea(), COMMAND(COMPLETE));
    settle();
    cr_assert_lt(house.ana.client.seq, house_seq(&house));
    listener->hints_lost(listener->context);
    settle();
    cr_assert_eq(house.ana.client.seq, house_seq(&house));
    house_expect_in_sync(&house, &house.ana);
    house_expect_in_sync(&house, &house.bea);
}

Test(desk, a_thousand_hints_during_a_look_come_to_one_more)
{
    everybody_joins();
    house_foreign(&house, bea(), COMMAND(COMPLETE));
    uint64_t batches = hub_stats(house.node.hub).batches;
    store_memory_set_delay_ms(house.node.store, 10, 10);
    for (int i = 0; i < 1000; i++) {
        hint(house_seq(&house) + i);
        if (i % 100 == 0)
            node_turn(&house.node);
    }
    wait_ms(100);
    cr_assert_eq(hub_stats(house.node.hub).batches, batches + 2);
    house_expect_in_sync(&house, &house.ana);
}

Test(desk, a_hint_of_what_is_known_or_of_nobody_known_costs_nothing)
{
    everybody_joins();
    uint64_t batches = hub_stats(house.node.hub).batches;
    hint(house_seq(&house));
    house.node.store->listener.hint(house.node.hub, 77, INT64_MAX);
    house.node.store->listener.hint(house.node.hub, INT64_MIN, 5);
    wait_ms(3 * LIMIT_HEADS_POLL_MS);
    cr_assert_eq(hub_stats(house.node.hub).batches, batches);
}

Test(desk, an_untrue_hint_costs_one_look)
{
    everybody_joins();
    uint64_t batches = hub_stats(house.node.hub).batches;
    hint(INT64_MAX);
    wait_ms(3 * LIMIT_HEADS_POLL_MS);
    cr_assert_eq(hub_stats(house.node.hub).batches, batches + 1);
    house_expect_in_sync(&house, &house.ana);
}

/* What is not held in memory. */

/* So much has happened since the conversation "old" that no desk loads it. */
static void make_old(void)
{
    house_foreign(&house, whatsapp(),
                  COMMAND(CONTACT_MESSAGE, .conversation = BYTES("old"), .body = BYTES("0")));
    for (int i = 0; i < LIMIT_LOAD_BACK + 5; i++)
        house_foreign(&house, whatsapp(), COMMAND(CONTACT_MESSAGE, .body = BYTES("hello")));
}

Test(desk, a_conversation_that_is_not_held_is_read_first)
{
    make_old();
    house_join(&house, &house.contact);
    const struct wire_message *answer = house_do(
        &house.contact,
        (struct wire_command){.action = "contact_message", .conversation = "old", .body = "hello again"});
    cr_assert_str_eq(answer->outcome, "done");
    cr_assert_eq(answer->message, 2);
}

Test(desk, a_resume_from_before_what_is_held_starts_afresh)
{
    make_old();
    house_join(&house, &house.ana);
    peer_leave(&house.ana);
    house_put_at(&house, &house.ana, 3);
    house_resume(&house, &house.ana);
    cr_assert_not(peer_last(&house.ana, WIRE_WELCOME)->resumed);
    cr_assert(peer_last(&house.ana, WIRE_SYNC)->fresh);
}

Test(desk, commands_about_one_conversation_stay_in_order_while_it_is_read)
{
    make_old();
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct node node;
        struct peer channel = {0};
        struct wire_frame frame;
        node_start(&node, house.database, seed);
        store_memory_up(node.store);
        peer_connect(&channel, &node);
        wire_hello(&frame, peer_token(HOUSE_WORKSPACE, "whatsapp", "channel", 0), NULL, -1);
        peer_send(&channel, &frame);
        node_settle(&node);
        store_memory_set_delay_ms(node.store, 0, 20);
        struct wire_command command = {.action = "contact_message", .conversation = "old", .body = "first"};
        house_send(&channel, command);
        node_turn(&node);
        house_foreign(&house, bot(),
                      COMMAND(BOT_MESSAGE, .conversation = BYTES("old"), .body = BYTES("from another node")));
        house_send(&channel,
                   (struct wire_command){.action = "contact_message", .conversation = "c1", .body = "hello"});
        for (int ms = 0; ms < 60; ms++) {
            node_wait(&node, 1);
            if (ms != 25)
                continue;
            command.body = "second";
            house_send(&channel, command);
        }
        node_wait(&node, 500);
        cr_assert_str_eq(wire_row_of(house_truth(&house, "old")).preview, "second", "seed %d", (int)seed);
        peer_finish(&channel);
        node_stop(&node);
        make_old();
    }
}

/* Pauses. */

static bool is_paused(const char *id)
{
    return house_truth(&house, id)->pause.kind != PAUSE_NONE;
}

Test(desk, a_pause_ends_when_its_time_has_come_and_all_see_it)
{
    everybody_joins();
    wait_ms(HOUR_MS - 1);
    cr_assert(is_paused("c1"));
    wait_ms(50);
    cr_assert_not(is_paused("c1"));
    cr_assert_eq(hub_stats(house.node.hub).pauses_ended, 1);
    house_expect_in_sync(&house, &house.ana);
    cr_assert_str_eq(
        house_do(&house.bot, (struct wire_command){.action = "bot_message", .body = "hi"})->outcome, "done");
}

Test(desk, a_pause_is_not_ended_early_when_the_database_s_clock_is_set_back)
{
    everybody_joins();
    wait_ms(HOUR_MS - 10000);
    store_memory_set_now_ms(house.database, NOON_MS + HOUR_MS - 60000);
    wait_ms(11000);
    cr_assert(is_paused("c1"));
    wait_ms(MINUTE_MS + 2000);
    cr_assert_not(is_paused("c1"));
}

Test(desk, a_pause_that_runs_out_while_the_database_is_away_ends_when_it_is_back)
{
    everybody_joins();
    store_memory_down(house.node.store);
    wait_ms(2 * HOUR_MS);
    store_memory_up(house.node.store);
    settle();
    cr_assert_not(is_paused("c1"));
}

Test(desk, a_pause_ends_in_a_workspace_that_nobody_has_loaded)
{
    house_foreign(&house, bot(), COMMAND(OPEN, .channel = BYTES("web")));
    wait_ms(HOUR_MS + 1000);
    cr_assert_not(is_paused("c1"));
    cr_assert_eq(hub_stats(house.node.hub).desks, 1);
}

Test(desk, a_pause_that_cannot_be_ended_is_not_tried_without_rest)
{
    everybody_joins();
    wait_ms(HOUR_MS - 10);
    for (int i = 0; i < 60; i++)
        store_memory_arm(house.node.store, STORE_MEMORY_FAIL);
    uint64_t batches = hub_stats(house.node.hub).batches;
    wait_ms(5000);
    cr_assert_leq(hub_stats(house.node.hub).batches, batches + 6);
    wait_ms(2 * MINUTE_MS);
    cr_assert_not(is_paused("c1"));
}
