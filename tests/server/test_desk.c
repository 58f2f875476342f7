#include "app/desk/desk.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "protocol/limits.h"
#include "support/builders.h"
#include "support/team.h"

/* Commands on their way to the store and back: batches, what goes wrong with them, and the ends of pauses. */

TestSuite(desk, .init = team_begin, .fini = team_end);

/* Batches. */

Test(desk, nothing_is_answered_or_shown_before_the_commit)
{
    everybody_joins();
    store_memory_set_delay_ms(team.server.store, 50, 50);
    size_t from = team.bea.heard_count;
    struct command_id id = team_send(&team.ana, just("complete"));
    int64_t seq = team_seq();
    wait_ms(49);
    cr_assert_eq(team_seq(), seq);
    cr_assert_null(client_answer(&team.ana, id));
    wait_ms(2);
    cr_assert_eq(team_seq(), seq + 1, "it is committed, and nobody knows yet");
    cr_assert_null(client_answer(&team.ana, id));
    cr_assert_eq(team.bea.heard_count, from);
    wait_ms(50);
    cr_assert_str_eq(client_answer(&team.ana, id)->outcome, "done");
    team_expect_in_sync(&team.bea);
}

Test(desk, commands_that_come_during_a_commit_go_together_in_the_next)
{
    everybody_joins();
    uint64_t batches = hub_stats(team.server.hub).batches;
    store_memory_set_delay_ms(team.server.store, 5, 5);
    team_send(&team.ana, message_to("c1"));
    wait_ms(2);
    for (int i = 0; i < 20; i++)
        team_send(&team.ana, message_to("c1"));
    wait_ms(100);
    cr_assert_eq(hub_stats(team.server.hub).batches, batches + 2);
    cr_assert_eq(team_truth("c1")->sent, 22);
}

Test(desk, a_refusal_that_rests_on_a_batch_leaves_after_its_commit)
{
    everybody_joins();
    team_send(&team.ana, just("complete"));
    struct command_id id =
        team_send(&team.bea, (struct wire_command){.action = "keep_open", .conversation = "c1"});
    hub_work(team.server.hub);
    cr_assert_not(session_has_frame(team.bea.session), "not_open was told of what is not committed");
    settle();
    const struct wire_message *answer = client_answer(&team.bea, id);
    cr_assert_str_eq(answer->reason, "not_open");
    cr_assert_eq(team.bea.heard[team.bea.heard_count - 1].type, WIRE_ANSWER, "and after the row");
}

Test(desk, a_refusal_that_rested_on_what_was_not_done_is_judged_again)
{
    everybody_joins();
    team_send(&team.ana, just("complete"));
    struct command_id id =
        team_send(&team.bea, (struct wire_command){.action = "keep_open", .pause = 2 * HOUR_MS});
    store_memory_arm(team.server.store, STORE_MEMORY_DISK_FULL);
    settle();
    cr_assert_str_neq(client_answer(&team.bea, id)->reason, "not_open");
}

Test(desk, more_refusals_than_a_batch_holds_are_all_answered)
{
    struct client clients[6] = {0};
    for (int i = 0; i < 6; i++) {
        char name[16];
        snprintf(name, sizeof(name), "agent%d", i);
        join_as(&clients[i], name, "agent");
    }
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < LIMIT_COMMANDS_IN_FLIGHT; j++)
            team_send(&clients[i], (struct wire_command){.action = "reopen", .conversation = "nowhere"});
    settle();
    for (int i = 0; i < 6; i++) {
        cr_assert_eq(client_count(&clients[i], WIRE_ANSWER), LIMIT_COMMANDS_IN_FLIGHT);
        client_finish(&clients[i]);
    }
}

/* Others, and things that go wrong. */

Test(desk, what_another_node_did_meanwhile_is_taken_in_and_the_command_judged_again)
{
    everybody_joins();
    team_foreign(bea(), COMMAND(COMPLETE));
    const struct wire_message *answer =
        team_do(&team.ana, (struct wire_command){.action = "complete", .has_version = true, .version = 1});
    cr_assert_str_eq(answer->reason, "stale");
    team_expect_in_sync(&team.ana);
    team_expect_in_sync(&team.bea);
}

Test(desk, a_locked_workspace_is_waited_for)
{
    everybody_joins();
    uint64_t batches = hub_stats(team.server.hub).batches;
    store_memory_arm(team.server.store, STORE_MEMORY_LOCKED);
    store_memory_arm(team.server.store, STORE_MEMORY_LOCKED);
    cr_assert_str_eq(team_do(&team.ana, just("complete"))->outcome, "done");
    cr_assert_eq(hub_stats(team.server.hub).batches, batches + 2, "the second attempt waits in the database");
}

Test(desk, a_full_disk_refuses_and_leaves_all_as_it_was)
{
    everybody_joins();
    store_memory_arm(team.server.store, STORE_MEMORY_DISK_FULL);
    cr_assert_str_eq(team_do(&team.ana, just("complete"))->reason, "unavailable");
    cr_assert_str_eq(team_do(&team.ana, just("complete"))->outcome, "done");
}

Test(desk, of_a_batch_that_fails_only_the_culprit_is_refused)
{
    everybody_joins();
    struct command_id ids[5];
    for (int i = 0; i < 5; i++) {
        char id[8];
        snprintf(id, sizeof(id), "d%d", i);
        ids[i] = team_send(&team.ana, message_to(id));
    }
    store_memory_arm(team.server.store, STORE_MEMORY_FAIL);
    store_memory_arm(team.server.store, STORE_MEMORY_FAIL);
    settle();
    cr_assert_str_eq(client_answer(&team.ana, ids[0])->reason, "internal");
    for (int i = 1; i < 5; i++)
        cr_assert_str_eq(client_answer(&team.ana, ids[i])->outcome, "done");
}

Test(desk, a_log_that_cannot_be_read_is_not_read_for_ever)
{
    everybody_joins();
    client_leave(&team.ana);
    team_foreign(bea(), COMMAND(COMPLETE));
    team_put_at(&team.ana, team_seq());
    for (int i = 0; i < 50; i++)
        store_memory_arm(team.server.store, STORE_MEMORY_FAIL);
    uint64_t batches = hub_stats(team.server.hub).batches;
    team_resume(&team.ana);
    cr_assert_leq(hub_stats(team.server.hub).batches, batches + 2);
    cr_assert_eq(team.ana.closed, CLOSE_TRY_LATER, "it would have gone back in time");
}

/* What other nodes do. */

static void hint(int64_t seq)
{
    const struct store_listener *listener = &team.server.store->listener;
    listener->hint(listener->context, 1, seq);
}

Test(desk, a_hint_is_enough_to_show_what_another_node_did)
{
    everybody_joins();
    team_foreign(bea(), COMMAND(COMPLETE));
    hint(team_seq());
    settle();
    team_expect_in_sync(&team.ana);
    team_expect_in_sync(&team.bea);
}

Test(desk, what_no_hint_told_is_found_within_the_poll)
{
    everybody_joins();
    team_foreign(bea(), COMMAND(COMPLETE));
    settle();
    cr_assert_lt(team.ana.wire.seq, team_seq());
    wait_ms(LIMIT_HEADS_POLL_MS);
    cr_assert_eq(team.ana.wire.seq, team_seq());
    team_expect_in_sync(&team.ana);
    team_expect_in_sync(&team.bea);
}

Test(desk, where_hints_were_lost_it_looks_at_once)
{
    const struct store_listener *listener = &team.server.store->listener;
    everybody_joins();
    team_foreign(bea(), COMMAND(COMPLETE));
    settle();
    cr_assert_lt(team.ana.wire.seq, team_seq());
    listener->hints_lost(listener->context);
    settle();
    cr_assert_eq(team.ana.wire.seq, team_seq());
    team_expect_in_sync(&team.ana);
    team_expect_in_sync(&team.bea);
}

Test(desk, a_thousand_hints_during_a_look_come_to_one_more)
{
    everybody_joins();
    team_foreign(bea(), COMMAND(COMPLETE));
    uint64_t batches = hub_stats(team.server.hub).batches;
    store_memory_set_delay_ms(team.server.store, 10, 10);
    for (int i = 0; i < 1000; i++) {
        hint(team_seq() + i);
        if (i % 100 == 0)
            server_turn(&team.server);
    }
    wait_ms(100);
    cr_assert_eq(hub_stats(team.server.hub).batches, batches + 2);
    team_expect_in_sync(&team.ana);
}

Test(desk, a_hint_of_what_is_known_or_of_nobody_known_costs_nothing)
{
    everybody_joins();
    uint64_t batches = hub_stats(team.server.hub).batches;
    hint(team_seq());
    team.server.store->listener.hint(team.server.hub, 77, INT64_MAX);
    team.server.store->listener.hint(team.server.hub, INT64_MIN, 5);
    wait_ms(3 * LIMIT_HEADS_POLL_MS);
    cr_assert_eq(hub_stats(team.server.hub).batches, batches);
}

Test(desk, an_untrue_hint_costs_one_look)
{
    everybody_joins();
    uint64_t batches = hub_stats(team.server.hub).batches;
    hint(INT64_MAX);
    wait_ms(3 * LIMIT_HEADS_POLL_MS);
    cr_assert_eq(hub_stats(team.server.hub).batches, batches + 1);
    team_expect_in_sync(&team.ana);
}

/* What is not held in memory. */

/* So much has happened since the conversation "old" that no desk loads it. */
static void make_old(void)
{
    team_foreign(whatsapp(), COMMAND(CONTACT_MESSAGE, .conversation = BYTES("old"), .body = BYTES("0")));
    for (int i = 0; i < LIMIT_LOAD_BACK + 5; i++)
        team_foreign(whatsapp(), COMMAND(CONTACT_MESSAGE, .body = BYTES("hello")));
}

Test(desk, a_conversation_that_is_not_held_is_read_first)
{
    make_old();
    team_join(&team.contact);
    const struct wire_message *answer = team_do(
        &team.contact,
        (struct wire_command){.action = "contact_message", .conversation = "old", .body = "hello again"});
    cr_assert_str_eq(answer->outcome, "done");
    cr_assert_eq(answer->message, 2);
}

Test(desk, a_resume_from_before_what_is_held_starts_afresh)
{
    make_old();
    team_join(&team.ana);
    client_leave(&team.ana);
    team_put_at(&team.ana, 3);
    team_resume(&team.ana);
    cr_assert_not(client_last(&team.ana, WIRE_WELCOME)->resumed);
    cr_assert(client_last(&team.ana, WIRE_SYNC)->fresh);
}

Test(desk, commands_about_one_conversation_stay_in_order_while_it_is_read)
{
    make_old();
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct server server;
        struct client channel = {0};
        begin_second(&server, seed);
        join_second(&server, &channel, "whatsapp", "channel");
        store_memory_set_delay_ms(server.store, 0, 20);
        struct wire_command command = {.action = "contact_message", .conversation = "old", .body = "first"};
        team_send(&channel, command);
        server_turn(&server);
        team_foreign(bot(),
                     COMMAND(BOT_MESSAGE, .conversation = BYTES("old"), .body = BYTES("from another node")));
        team_send(&channel,
                  (struct wire_command){.action = "contact_message", .conversation = "c1", .body = "hello"});
        for (int ms = 0; ms < 60; ms++) {
            server_wait(&server, 1);
            if (ms != 25)
                continue;
            command.body = "second";
            team_send(&channel, command);
        }
        server_wait(&server, 500);
        cr_assert_str_eq(wire_row_of(team_truth("old")).preview, "second", "seed %d", (int)seed);
        client_finish(&channel);
        server_stop(&server);
        make_old();
    }
}

/* Pauses. */

static bool is_paused(const char *id)
{
    return team_truth(id)->pause.kind != PAUSE_NONE;
}

Test(desk, a_pause_ends_when_its_time_has_come_and_all_see_it)
{
    everybody_joins();
    wait_ms(HOUR_MS - 1);
    cr_assert(is_paused("c1"));
    wait_ms(50);
    cr_assert_not(is_paused("c1"));
    cr_assert_eq(hub_stats(team.server.hub).dues_done[DUE_PAUSE_END], 1);
    team_expect_in_sync(&team.ana);
    cr_assert_str_eq(
        team_do(&team.bot, (struct wire_command){.action = "bot_message", .body = "hi"})->outcome, "done");
}

Test(desk, a_pause_is_not_ended_early_when_the_database_s_clock_is_set_back)
{
    everybody_joins();
    wait_ms(HOUR_MS - 10000);
    store_memory_set_now_ms(team.database, NOON_MS + HOUR_MS - 60000);
    wait_ms(11000);
    cr_assert(is_paused("c1"));
    wait_ms(MINUTE_MS + 2000);
    cr_assert_not(is_paused("c1"));
}

Test(desk, a_pause_that_runs_out_while_the_database_is_away_ends_when_it_is_back)
{
    everybody_joins();
    store_memory_down(team.server.store);
    wait_ms(2 * HOUR_MS);
    store_memory_up(team.server.store);
    settle();
    cr_assert_not(is_paused("c1"));
}

Test(desk, a_pause_ends_in_a_workspace_that_nobody_has_loaded)
{
    team_foreign(bot(), COMMAND(OPEN, .channel = BYTES("web")));
    wait_ms(HOUR_MS + 1000);
    cr_assert_not(is_paused("c1"));
    cr_assert_eq(hub_stats(team.server.hub).desks, 1);
}

Test(desk, a_pause_that_cannot_be_ended_is_not_tried_without_rest)
{
    everybody_joins();
    wait_ms(HOUR_MS - 10);
    for (int i = 0; i < 60; i++)
        store_memory_arm(team.server.store, STORE_MEMORY_FAIL);
    uint64_t batches = hub_stats(team.server.hub).batches;
    wait_ms(5000);
    cr_assert_leq(hub_stats(team.server.hub).batches, batches + 6);
    wait_ms(2 * MINUTE_MS);
    cr_assert_not(is_paused("c1"));
}
