#include <criterion/criterion.h>
#include <string.h>

#include "support/builders.h"
#include "support/house.h"
#include "support/leak.h"

/* A command is carried out at most once and has one answer, however often it is sent, on whatever connection,
 * and whatever becomes of the first copy. */

static struct house house;
static struct peer twin; /* another connection of ana's */

static void begin(void)
{
    house_init(&house);
    twin = (struct peer){0};
}

static void end(void)
{
    peer_leave(&twin);
    house_finish(&house);
    peer_finish(&twin);
    assert_no_leak();
}

TestSuite(once, .init = begin, .fini = end);

static void settle(void)
{
    node_settle(&house.node);
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

static void twin_joins(struct node *node)
{
    struct wire_frame frame;
    peer_connect(&twin, node);
    wire_hello(&frame, peer_token(HOUSE_WORKSPACE, "ana", "agent", 0), NULL, -1);
    peer_send(&twin, &frame);
    node_settle(node);
}

static void everybody_joins(void)
{
    house_join(&house, &house.ana);
    house_join(&house, &house.bea);
    house_join(&house, &house.bot);
    house_do(&house.ana, open_of("c1"));
    twin_joins(&house.node);
}

static void expect_answer(const struct peer *peer, struct command_id id, const char *outcome,
                          const char *reason)
{
    const struct wire_message *answer = peer_answer(peer, id);
    cr_assert_not_null(answer, "no answer");
    cr_assert_str_eq(answer->outcome, outcome);
    cr_assert_str_eq(answer->reason, reason);
}

/* Both copies have been answered alike. */
static void expect_one_answer(struct command_id id, const char *outcome, const char *reason)
{
    expect_answer(&house.ana, id, outcome, reason);
    expect_answer(&twin, id, outcome, reason);
    cr_assert_eq(peer_answer(&house.ana, id)->seq, peer_answer(&twin, id)->seq);
    cr_assert_eq(peer_answer(&house.ana, id)->message, peer_answer(&twin, id)->message);
}

/* Afterwards. */

Test(once, a_resend_gets_the_first_answer_and_nothing_is_done_twice)
{
    everybody_joins();
    struct wire_command command = open_of("c1");
    command.id = command_id_next();
    store_memory_arm(house.node.store, STORE_MEMORY_LOSE_ANSWER);
    house_send(&house.ana, command);
    settle();
    cr_assert_null(peer_answer(&house.ana, command.id));
    peer_leave(&house.ana);
    store_memory_up(house.node.store);
    settle();
    house_resume(&house, &house.ana);
    command.resend = true;
    const struct wire_message *answer = house_do(&house.ana, command);
    cr_assert_str_eq(answer->outcome, "done");
    cr_assert_eq(answer->message, 2);
    cr_assert_eq(answer->seq, house_seq(&house));
    cr_assert_eq(house_truth(&house, "c1")->sent, 2);
}

Test(once, an_append_in_doubt_is_answered_when_the_database_is_back)
{
    everybody_joins();
    store_memory_arm(house.node.store, STORE_MEMORY_LOSE_REQUEST);
    struct command_id id = house_send(&house.ana, open_of("c1"));
    settle();
    cr_assert_null(peer_answer(&house.ana, id));
    store_memory_up(house.node.store);
    settle();
    cr_assert_str_eq(peer_answer(&house.ana, id)->outcome, "done");
    house_expect_in_sync(&house, &house.bea);
}

Test(once, a_refused_resend_stays_refused)
{
    everybody_joins();
    house_do(&house.ana, just("complete"));
    struct wire_command command = {.action = "keep_open", .pause = 2 * HOUR_MS, .id = command_id_next()};
    command.resend = true;
    cr_assert_str_eq(house_do(&house.bea, command)->reason, "not_open");
    house_do(&house.ana, just("reopen"));
    command.resend = false;
    cr_assert_str_eq(house_do(&house.bea, command)->outcome, "refused", "an older copy has landed");
}

Test(once, a_blocked_bot_message_that_is_sent_again_is_answered_the_same)
{
    everybody_joins();
    struct wire_command command = {.action = "bot_message", .body = "hi", .id = command_id_next()};
    house_do(&house.bot, command);
    int64_t seq = house_seq(&house);
    command.resend = true;
    const struct wire_message *answer = house_do(&house.bot, command);
    cr_assert_str_eq(answer->reason, "paused");
    cr_assert_eq(answer->until, NOON_MS + HOUR_MS);
    cr_assert_eq(answer->seq, seq, "that it was judged at");
    cr_assert_eq(house_seq(&house), seq);
}

Test(once, an_id_with_another_body_is_refused)
{
    everybody_joins();
    struct wire_command command = open_of("c1");
    command.id = command_id_next();
    house_do(&house.ana, command);
    command.body = "another";
    cr_assert_str_eq(house_do(&house.ana, command)->reason, "id_reused");
}

Test(once, two_copies_in_flight_do_it_once_and_are_both_answered)
{
    everybody_joins();
    struct wire_command command = open_of("c1");
    command.id = command_id_next();
    house_send(&house.ana, command);
    command.resend = true;
    house_send(&house.ana, command);
    settle();
    cr_assert_eq(peer_count(&house.ana, WIRE_ANSWER), 3);
    for (size_t i = 0; i < house.ana.heard_count; i++)
        if (house.ana.heard[i].type == WIRE_ANSWER)
            cr_assert_str_eq(house.ana.heard[i].outcome, "done");
    cr_assert_eq(house_truth(&house, "c1")->sent, 2);
}

/* While the first copy is under way. */

Test(once, a_copy_joins_the_first_while_its_conversation_is_read)
{
    everybody_joins();
    house_join(&house, &house.contact);
    struct wire_command command = {.action = "complete", .conversation = "nowhere", .id = command_id_next()};
    house_send(&house.ana, command);
    hub_work(house.node.hub);
    house_send(&house.contact, (struct wire_command){.action = "contact_message",
                                                     .conversation = "nowhere",
                                                     .body = "now it is somewhere"});
    house_send(&twin, command);
    settle();
    expect_one_answer(command.id, "refused", "unknown_conversation");
    cr_assert_eq(house_truth(&house, "nowhere")->list, LIST_NONE);
}

Test(once, a_copy_joins_the_first_in_the_queue)
{
    everybody_joins();
    house_do(&house.ana, just("complete"));
    struct wire_command command = {.action = "keep_open", .pause = 2 * HOUR_MS, .id = command_id_next()};
    house_send(&house.ana, command);
    house_send(&house.bea, just("reopen"));
    house_send(&twin, command);
    settle();
    expect_one_answer(command.id, "refused", "not_open");
}

Test(once, a_copy_joins_the_first_that_is_being_committed)
{
    everybody_joins();
    struct wire_command command = open_of("c1");
    command.id = command_id_next();
    house_send(&house.ana, command);
    hub_work(house.node.hub);
    house_send(&twin, command);
    settle();
    expect_one_answer(command.id, "done", "");
    cr_assert_eq(house_truth(&house, "c1")->sent, 2);
}

Test(once, a_copy_joins_the_first_that_rides_on_a_batch)
{
    everybody_joins();
    struct wire_command command = {.action = "keep_open", .pause = 2 * HOUR_MS, .id = command_id_next()};
    house_send(&house.bea, just("complete"));
    house_send(&house.ana, command);
    hub_work(house.node.hub);
    house_send(&house.bea, just("reopen"));
    house_send(&twin, command);
    settle();
    expect_one_answer(command.id, "refused", "not_open");
    struct stored_outcome stored;
    cr_assert_not(store_memory_find_outcome(house.database, HOUSE_WORKSPACE, command.id, &stored));
}

Test(once, what_a_copy_that_is_a_resend_comes_to_is_kept_though_the_first_was_none)
{
    everybody_joins();
    struct wire_command command = {.action = "keep_open", .pause = 2 * HOUR_MS, .id = command_id_next()};
    house_send(&house.bea, just("complete"));
    house_send(&house.ana, command);
    hub_work(house.node.hub);
    command.resend = true;
    house_send(&twin, command);
    settle();
    expect_one_answer(command.id, "refused", "not_open");
    house_do(&house.bea, just("reopen"));
    command.resend = false;
    cr_assert_str_eq(house_do(&house.ana, command)->reason, "not_open", "an older copy has landed");
}

Test(once, a_copy_joins_the_first_whose_batch_was_a_conflict)
{
    everybody_joins();
    struct wire_command command = {.action = "keep_open", .pause = 2 * HOUR_MS, .id = command_id_next()};
    house_send(&house.ana, command);
    hub_work(house.node.hub);
    house_foreign(&house, bea(), COMMAND(COMPLETE));
    house_send(&twin, command);
    settle();
    expect_one_answer(command.id, "refused", "not_open");
}

Test(once, a_copy_joins_the_first_that_is_in_doubt_while_the_database_is_away)
{
    everybody_joins();
    struct wire_command command = open_of("c1");
    command.id = command_id_next();
    store_memory_arm(house.node.store, STORE_MEMORY_LOSE_ANSWER);
    house_send(&house.ana, command);
    settle();
    command.resend = true;
    house_send(&twin, command);
    settle();
    cr_assert_null(peer_answer(&twin, command.id), "it said that nothing was done");
    store_memory_up(house.node.store);
    settle();
    expect_one_answer(command.id, "done", "");
    cr_assert_eq(house_truth(&house, "c1")->sent, 2);
}

Test(once, a_copy_is_answered_though_the_one_who_sent_the_first_has_gone)
{
    everybody_joins();
    struct wire_command command = open_of("c1");
    command.id = command_id_next();
    house_send(&house.ana, command);
    hub_work(house.node.hub);
    house_send(&twin, command);
    peer_leave(&house.ana);
    settle();
    expect_answer(&twin, command.id, "done", "");
    cr_assert_eq(house_truth(&house, "c1")->sent, 2);
}

Test(once, the_first_is_answered_though_the_one_who_sent_a_copy_has_gone)
{
    everybody_joins();
    struct wire_command command = open_of("c1");
    command.id = command_id_next();
    house_send(&house.ana, command);
    house_send(&twin, command);
    peer_leave(&twin);
    settle();
    expect_answer(&house.ana, command.id, "done", "");
}

Test(once, an_id_that_is_under_way_with_another_body_is_refused)
{
    everybody_joins();
    struct wire_command command = open_of("c1");
    command.id = command_id_next();
    house_send(&house.ana, command);
    command.body = "another";
    house_send(&twin, command);
    house_send(&house.bea, command);
    settle();
    expect_answer(&house.ana, command.id, "done", "");
    expect_answer(&twin, command.id, "refused", "id_reused");
    expect_answer(&house.bea, command.id, "refused", "id_reused");
}

Test(once, a_copy_on_another_node_gets_the_answer_of_the_one_that_lands_first)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct node other;
        struct wire_command command = open_of("c2");
        command.id = command_id_next();
        node_start(&other, house.database, seed);
        store_memory_up(other.store);
        house_join(&house, &house.ana);
        twin_joins(&other);
        store_memory_set_delay_ms(house.node.store, 0, 20);
        store_memory_set_delay_ms(other.store, 0, 20);
        int64_t sent = house_truth(&house, "c2") == NULL ? 0 : house_truth(&house, "c2")->sent;
        house_send(&house.ana, command);
        command.resend = true;
        house_send(&twin, command);
        for (int ms = 0; ms < 200; ms++) {
            node_wait(&house.node, 1);
            node_settle(&other);
        }
        expect_one_answer(command.id, "done", "");
        cr_assert_eq(house_truth(&house, "c2")->sent, sent + 1, "seed %d", (int)seed);
        peer_finish(&twin);
        peer_leave(&house.ana);
        node_stop(&other);
    }
}
