#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "protocol/limits.h"
#include "support/builders.h"
#include "support/team.h"

/* What clients look up, and what commands wait for: in turn by workspace and by person, few at once, at a
 * pace, and for nobody who has gone. */

enum { CROWD = 20, LOOKUP_MS = 10, ASKED_AT_ONCE = LIMIT_REPLIES_BYTES / LIMIT_ENTRIES_BYTES };

static struct wire_frame frame;
static struct client
    crowd[CROWD];           /* one person of the workspace "greedy", on as many connections as he may have */
static struct client guest; /* of the workspace "quiet" */

static void begin(void)
{
    team_begin();
    team_join(&team.ana);
    team_join(&team.contact);
    for (int i = 0; i < CROWD; i++)
        join_in("greedy", &crowd[i], "gil", "agent");
    join_in("quiet", &guest, "quim", "agent");
}

/* From now on. */
static void take_time(void)
{
    store_memory_set_delay_ms(team.server.store, LOOKUP_MS, LOOKUP_MS);
}

static void end(void)
{
    store_memory_set_delay_ms(team.server.store, 0, 0);
    team_end();
}

TestSuite(lookups, .init = begin, .fini = end);

static void ask(struct client *client, int64_t ref)
{
    wire_find(&frame, ref, "a");
    client_send(client, &frame);
}

static void ask_all_at_once(void)
{
    for (int i = 0; i < CROWD; i++)
        for (int ref = 1; ref <= LIMIT_REQUESTS_IN_FLIGHT; ref++)
            ask(&crowd[i], ref);
}

static size_t count_answers(void)
{
    size_t count = 0;
    for (int i = 0; i < CROWD; i++)
        count += client_count(&crowd[i], WIRE_FOUND);
    return count;
}

/* Turns until the client has so many messages of this type, and tells how many answers the crowd got
 * meanwhile.
 */
static size_t wait_for(const struct client *client, enum wire_type type, size_t count)
{
    size_t before = count_answers();
    int waited_ms = 0;
    while (client_count(client, type) < count) {
        cr_assert_lt(waited_ms++, 60 * 1000, "nothing came");
        wait_ms(1);
    }
    return count_answers() - before;
}

Test(lookups, of_a_crowd_hold_up_those_of_another_workspace_by_one_at_most)
{
    take_time();
    ask_all_at_once();
    wait_ms(1);
    ask(&guest, 1);
    cr_assert_leq(wait_for(&guest, WIRE_FOUND, 1), 3);
}

Test(lookups, of_one_person_hold_up_those_of_a_colleague_by_one_at_most)
{
    struct client colleague = {0};
    join_in("greedy", &colleague, "gala", "agent");
    take_time();
    ask_all_at_once();
    wait_ms(1);
    ask(&colleague, 1);
    cr_assert_leq(wait_for(&colleague, WIRE_FOUND, 1), 3);
    client_finish(&colleague);
}

Test(lookups, are_few_in_the_hands_of_the_store)
{
    take_time();
    ask_all_at_once();
    ask(&guest, 1);
    settle();
    cr_assert_leq(store_memory_pending(team.server.store),
                  (size_t)LIMIT_LOOKUPS_AT_ONCE + 1 /* heads, say */);
}

Test(lookups, are_not_asked_for_who_has_gone)
{
    take_time();
    ask_all_at_once();
    settle();
    for (int i = 0; i < CROWD; i++)
        client_leave(&crowd[i]);
    settle();
    cr_assert_eq(hub_census(team.server.hub).lookups_queued, 0);
    wait_ms(2 * LOOKUP_MS); /* what the store had in its hands */
    cr_assert_leq(store_memory_pending(team.server.store), 1);
}

Test(lookups, of_who_comes_back_again_and_again_pile_up_nowhere)
{
    for (int round = 0; round < 50; round++) {
        take_time();
        ask_all_at_once();
        settle();
        store_memory_set_delay_ms(team.server.store, 0, 0);
        for (int i = 0; i < CROWD; i++) {
            client_leave(&crowd[i]);
            join_in("greedy", &crowd[i], "gil", "agent");
        }
    }
    cr_assert_eq(hub_census(team.server.hub).lookups_queued, 0);
    take_time();
    ask(&guest, 1);
    cr_assert_leq(wait_for(&guest, WIRE_FOUND, 1), 3);
}

Test(lookups, beyond_a_persons_burst_come_at_his_pace_and_all_are_answered)
{
    ask_all_at_once();
    settle();
    cr_assert_eq(count_answers(), LIMIT_PERSON_LOOKUPS_BURST);
    wait_ms(1001);
    cr_assert_eq(count_answers(), LIMIT_PERSON_LOOKUPS_BURST + LIMIT_PERSON_LOOKUPS_PER_S);
    wait_ms(15 * 1000);
    cr_assert_eq(count_answers(), CROWD * LIMIT_REQUESTS_IN_FLIGHT);
}

Test(lookups, beyond_a_workspaces_quota_wait_whoever_asks)
{
    struct quotas quotas = QUOTAS;
    quotas.lookups_per_s = 5;
    hub_set_quotas(team.server.hub, &quotas);
    ask_all_at_once();
    settle();
    cr_assert_eq(count_answers(), 10);
    ask(&guest, 1);
    settle();
    cr_assert_eq(client_count(&guest, WIRE_FOUND), 1, "another workspace's");
    wait_ms(1001);
    cr_assert_eq(count_answers(), 15);
    hub_set_quotas(team.server.hub, &QUOTAS);
    wait_ms(1001);
    cr_assert_gt(count_answers(), 50);
}

Test(lookups, coming_back_is_no_way_around_the_pace)
{
    ask_all_at_once();
    settle();
    for (int i = 0; i < CROWD; i++)
        client_leave(&crowd[i]);
    settle();
    size_t before = count_answers();
    join_in("greedy", &crowd[0], "gil", "agent");
    ask(&crowd[0], 1);
    settle();
    cr_assert_eq(count_answers(), before);
    wait_ms(60);
    cr_assert_eq(count_answers(), before + 1);
}

Test(lookups, wait_out_an_outage_in_their_order)
{
    store_memory_down(team.server.store);
    for (int ref = 1; ref <= 5; ref++)
        ask(&guest, ref);
    wait_ms(1000);
    cr_assert_eq(client_count(&guest, WIRE_FOUND), 0);
    store_memory_up(team.server.store);
    wait_ms(1000);
    cr_assert_eq(client_count(&guest, WIRE_FOUND), 5);
    int64_t last = 0;
    for (size_t i = 0; i < guest.heard_count; i++) {
        if (guest.heard[i].type != WIRE_FOUND)
            continue;
        cr_assert_eq(guest.heard[i].ref, ++last);
    }
}

/* Too slow. */

static void make_slow(int times)
{
    for (int i = 0; i < times; i++)
        store_memory_arm(team.server.store, STORE_MEMORY_SLOW_LOOKUP);
}

Test(lookups, that_are_too_slow_are_refused_and_not_asked_again)
{
    make_slow(3);
    wire_page(&frame, 1, 0, 5);
    client_send(&team.ana, &frame);
    wire_history(&frame, 2, "c1", 0, false);
    client_send(&team.ana, &frame);
    wire_find(&frame, 3, "a");
    client_send(&team.ana, &frame);
    wait_ms(2000);
    cr_assert_eq(client_count(&team.ana, WIRE_REFUSED), 3);
    const struct wire_message *last = client_last(&team.ana, WIRE_REFUSED);
    cr_assert_str_eq(last->reason, "too_slow");
    cr_assert_eq(last->code, REASON_TOO_SLOW);
    cr_assert_eq(last->ref, 3);
    cr_assert_eq(last->retry_ms, LIMIT_RETRY_TOO_SLOW_MS);
    cr_assert_str_empty(last->conversation);
    cr_assert_eq(client_count(&team.ana, WIRE_PAGE) + client_count(&team.ana, WIRE_HISTORY) +
                     client_count(&team.ana, WIRE_FOUND),
                 0);
    wire_find(&frame, 4, "a");
    client_send(&team.ana, &frame);
    settle();
    cr_assert_eq(client_count(&team.ana, WIRE_FOUND), 1);
}

Test(lookups, a_watch_that_is_too_slow_watches_nothing)
{
    make_slow(1);
    wire_watch(&frame, 7, "c1", 0);
    client_send(&team.ana, &frame);
    settle();
    const struct wire_message *refused = client_last(&team.ana, WIRE_REFUSED);
    cr_assert_not_null(refused);
    cr_assert_str_eq(refused->conversation, "c1");
    cr_assert_eq(refused->ref, 7);
    team_do(&team.contact, (struct wire_command){.action = "contact_message", .body = "Hola"});
    cr_assert_eq(client_count(&team.ana, WIRE_THREAD), 0);
    client_send(&team.ana, &frame);
    settle();
    cr_assert_eq(client_count(&team.ana, WIRE_THREAD), 1);
}

Test(lookups, a_slow_watch_that_was_begun_anew_meanwhile_is_no_refusal_of_the_new_one)
{
    make_slow(1);
    wire_watch(&frame, 1, "c1", 0);
    client_send(&team.ana, &frame);
    wire_watch(&frame, 2, "c1", 0);
    client_send(&team.ana, &frame);
    settle();
    cr_assert_eq(client_count(&team.ana, WIRE_REFUSED), 0);
    cr_assert_eq(client_count(&team.ana, WIRE_THREAD), 2);
}

static void follow_as_bot(void)
{
    client_connect(&team.bot, &team.server);
    wire_hello_consumer(&frame, client_token(TEAM_WORKSPACE, "bot", "automation", 0), "main", 0, 0);
    client_send(&team.bot, &frame);
}

static void follow_a_slow_log(int slow_times)
{
    team_do(&team.contact, (struct wire_command){.action = "contact_message", .body = "Hola"});
    follow_as_bot();
    while (client_count(&team.bot, WIRE_WELCOME) == 0)
        cr_assert(server_turn(&team.server));
    make_slow(slow_times);
    wait_ms(2000);
}

Test(lookups, a_page_of_the_log_that_is_too_slow_is_tried_again)
{
    follow_a_slow_log(LIMIT_SLOW_TRIES - 1);
    cr_assert_eq(team.bot.wire.follow.log.count, (size_t)team_seq());
    cr_assert_eq(team.bot.closed, CLOSE_NONE);
}

Test(lookups, a_consumer_whose_log_stays_too_slow_is_sent_away)
{
    follow_a_slow_log(LIMIT_SLOW_TRIES);
    cr_assert_eq(team.bot.closed, CLOSE_TRY_LATER);
    cr_assert_gt(client_last(&team.bot, WIRE_BYE)->retry_ms, 0);
}

Test(lookups, a_consumer_whose_place_is_too_slow_is_sent_away_in_the_end)
{
    make_slow(LIMIT_SLOW_TRIES);
    follow_as_bot();
    wait_ms(5000);
    cr_assert_eq(team.bot.closed, CLOSE_TRY_LATER);
    cr_assert_eq(client_count(&team.bot, WIRE_WELCOME), 0);
    cr_assert_gt(client_last(&team.bot, WIRE_BYE)->retry_ms, 0);
}

/* An acknowledgement. */

Test(lookups, what_was_acknowledged_is_stored_though_its_consumer_goes_before_its_turn)
{
    team_do(&team.contact, (struct wire_command){.action = "contact_message", .body = "Hola"});
    follow_as_bot();
    wait_ms(1000);
    int64_t place = team.bot.wire.follow.place;
    cr_assert_gt(place, 0);
    wire_acked(&frame, place);
    client_send(&team.bot, &frame);
    client_leave(&team.bot);
    wait_ms(1000);
    client_connect(&team.bot, &team.server);
    wire_hello_consumer(&frame, client_token(TEAM_WORKSPACE, "bot", "automation", 0), "main", -1, 0);
    client_send(&team.bot, &frame);
    wait_ms(1000);
    cr_assert_eq(client_last(&team.bot, WIRE_WELCOME)->seq, place);
}

/* Commands. */

Test(lookups, what_commands_wait_for_is_read_in_turn_by_workspace)
{
    struct client bot = {0};
    char id[16];
    join_in("greedy", &bot, "bot", "automation");
    take_time();
    for (int i = 0; i < LIMIT_COMMANDS_IN_FLIGHT; i++) {
        snprintf(id, sizeof(id), "away-%d", i);
        team_send(&bot, (struct wire_command){
                            .action = "bot_message", .conversation = id, .body = "Hola", .channel = "web"});
    }
    settle();
    cr_assert_leq(store_memory_pending(team.server.store), (size_t)LIMIT_READS_OF_WORKSPACE_AT_ONCE + 1);
    struct command_id id_of_guest =
        team_send(&guest, (struct wire_command){.action = "reopen", .conversation = "gone"});
    int waited_ms = 0;
    while (client_answer(&guest, id_of_guest) == NULL) {
        cr_assert_lt(waited_ms++, 1000);
        wait_ms(1);
    }
    cr_assert_leq(client_count(&bot, WIRE_ANSWER), 2 * LIMIT_READS_AT_ONCE);
    wait_ms(5000);
    cr_assert_eq(client_count(&bot, WIRE_ANSWER), LIMIT_COMMANDS_IN_FLIGHT);
    client_finish(&bot);
}

Test(lookups, are_counted_with_how_long_the_first_has_waited)
{
    take_time();
    ask_all_at_once();
    settle();
    cr_assert_eq(hub_census(team.server.hub).lookups_queued, CROWD * ASKED_AT_ONCE - 1);
    wait_ms(5 * LOOKUP_MS / 2);
    struct hub_census census = hub_census(team.server.hub);
    cr_assert_geq(census.lookups_oldest_us, 2 * LOOKUP_MS * 1000);
    cr_assert_leq(census.lookups_oldest_us, 3 * LOOKUP_MS * 1000);
    cr_assert_eq(census.reads_queued, 0);
    cr_assert_eq(census.reads_oldest_us, 0);
}
