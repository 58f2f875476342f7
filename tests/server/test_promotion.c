#include <criterion/criterion.h>

#include "support/builders.h"
#include "support/team.h"

/* A standby takes over, which may lack the last commits: clients start afresh, visibly, and nothing of before
 * is mistaken for something of now. */

TestSuite(promotion, .init = team_begin, .fini = team_end);

Test(promotion, a_promotion_starts_clients_afresh_visibly)
{
    everybody_joins();
    team_do(&team.ana, message_to("c2"));
    store_memory_promote(team.database, 1);
    store_memory_up(team.server.store);
    settle();
    cr_assert_not(client_last(&team.ana, WIRE_WELCOME)->resumed);
    cr_assert(client_last(&team.ana, WIRE_SYNC)->fresh);
    cr_assert_null(wire_client_find(&team.ana.wire, "c2"));
    team_expect_in_sync(&team.ana);
    team_do(&team.bea, just("complete"));
    team_expect_in_sync(&team.ana);
}

Test(promotion, an_answer_that_had_not_left_when_the_database_changed_is_unknown)
{
    everybody_joins();
    team.ana.is_deaf = true;
    struct wire_command command = message_to("c2");
    command.id = team_send(&team.ana, command);
    settle();
    store_memory_promote(team.database, 1);
    store_memory_up(team.server.store);
    settle();
    client_listen(&team.ana);
    settle();
    cr_assert_str_eq(client_answer(&team.ana, command.id)->outcome, "unknown", "it may have been lost");
    command.resend = true;
    cr_assert_str_eq(team_do(&team.ana, command)->outcome, "done");
    team_expect_in_sync(&team.ana);
}

Test(promotion, nothing_of_the_old_database_is_shown_under_the_new_one_s_epoch)
{
    everybody_joins();
    client_leave(&team.bea);
    size_t from = team.bea.heard_count;
    store_memory_set_delay_ms(team.server.store, 50, 50);
    team_send(&team.ana, message_to("c2"));
    wait_ms(60);
    store_memory_promote(team.database, 2);
    store_memory_up(team.server.store);
    team_hello(&team.bea, false);
    wait_ms(2000);
    size_t welcome = client_find(&team.bea, WIRE_WELCOME, from);
    cr_assert_eq(client_find(&team.bea, WIRE_WELCOME, welcome + 1), team.bea.heard_count,
                 "it was welcomed to what was about to go");
    team_expect_in_sync(&team.bea);
}

Test(promotion, the_end_of_a_pause_that_was_lost_does_not_stand_in_for_another_s)
{
    team_join(&team.ana);
    team_do(&team.ana, message_to("c1"));
    int64_t pause_seq = team_seq();
    store_memory_arm(team.server.store, STORE_MEMORY_LOSE_REQUEST);
    wait_ms(HOUR_MS + 1000);
    store_memory_promote(team.database, 1);
    store_memory_up(team.server.store);
    settle();
    struct stored_outcome stored;
    cr_assert_not(store_memory_find_outcome(team.database, TEAM_WORKSPACE,
                                            due_command_id((struct due){.seq = pause_seq}), &stored));
    team_do(&team.ana, message_to("c3"));
    cr_assert_eq(team_truth("c3")->pause_seq, pause_seq);
    wait_ms(HOUR_MS + 1000);
    cr_assert_eq(team_truth("c3")->pause.kind, PAUSE_NONE);
}

Test(promotion, an_agent_who_joins_while_the_database_changes_gets_in)
{
    team_join(&team.ana);
    store_memory_arm(team.server.store, STORE_MEMORY_LOSE_ANSWER);
    team_hello(&team.bea, false);
    settle();
    store_memory_promote(team.database, 1);
    store_memory_up(team.server.store);
    wait_ms(3000);
    cr_assert_eq(team.bea.closed, CLOSE_NONE);
    cr_assert_not_null(client_last(&team.bea, WIRE_WELCOME));
    team_expect_in_sync(&team.bea);
}

Test(promotion, an_agent_who_was_lost_with_the_old_database_is_recorded_in_the_new_one)
{
    team_join(&team.ana);
    store_memory_promote(team.database, 1);
    store_memory_up(team.server.store);
    settle();
    struct wire_command command = {
        .action = "assign", .agent = "ana", .channel = "web", .conversation = "c1"};
    cr_assert_str_eq(team_do(&team.ana, command)->outcome, "done");
    team_expect_in_sync(&team.ana);
}

Test(promotion, a_command_in_doubt_gets_its_first_answer_where_it_has_survived)
{
    everybody_joins();
    store_memory_arm(team.server.store, STORE_MEMORY_LOSE_ANSWER);
    struct command_id id = team_send(&team.ana, just("complete"));
    settle();
    store_memory_promote(team.database, 0);
    store_memory_up(team.server.store);
    settle();
    cr_assert_str_eq(client_answer(&team.ana, id)->outcome, "done");
    team_expect_in_sync(&team.ana);
}

/* What was lost. */

static uint64_t count_lost(void)
{
    return hub_stats(team.server.hub).transitions_lost;
}

Test(promotion, what_the_database_lacks_of_what_was_committed_is_counted)
{
    everybody_joins();
    team_do(&team.ana, message_to("c2"));
    team_do(&team.ana, message_to("c3"));
    store_memory_promote(team.database, 2);
    store_memory_up(team.server.store);
    settle();
    cr_assert_eq(count_lost(), 2);
    cr_assert_eq(hub_stats(team.server.hub).epoch_changes, 1);
    team_expect_in_sync(&team.ana);
}

Test(promotion, what_was_written_since_in_the_place_of_what_was_lost_hides_nothing)
{
    everybody_joins();
    team_do(&team.ana, message_to("c2"));
    team_do(&team.ana, message_to("c3"));
    store_memory_promote(team.database, 1);
    for (int i = 0; i < 3; i++) {
        wait_ms(1000);
        team_foreign(bea(), i == 1 ? COMMAND(REOPEN) : COMMAND(COMPLETE));
    }
    store_memory_up(team.server.store);
    settle();
    cr_assert_eq(count_lost(), 1);
    team_expect_in_sync(&team.ana);
}

Test(promotion, of_a_standby_that_had_everything_nothing_is_said_to_be_lost)
{
    everybody_joins();
    team_do(&team.ana, message_to("c2"));
    store_memory_promote(team.database, 0);
    wait_ms(1000);
    team_foreign(bea(), COMMAND(COMPLETE));
    store_memory_up(team.server.store);
    settle();
    cr_assert_eq(count_lost(), 0);
    cr_assert_eq(hub_stats(team.server.hub).epoch_changes, 1);
}

Test(promotion, what_a_restored_backup_lacks_is_counted_too)
{
    everybody_joins();
    team_do(&team.ana, message_to("c2"));
    store_memory_restore(team.database, 1);
    store_memory_up(team.server.store);
    wait_ms(5000);
    cr_assert_eq(count_lost(), 1);
    cr_assert_eq(hub_stats(team.server.hub).epoch_changes, 0);
    team_expect_in_sync(&team.ana);
}
