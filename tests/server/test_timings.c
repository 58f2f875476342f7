#include "app/node/timings.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "protocol/limits.h"
#include "support/builders.h"
#include "support/team.h"

/* How long people wait: from a command's coming to its answer, from a commit to the last dashboard, and how
 * far behind who is behind is. */

enum { DELAY_MS = 40, DELIVERY_US = 3000, SECOND_MS = 1000 };

static struct wire_frame frame;

static void begin(void)
{
    team_begin();
    team_join(&team.ana);
}

TestSuite(timings, .init = begin, .fini = team_end);

static struct timing_stats timings(void)
{
    return hub_stats(team.server.hub).timings;
}

static struct hub_census census(void)
{
    return hub_census(team.server.hub);
}

static uint64_t count(const struct histogram *histogram)
{
    return histogram_count(histogram, HISTOGRAM_STEPS);
}

static void say(const char *conversation)
{
    team_do(&team.ana, message_to(conversation));
}

/* Where each frame takes its time to write. */
static void hear_slowly(struct client *client)
{
    store_memory_advance(client->server->database, DELIVERY_US);
}

Test(timings, an_answer_is_timed_from_its_command_s_coming_to_its_being_written)
{
    say("c1");
    store_memory_set_delay_ms(team.server.store, DELAY_MS, DELAY_MS);
    team.ana.hear = hear_slowly;
    struct timing_stats before = timings();
    team_send(&team.ana, message_to("c1"));
    wait_ms(SECOND_MS);
    struct timing_stats after = timings();
    cr_assert_eq(count(&after.answer_us), count(&before.answer_us) + 1);
    int64_t commit_us = 2 * DELAY_MS * 1000;
    cr_assert_eq(after.part_us[ANSWER_TURN].sum, before.part_us[ANSWER_TURN].sum);
    cr_assert_eq(after.part_us[ANSWER_COMMIT].sum - before.part_us[ANSWER_COMMIT].sum, commit_us);
    int64_t rows_us = after.part_us[ANSWER_ROWS].sum - before.part_us[ANSWER_ROWS].sum;
    cr_assert_geq(rows_us, 2 * DELIVERY_US, "its row goes before it");
    cr_assert_eq(after.answer_us.sum - before.answer_us.sum, commit_us + rows_us);
}

Test(timings, a_command_that_comes_while_another_is_committed_waits_for_its_turn)
{
    say("c1");
    say("c2");
    store_memory_set_delay_ms(team.server.store, DELAY_MS, DELAY_MS);
    struct timing_stats before = timings();
    team_send(&team.ana, message_to("c1"));
    wait_ms(DELAY_MS);
    team_send(&team.ana, message_to("c2"));
    wait_ms(SECOND_MS);
    struct timing_stats after = timings();
    cr_assert_eq(count(&after.part_us[ANSWER_TURN]), count(&before.part_us[ANSWER_TURN]) + 2);
    cr_assert_eq(after.part_us[ANSWER_TURN].sum - before.part_us[ANSWER_TURN].sum, DELAY_MS * 1000);
}

Test(timings, a_command_that_is_refused_at_once_is_answered_too)
{
    struct timing_stats before = timings();
    team_do(&team.ana, (struct wire_command){.action = "dance"});
    struct timing_stats after = timings();
    cr_assert_eq(count(&after.answer_us), count(&before.answer_us) + 1);
    cr_assert_eq(count(&after.part_us[ANSWER_COMMIT]), count(&before.part_us[ANSWER_COMMIT]));
}

Test(timings, what_comes_between_two_turns_came_when_the_hub_was_told_that_it_did)
{
    struct timing_stats before = timings();
    store_memory_advance(team.database, 7000);
    hub_tell_time(team.server.hub, server_now(&team.server).mono_us);
    team_send(&team.ana, message_to("c1"));
    settle();
    struct timing_stats after = timings();
    cr_assert_eq(after.answer_us.sum, before.answer_us.sum, "not since the turn before");
}

Test(timings, a_push_is_timed_from_the_commit_to_the_last_dashboard)
{
    team_join(&team.bea);
    team_join(&team.sol);
    struct client *const clients[] = {&team.ana, &team.bea, &team.sol};
    for (size_t i = 0; i < 3; i++)
        clients[i]->hear = hear_slowly;
    struct timing_stats before = timings();
    team_send(&team.ana, message_to("c1"));
    settle();
    struct timing_stats after = timings();
    cr_assert_eq(count(&after.push_us), count(&before.push_us) + 1, "once, for all three");
    int64_t push_us = after.push_us.sum - before.push_us.sum;
    cr_assert_geq(push_us, 3 * DELIVERY_US);
}

Test(timings, a_dashboard_that_does_not_read_keeps_nobody_s_time)
{
    team_join(&team.bea);
    struct timing_stats before = timings();
    team.bea.is_deaf = true;
    for (int i = 0; i < 5; i++) {
        say("c1");
        wait_ms(SECOND_MS);
    }
    struct timing_stats after = timings();
    cr_assert_eq(count(&after.push_us), count(&before.push_us) + 5);
    client_listen(&team.bea);
    settle();
    after = timings();
    cr_assert_eq(count(&after.push_us), count(&before.push_us) + 5, "nor does what she catches up with");
    cr_assert_eq(after.push_us.sum, before.push_us.sum);
    say("c1");
    after = timings();
    cr_assert_eq(count(&after.push_us), count(&before.push_us) + 6);
}

Test(timings, where_nobody_could_be_told_there_was_no_push)
{
    team_join(&team.bot);
    struct timing_stats before = timings();
    team.ana.is_deaf = true;
    team_foreign(whatsapp(), (struct command){.action = ACTION_CONTACT_MESSAGE, .body = BYTES("hello")});
    wait_ms(10 * SECOND_MS);
    cr_assert_gt(census().lag_seqs, 0, "this node has read it");
    client_leave(&team.ana);
    struct timing_stats after = timings();
    cr_assert_eq(count(&after.push_us), count(&before.push_us));
}

Test(timings, a_dashboard_that_goes_while_it_is_owed_something_is_waited_for_no_more)
{
    team_join(&team.bea);
    struct timing_stats before = timings();
    team_send(&team.ana, message_to("c1"));
    /* A turn of which nothing is delivered. */
    hub_work(team.server.hub);
    while (store_memory_step(team.server.store))
        hub_work(team.server.hub);
    client_leave(&team.bea);
    settle();
    struct timing_stats after = timings();
    cr_assert_eq(count(&after.push_us), count(&before.push_us) + 1);
    say("c1");
    after = timings();
    cr_assert_eq(count(&after.push_us), count(&before.push_us) + 2);
}

/* One frame to whoever's turn it is. */
static void deliver_one(void)
{
    struct session *session = hub_take_ready(team.server.hub);
    cr_assert_not_null(session);
    struct frame *taken = session_take_frame(session);
    frame_unref(&taken);
    if (session_has_frame(session))
        session_set_ready(session);
    hub_note_written(team.server.hub, server_now(&team.server).mono_us);
}

Test(timings, rounds_end_also_where_commits_never_do)
{
    enum { COMMITS = 60 };
    team_join(&team.bea);
    team_join(&team.sol);
    team_join(&team.bot);
    struct timing_stats before = timings();
    for (int i = 0; i < COMMITS; i++) {
        char name[16];
        snprintf(name, sizeof(name), "c%d", i);
        team_send(&team.bot, (struct wire_command){.action = "open", .channel = "web", .conversation = name});
        hub_advance(team.server.hub, server_now(&team.server));
        hub_work(team.server.hub);
        while (store_memory_step(team.server.store))
            hub_work(team.server.hub);
        store_memory_advance(team.database, 1000);
        deliver_one(); /* while four wait */
    }
    struct timing_stats after = timings();
    uint64_t pushes = count(&after.push_us) - count(&before.push_us);
    cr_assert_geq(pushes, COMMITS / 16, "%llu rounds", (unsigned long long)pushes);
    cr_assert_leq((after.push_us.sum - before.push_us.sum) / (int64_t)pushes, 16 * 1000,
                  "each of a few turns");
    client_leave(&team.ana); /* they have missed what was thrown away */
    client_leave(&team.bea);
    client_leave(&team.sol);
    client_leave(&team.bot);
}

Test(timings, who_comes_is_pushed_nothing)
{
    say("c1");
    client_leave(&team.ana);
    struct timing_stats before = timings();
    team_join(&team.sol);
    struct timing_stats after = timings();
    cr_assert_eq(count(&after.push_us), count(&before.push_us), "a first screen is no push");
}

Test(timings, a_dashboard_that_does_not_read_is_behind_since_the_first_that_it_was_not_told_of)
{
    team_join(&team.bea);
    wait_ms(60 * SECOND_MS);
    cr_assert_eq(census().lag_ms, 0, "however long nothing has happened");
    team.bea.is_deaf = true;
    for (int i = 0; i < 5; i++) {
        say("c1");
        wait_ms(2 * SECOND_MS);
    }
    cr_assert_eq(census().lag_ms, 10 * SECOND_MS);
    client_listen(&team.bea);
    settle();
    cr_assert_eq(census().lag_ms, 0);
}

Test(timings, a_consumer_is_behind_since_the_first_that_it_has_not_acknowledged)
{
    join_as_consumer(&team.bot, "bot", "automation", -1, 0);
    cr_assert_eq(census().consumers_lag_ms, 0);
    say("c1");
    wait_ms(3 * SECOND_MS);
    int64_t first_seq = team_seq();
    say("c1");
    wait_ms(4 * SECOND_MS);
    cr_assert_eq(census().consumers_lag_ms, 7 * SECOND_MS);
    wire_acked(&frame, first_seq);
    client_send(&team.bot, &frame);
    cr_assert_eq(census().consumers_lag_ms, 4 * SECOND_MS);
    wire_acked(&frame, first_seq + 1);
    client_send(&team.bot, &frame);
    cr_assert_eq(census().consumers_lag_ms, 0);
}

Test(timings, what_waits_is_as_old_as_the_command_that_came_first)
{
    say("c1");
    say("c2");
    store_memory_set_delay_ms(team.server.store, SECOND_MS, SECOND_MS);
    cr_assert_eq(census().commands_oldest_us, 0);
    team_send(&team.ana, message_to("c1"));
    wait_ms(100);
    cr_assert_eq(census().commands_oldest_us, 0, "it is being committed");
    team_send(&team.ana, message_to("c1"));
    wait_ms(300);
    team_send(&team.ana, message_to("c2"));
    wait_ms(200);
    cr_assert_eq(census().commands_queued, 2);
    cr_assert_eq(census().commands_oldest_us, 500 * 1000);
    wait_ms(10 * SECOND_MS);
    cr_assert_eq(census().commands_oldest_us, 0);
}
