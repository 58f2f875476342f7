#include <criterion/criterion.h>

#include "app/desk/desk.h"
#include "protocol/limits.h"
#include "support/builders.h"
#include "support/team.h"

/* A database that is there and commits nothing: what clients are told, what is refused, and what goes on. */

static void begin(void)
{
    team_begin();
    team_join(&team.ana);
    team_join(&team.bot);
    team_do(&team.ana, message_to("c1"));
}

TestSuite(stuck, .init = begin, .fini = team_end);

static void be_stuck(bool is_stuck)
{
    store_memory_set_stuck(team.server.store, is_stuck);
    settle();
}

Test(stuck, everybody_is_told_once_and_once_more_when_it_is_over)
{
    size_t told = client_count(&team.ana, WIRE_STATE);
    be_stuck(true);
    cr_assert(client_last(&team.ana, WIRE_STATE)->is_stuck);
    cr_assert(client_last(&team.bot, WIRE_STATE)->is_stuck);
    be_stuck(true);
    wait_ms(60 * 1000);
    cr_assert_eq(client_count(&team.ana, WIRE_STATE), told + 1);
    cr_assert_not(hub_stats(team.server.hub).is_ready);
    cr_assert(hub_stats(team.server.hub).store_is_up);
    be_stuck(false);
    cr_assert(client_last(&team.ana, WIRE_STATE)->is_up);
    cr_assert_eq(client_count(&team.ana, WIRE_STATE), told + 2);
    cr_assert(hub_stats(team.server.hub).is_ready);
}

Test(stuck, commands_are_refused_meanwhile_and_what_was_under_way_is_settled_once)
{
    store_memory_set_delay_ms(team.server.store, 50, 50);
    struct command_id waits = team_send(&team.ana, (struct wire_command){.action = "complete"});
    server_turn(&team.server);
    store_memory_set_stuck(team.server.store, true);
    wait_ms(1000);
    cr_assert_null(client_answer(&team.ana, waits));
    struct command_id refused = team_send(&team.ana, (struct wire_command){.action = "keep_open"});
    wait_ms(1000);
    cr_assert_str_eq(client_answer(&team.ana, refused)->outcome, "refused");
    cr_assert_str_eq(client_answer(&team.ana, refused)->reason, "unavailable");
    int64_t seq = team_seq();
    store_memory_set_stuck(team.server.store, false);
    wait_ms(1000);
    cr_assert_str_eq(client_answer(&team.ana, waits)->outcome, "done");
    cr_assert_eq(team_seq(), seq + 1);
    team_expect_in_sync(&team.ana);
}

Test(stuck, who_comes_meanwhile_is_let_in_and_recorded_afterwards)
{
    be_stuck(true);
    int64_t seq = team_seq();
    team_join(&team.bea); /* who has never been here */
    cr_assert(team.bea.wire.has_welcome);
    cr_assert(client_last(&team.bea, WIRE_STATE)->is_stuck);
    team_expect_in_sync(&team.bea);
    cr_assert_eq(team_seq(), seq);
    be_stuck(false);
    cr_assert_eq(team_seq(), seq + 1, "she is an agent now");
    team_do(&team.ana, (struct wire_command){.action = "assign", .agent = "bea"});
    team_expect_in_sync(&team.bea);
}

Test(stuck, who_was_coming_in_waits_no_longer)
{
    store_memory_set_delay_ms(team.server.store, 50, 50);
    team_hello(&team.bea, false);
    wait_ms(20);
    cr_assert_not(team.bea.wire.has_welcome);
    store_memory_set_stuck(team.server.store, true);
    settle();
    cr_assert(team.bea.wire.has_welcome);
    int64_t seq = team_seq();
    store_memory_set_stuck(team.server.store, false);
    wait_ms(1000);
    cr_assert_eq(team_seq(), seq + 1, "recorded once");
}

Test(stuck, a_pause_that_runs_out_meanwhile_is_ended_afterwards)
{
    int64_t seq = team_seq();
    be_stuck(true);
    wait_ms(61 * 60 * 1000);
    cr_assert_eq(team_seq(), seq);
    be_stuck(false);
    wait_ms(1000);
    cr_assert_eq(team_seq(), seq + 1);
}

Test(stuck, a_database_that_is_stuck_and_goes_away_is_stuck_still_when_it_comes_back)
{
    be_stuck(true);
    store_memory_down(team.server.store);
    settle();
    cr_assert_not(client_last(&team.ana, WIRE_STATE)->is_up);
    cr_assert_not(client_last(&team.ana, WIRE_STATE)->is_stuck);
    store_memory_up(team.server.store);
    settle();
    cr_assert(client_last(&team.ana, WIRE_STATE)->is_stuck);
    be_stuck(false);
    cr_assert(client_last(&team.ana, WIRE_STATE)->is_up);
}
