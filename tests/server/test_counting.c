#include "app/hub/hub.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "protocol/limits.h"
#include "support/team.h"

/* What the hub counts for operators. */

enum { HOUR_MS = 60 * 60 * 1000 };

static void begin(void)
{
    team_begin();
    team_join(&team.ana);
    team_join(&team.bot);
}

TestSuite(counting, .init = begin, .fini = team_end);

static struct node_stats stats(void)
{
    return hub_stats(team.server.hub);
}

static struct hub_census census(void)
{
    return hub_census(team.server.hub);
}

static void say(const char *conversation)
{
    team_do(&team.ana, message_to(conversation));
}

Test(counting, a_command_is_counted_once_by_what_it_asked_and_what_came_of_it)
{
    say("c1");
    say("c2");
    team_do(&team.ana, (struct wire_command){.action = "complete"});
    team_do(&team.ana, (struct wire_command){.action = "complete"});
    team_do(&team.bot, (struct wire_command){.action = "reopen"});
    const struct node_stats counted = stats();
    cr_assert_eq(counted.commands[ACTION_SEND_MESSAGE][OUTCOME_DONE], 2);
    cr_assert_eq(counted.commands[ACTION_COMPLETE][OUTCOME_DONE], 1);
    cr_assert_eq(counted.commands[ACTION_COMPLETE][OUTCOME_UNCHANGED], 1);
    cr_assert_eq(counted.commands[ACTION_REOPEN][OUTCOME_REFUSED], 1);
    cr_assert_eq(counted.refusals[REASON_FORBIDDEN], 1);
    cr_assert_eq(counted.refusals[REASON_NONE], 0);
}

Test(counting, a_command_that_nobody_looks_at_is_counted_without_an_action)
{
    team_do(&team.ana, (struct wire_command){.action = "dance"});
    const struct node_stats counted = stats();
    cr_assert_eq(counted.commands[0][OUTCOME_REFUSED], 1);
    cr_assert_eq(counted.refusals[REASON_UNKNOWN_COMMAND], 1);
}

Test(counting, a_frame_of_rows_counts_for_each_who_gets_it)
{
    team_join(&team.bea);
    const struct node_stats before = stats();
    say("c1");
    const struct node_stats after = stats();
    cr_assert_eq(after.sync_frames - before.sync_frames, 2, "two dashboards; the bot has no rows");
    cr_assert_gt(after.sync_bytes - before.sync_bytes, 2 * sizeof("c1"));
}

Test(counting, a_pause_s_end_is_counted_with_how_late_it_came)
{
    say("c1");
    wait_ms(HOUR_MS + 100);
    const struct node_stats counted = stats();
    cr_assert_eq(histogram_count(&counted.due_delay_us[DUE_PAUSE_END], HISTOGRAM_STEPS), 1);
    cr_assert_leq(counted.due_delay_us[DUE_PAUSE_END].sum, 100 * 1000);
}

Test(counting, a_pause_that_ran_out_while_the_database_was_away_was_ended_late)
{
    say("c1");
    store_memory_down(team.server.store);
    wait_ms(HOUR_MS + 7000);
    store_memory_up(team.server.store);
    wait_ms(100);
    const struct node_stats counted = stats();
    cr_assert_eq(histogram_count(&counted.due_delay_us[DUE_PAUSE_END], HISTOGRAM_STEPS), 1);
    cr_assert_geq(counted.due_delay_us[DUE_PAUSE_END].sum, 7000 * 1000);
    cr_assert_leq(counted.due_delay_us[DUE_PAUSE_END].sum, 7200 * 1000);
}

Test(counting, clients_are_counted_by_role_and_rows_as_they_are_held)
{
    say("c1");
    say("c2");
    client_connect(&team.bea, &team.server);
    settle();
    cr_assert_eq(census().sessions[0], 1, "she has not said who she is");
    cr_assert_eq(census().sessions[ROLE_AGENT], 1);
    cr_assert_eq(census().sessions[ROLE_AUTOMATION], 1);
    cr_assert_eq(census().desks_ready, 1);
    cr_assert_eq(census().rows, 2);
    client_leave(&team.ana);
    cr_assert_eq(census().sessions[ROLE_AGENT], 0);
}

Test(counting, a_dashboard_that_does_not_read_is_behind_by_what_was_committed_since)
{
    team_join(&team.bea);
    say("c1");
    cr_assert_eq(census().lag_seqs, 0);
    team.bea.is_deaf = true;
    for (int i = 0; i < 5; i++)
        say("c1");
    cr_assert_eq(census().lag_seqs, 5);
    client_listen(&team.bea);
    settle();
    cr_assert_eq(census().lag_seqs, 0);
}

Test(counting, what_a_first_screen_has_still_to_show_is_no_lag)
{
    char name[16];
    for (int i = 0; i < 2 * LIMIT_SYNC_ROWS; i++) {
        snprintf(name, sizeof(name), "c%d", i);
        say(name);
        wait_ms(1000 / LIMIT_PERSON_COMMANDS_PER_S);
    }
    team_hello(&team.bea, false);
    server_turn(&team.server);
    team.bea.is_deaf = true;
    settle();
    int64_t before = census().lag_seqs;
    say("c1");
    cr_assert_leq(before, 1, "but for her own coming");
    cr_assert_eq(census().lag_seqs, before + 1, "what comes after it began is");
    client_listen(&team.bea);
    settle();
}

Test(counting, who_has_only_the_log_s_view_is_not_behind)
{
    team.bot.is_deaf = true;
    say("c1");
    cr_assert_eq(census().lag_seqs, 0);
    client_listen(&team.bot);
    settle();
}
