#include <criterion/criterion.h>
#include <string.h>

#include "support/builders.h"
#include "support/leak.h"
#include "support/team.h"

/* A command is carried out at most once and has one answer, however often it is sent, on whatever connection,
 * and whatever becomes of the first copy. */

static struct client twin; /* another connection of ana's */

TestSuite(once, .init = team_begin, .fini = team_end);

static void everybody_and_twin_join(void)
{
    everybody_joins();
    join_as(&twin, "ana", "agent");
}

static void expect_answer(const struct client *client, struct command_id id, const char *outcome,
                          const char *reason)
{
    const struct wire_message *answer = client_answer(client, id);
    cr_assert_not_null(answer, "no answer");
    cr_assert_str_eq(answer->outcome, outcome);
    cr_assert_str_eq(answer->reason, reason);
}

/* Both copies have been answered alike. */
static void expect_one_answer(struct command_id id, const char *outcome, const char *reason)
{
    expect_answer(&team.ana, id, outcome, reason);
    expect_answer(&twin, id, outcome, reason);
    cr_assert_eq(client_answer(&team.ana, id)->seq, client_answer(&twin, id)->seq);
    cr_assert_eq(client_answer(&team.ana, id)->message, client_answer(&twin, id)->message);
}

/* Afterwards. */

Test(once, a_resend_gets_the_first_answer_and_nothing_is_done_twice)
{
    everybody_and_twin_join();
    struct wire_command command = message_to("c1");
    command.id = command_id_next();
    store_memory_arm(team.server.store, STORE_MEMORY_LOSE_ANSWER);
    team_send(&team.ana, command);
    settle();
    cr_assert_null(client_answer(&team.ana, command.id));
    client_leave(&team.ana);
    store_memory_up(team.server.store);
    settle();
    team_resume(&team.ana);
    command.resend = true;
    const struct wire_message *answer = team_do(&team.ana, command);
    cr_assert_str_eq(answer->outcome, "done");
    cr_assert_eq(answer->message, 2);
    cr_assert_eq(answer->seq, team_seq());
    cr_assert_eq(team_truth("c1")->sent, 2);
}

Test(once, an_append_in_doubt_is_answered_when_the_database_is_back)
{
    everybody_and_twin_join();
    store_memory_arm(team.server.store, STORE_MEMORY_LOSE_REQUEST);
    struct command_id id = team_send(&team.ana, message_to("c1"));
    settle();
    cr_assert_null(client_answer(&team.ana, id));
    store_memory_up(team.server.store);
    settle();
    cr_assert_str_eq(client_answer(&team.ana, id)->outcome, "done");
    team_expect_in_sync(&team.bea);
}

Test(once, a_refused_resend_stays_refused)
{
    everybody_and_twin_join();
    team_do(&team.ana, just("complete"));
    struct wire_command command = {.action = "keep_open", .pause = 2 * HOUR_MS, .id = command_id_next()};
    command.resend = true;
    cr_assert_str_eq(team_do(&team.bea, command)->reason, "not_open");
    team_do(&team.ana, just("reopen"));
    command.resend = false;
    cr_assert_str_eq(team_do(&team.bea, command)->outcome, "refused", "an older copy has landed");
}

Test(once, a_blocked_bot_message_that_is_sent_again_is_answered_the_same)
{
    everybody_and_twin_join();
    struct wire_command command = {.action = "bot_message", .body = "hi", .id = command_id_next()};
    team_do(&team.bot, command);
    int64_t seq = team_seq();
    command.resend = true;
    const struct wire_message *answer = team_do(&team.bot, command);
    cr_assert_str_eq(answer->reason, "paused");
    cr_assert_eq(answer->until, NOON_MS + HOUR_MS);
    cr_assert_eq(answer->seq, seq, "that it was judged at");
    cr_assert_eq(team_seq(), seq);
}

Test(once, an_id_with_another_body_is_refused)
{
    everybody_and_twin_join();
    struct wire_command command = message_to("c1");
    command.id = command_id_next();
    team_do(&team.ana, command);
    command.body = "another";
    cr_assert_str_eq(team_do(&team.ana, command)->reason, "id_reused");
}

Test(once, two_copies_in_flight_do_it_once_and_are_both_answered)
{
    everybody_and_twin_join();
    struct wire_command command = message_to("c1");
    command.id = command_id_next();
    team_send(&team.ana, command);
    command.resend = true;
    team_send(&team.ana, command);
    settle();
    cr_assert_eq(client_count(&team.ana, WIRE_ANSWER), 3);
    for (size_t i = 0; i < team.ana.heard_count; i++)
        if (team.ana.heard[i].type == WIRE_ANSWER)
            cr_assert_str_eq(team.ana.heard[i].outcome, "done");
    cr_assert_eq(team_truth("c1")->sent, 2);
}

/* While the first copy is under way. */

Test(once, a_copy_joins_the_first_while_its_conversation_is_read)
{
    everybody_and_twin_join();
    team_join(&team.contact);
    struct wire_command command = {.action = "complete", .conversation = "nowhere", .id = command_id_next()};
    team_send(&team.ana, command);
    hub_work(team.server.hub);
    team_send(&team.contact, (struct wire_command){.action = "contact_message",
                                                   .conversation = "nowhere",
                                                   .body = "now it is somewhere"});
    team_send(&twin, command);
    settle();
    expect_one_answer(command.id, "refused", "unknown_conversation");
    cr_assert_eq(team_truth("nowhere")->list, LIST_NONE);
}

Test(once, a_copy_joins_the_first_in_the_queue)
{
    everybody_and_twin_join();
    team_do(&team.ana, just("complete"));
    struct wire_command command = {.action = "keep_open", .pause = 2 * HOUR_MS, .id = command_id_next()};
    team_send(&team.ana, command);
    team_send(&team.bea, just("reopen"));
    team_send(&twin, command);
    settle();
    expect_one_answer(command.id, "refused", "not_open");
}

Test(once, a_copy_joins_the_first_that_is_being_committed)
{
    everybody_and_twin_join();
    struct wire_command command = message_to("c1");
    command.id = command_id_next();
    team_send(&team.ana, command);
    hub_work(team.server.hub);
    team_send(&twin, command);
    settle();
    expect_one_answer(command.id, "done", "");
    cr_assert_eq(team_truth("c1")->sent, 2);
}

Test(once, a_copy_joins_the_first_that_rides_on_a_batch)
{
    everybody_and_twin_join();
    struct wire_command command = {.action = "keep_open", .pause = 2 * HOUR_MS, .id = command_id_next()};
    team_send(&team.bea, just("complete"));
    team_send(&team.ana, command);
    hub_work(team.server.hub);
    team_send(&team.bea, just("reopen"));
    team_send(&twin, command);
    settle();
    expect_one_answer(command.id, "refused", "not_open");
    struct stored_outcome stored;
    cr_assert_not(store_memory_find_outcome(team.database, TEAM_WORKSPACE, command.id, &stored));
}

Test(once, what_a_copy_that_is_a_resend_comes_to_is_kept_though_the_first_was_none)
{
    everybody_and_twin_join();
    struct wire_command command = {.action = "keep_open", .pause = 2 * HOUR_MS, .id = command_id_next()};
    team_send(&team.bea, just("complete"));
    team_send(&team.ana, command);
    hub_work(team.server.hub);
    command.resend = true;
    team_send(&twin, command);
    settle();
    expect_one_answer(command.id, "refused", "not_open");
    team_do(&team.bea, just("reopen"));
    command.resend = false;
    cr_assert_str_eq(team_do(&team.ana, command)->reason, "not_open", "an older copy has landed");
}

Test(once, a_copy_joins_the_first_whose_batch_was_a_conflict)
{
    everybody_and_twin_join();
    struct wire_command command = {.action = "keep_open", .pause = 2 * HOUR_MS, .id = command_id_next()};
    team_send(&team.ana, command);
    hub_work(team.server.hub);
    team_foreign(bea(), COMMAND(COMPLETE));
    team_send(&twin, command);
    settle();
    expect_one_answer(command.id, "refused", "not_open");
}

Test(once, a_copy_joins_the_first_that_is_in_doubt_while_the_database_is_away)
{
    everybody_and_twin_join();
    struct wire_command command = message_to("c1");
    command.id = command_id_next();
    store_memory_arm(team.server.store, STORE_MEMORY_LOSE_ANSWER);
    team_send(&team.ana, command);
    settle();
    command.resend = true;
    team_send(&twin, command);
    settle();
    cr_assert_null(client_answer(&twin, command.id), "it said that nothing was done");
    store_memory_up(team.server.store);
    settle();
    expect_one_answer(command.id, "done", "");
    cr_assert_eq(team_truth("c1")->sent, 2);
}

Test(once, a_copy_is_answered_though_the_one_who_sent_the_first_has_gone)
{
    everybody_and_twin_join();
    struct wire_command command = message_to("c1");
    command.id = command_id_next();
    team_send(&team.ana, command);
    hub_work(team.server.hub);
    team_send(&twin, command);
    client_leave(&team.ana);
    settle();
    expect_answer(&twin, command.id, "done", "");
    cr_assert_eq(team_truth("c1")->sent, 2);
}

Test(once, the_first_is_answered_though_the_one_who_sent_a_copy_has_gone)
{
    everybody_and_twin_join();
    struct wire_command command = message_to("c1");
    command.id = command_id_next();
    team_send(&team.ana, command);
    team_send(&twin, command);
    client_leave(&twin);
    settle();
    expect_answer(&team.ana, command.id, "done", "");
}

Test(once, an_id_that_is_under_way_with_another_body_is_refused)
{
    everybody_and_twin_join();
    struct wire_command command = message_to("c1");
    command.id = command_id_next();
    team_send(&team.ana, command);
    command.body = "another";
    team_send(&twin, command);
    team_send(&team.bea, command);
    settle();
    expect_answer(&team.ana, command.id, "done", "");
    expect_answer(&twin, command.id, "refused", "id_reused");
    expect_answer(&team.bea, command.id, "refused", "id_reused");
}

Test(once, a_copy_on_another_node_gets_the_answer_of_the_one_that_lands_first)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct server other;
        struct wire_command command = message_to("c2");
        command.id = command_id_next();
        begin_second(&other, seed);
        team_join(&team.ana);
        join_second(&other, &twin, "ana", "agent");
        store_memory_set_delay_ms(team.server.store, 0, 20);
        store_memory_set_delay_ms(other.store, 0, 20);
        int64_t sent = team_truth("c2") == NULL ? 0 : team_truth("c2")->sent;
        team_send(&team.ana, command);
        command.resend = true;
        team_send(&twin, command);
        for (int ms = 0; ms < 200; ms++) {
            wait_ms(1);
            server_settle(&other);
        }
        expect_one_answer(command.id, "done", "");
        cr_assert_eq(team_truth("c2")->sent, sent + 1, "seed %d", (int)seed);
        client_finish(&twin);
        client_leave(&team.ana);
        server_stop(&other);
    }
}
