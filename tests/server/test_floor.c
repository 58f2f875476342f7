#include <criterion/criterion.h>
#include <stdio.h>

#include "app/desk.h"
#include "app/hub_private.h"
#include "protocol/limits.h"
#include "support/builders.h"
#include "support/house.h"
#include "support/leak.h"

/* What a desk holds stays small, and nobody who is slow or asks for what has been given up is told anything
 * that is not so. */

enum { BACK = 10, LAG = 60 };

static struct house house;

static void begin(void)
{
    house_init_with(&house, (struct hub_limits){.desk_idle_ms = LIMIT_DESK_IDLE_MS,
                                                .lag_back = LAG,
                                                .roster = {.back = BACK, .completed = 2}});
    house_join(&house, &house.contact);
}

static void end(void)
{
    house_finish(&house);
    assert_no_leak();
}

TestSuite(floor, .init = begin, .fini = end);

static const struct roster *roster(void)
{
    const struct desk *desk = map_get(&house.node.hub->desks, BYTES(HOUSE_WORKSPACE));
    return &desk->roster;
}

static void write_to(const char *id)
{
    house_do(&house.contact,
             (struct wire_command){.action = "contact_message", .conversation = id, .body = "hello"});
}

/* So many conversations that only the bot has; they bear numbers that no other call has given. */
static void write_many(int count)
{
    static int given;
    char id[16];
    for (int i = 0; i < count; i++) {
        snprintf(id, sizeof(id), "n%d", given++);
        write_to(id);
    }
}

static const struct wire_message *open(struct peer *peer, const char *id)
{
    return house_do(peer, (struct wire_command){
                              .action = "send_message", .body = "hi", .channel = "web", .conversation = id});
}

static bool is_held(const char *id)
{
    return roster_find(roster(), bytes_of_string(id)) != NULL;
}

static void settle(void)
{
    node_settle(&house.node);
}

Test(floor, what_only_the_bot_has_is_held_for_a_while_only)
{
    house_join(&house, &house.ana);
    open(&house.ana, "mine");
    write_many(500);
    cr_assert_leq(roster()->rows.count, 3 * BACK);
    cr_assert_geq(roster()->floor_seq, roster()->seq - 2 * BACK);
    cr_assert(is_held("mine"));
    cr_assert(!is_held("n0"));
    house_expect_in_sync(&house, &house.ana);
}

Test(floor, what_was_given_up_is_read_when_a_command_names_it)
{
    write_to("old");
    write_many(50);
    cr_assert_not(is_held("old"));
    house_join(&house, &house.ana);
    cr_assert_str_eq(open(&house.ana, "old")->outcome, "done");
    cr_assert_eq(house_truth(&house, "old")->received, 1);
    house_expect_in_sync(&house, &house.ana);
}

Test(floor, reading_without_end_holds_no_more)
{
    write_many(100);
    house_join(&house, &house.ana);
    for (int i = 0; i < 90; i++) {
        char id[16];
        snprintf(id, sizeof(id), "n%d", i);
        const struct wire_message *answer =
            house_do(&house.ana, (struct wire_command){.action = "keep_open", .conversation = id});
        cr_assert_str_eq(answer->reason, "not_open");
        cr_assert_eq(answer->rows_count, 1, "and how it stands comes with it");
    }
    cr_assert_leq(roster()->rows.count, 5 * BACK);
}

Test(floor, a_client_that_is_slow_is_told_all_that_changed)
{
    house_join(&house, &house.ana);
    house_join(&house, &house.bea);
    open(&house.bea, "a");
    open(&house.bea, "b");
    settle();
    size_t welcomes = peer_count(&house.ana, WIRE_WELCOME);
    house.ana.is_deaf = true;
    house_do(&house.bea, (struct wire_command){.action = "unlink", .conversation = "a"});
    write_many(LAG - 10);
    cr_assert(is_held("a"), "for her");
    peer_listen(&house.ana);
    settle();
    cr_assert_eq(peer_count(&house.ana, WIRE_WELCOME), welcomes);
    house_expect_in_sync(&house, &house.ana);
    write_many(3 * BACK);
    cr_assert_not(is_held("a"), "she has heard of it");
}

Test(floor, a_client_that_is_too_slow_is_started_afresh_and_told_so)
{
    house_join(&house, &house.ana);
    house_join(&house, &house.bea);
    open(&house.bea, "a");
    settle();
    size_t heard = house.ana.heard_count;
    house.ana.is_deaf = true;
    struct command_id id = house_send(
        &house.ana,
        (struct wire_command){.action = "send_message", .body = "hi", .conversation = "b", .channel = "web"});
    house_do(&house.bea, (struct wire_command){.action = "unlink", .conversation = "a"});
    write_many(10 * LAG);
    cr_assert_not(is_held("a"));
    peer_listen(&house.ana);
    settle();
    size_t welcome = peer_find(&house.ana, WIRE_WELCOME, heard);
    cr_assert_lt(welcome, house.ana.heard_count);
    cr_assert_not(house.ana.heard[welcome].resumed);
    cr_assert(house.ana.heard[peer_find(&house.ana, WIRE_SYNC, welcome)].fresh);
    cr_assert_gt(hub_stats(house.node.hub).lagged, 0);
    cr_assert_str_eq(peer_answer(&house.ana, id)->outcome, "done", "it was done all the same");
    house_expect_in_sync(&house, &house.ana);
    cr_assert_null(wire_client_find(&house.ana.client, "a"));
}

Test(floor, a_first_screen_that_is_read_slowly_is_whole)
{
    house_join(&house, &house.bea);
    for (int i = 0; i < 3; i++) {
        char id[16];
        snprintf(id, sizeof(id), "c%d", i);
        open(&house.bea, id);
        house_do(&house.bea, (struct wire_command){.action = "complete", .conversation = id});
    }
    house_hello(&house, &house.ana, false);
    node_turn(&house.node);
    house.ana.is_deaf = true;
    settle();
    house_do(&house.bea, (struct wire_command){.action = "unlink", .conversation = "c2"});
    write_many(LAG / 2);
    peer_listen(&house.ana);
    settle();
    house_expect_in_sync(&house, &house.ana);
}

Test(floor, a_resume_is_exact_down_to_the_floor_and_afresh_below)
{
    house_join(&house, &house.bea);
    house_join(&house, &house.ana);
    open(&house.bea, "a");
    peer_leave(&house.ana);
    write_many(BACK / 2);
    house_resume(&house, &house.ana);
    cr_assert(peer_last(&house.ana, WIRE_WELCOME)->resumed);
    peer_leave(&house.ana);
    write_many(3 * BACK);
    house_do(&house.bea, (struct wire_command){.action = "unlink", .conversation = "a"});
    write_many(3 * BACK);
    house_resume(&house, &house.ana);
    cr_assert_not(peer_last(&house.ana, WIRE_WELCOME)->resumed);
    house_expect_in_sync(&house, &house.ana);
}

/* The store's answer is older than what has been applied and given up since. */

/* What another node does in many conversations, and this node hears of bit by bit. */
static void much_happens_elsewhere(void)
{
    static int given;
    for (int i = 0; i < 5 * BACK; i++) {
        char id[16];
        snprintf(id, sizeof(id), "f%d", given++);
        house_foreign(&house, whatsapp(),
                      COMMAND(CONTACT_MESSAGE, .conversation = bytes_of_string(id), .body = BYTES("hello")));
        house.node.store->listener.hint(house.node.hub, 1, house_seq(&house));
        settle();
    }
}

/* The store is slow once: what is asked now is carried out after 50 ms and answered after 100. */
static void let_it_be_carried_out(void)
{
    hub_work(house.node.hub);
    node_wait(&house.node, 60);
    store_memory_set_delay_ms(house.node.store, 0, 0);
}

static void be_slow(void)
{
    settle();
    store_memory_set_delay_ms(house.node.store, 50, 50);
}

Test(floor, a_conversation_that_changed_while_it_was_read_is_read_again)
{
    write_to("old");
    write_many(50);
    house_join(&house, &house.ana);
    be_slow();
    struct command_id id = house_send(
        &house.ana, (struct wire_command){.action = "mark_read", .conversation = "old", .received = 2});
    let_it_be_carried_out();
    house_foreign(&house, whatsapp(),
                  COMMAND(CONTACT_MESSAGE, .conversation = BYTES("old"), .body = BYTES("again")));
    much_happens_elsewhere();
    node_wait(&house.node, 1000);
    cr_assert_str_eq(peer_answer(&house.ana, id)->outcome, "done");
    cr_assert_eq(house_truth(&house, "old")->unread, 0);
}

Test(floor, a_conversation_that_was_made_while_it_was_looked_for_is_found)
{
    house_join(&house, &house.ana);
    be_slow();
    struct command_id id = house_send(
        &house.ana, (struct wire_command){.action = "mark_read", .conversation = "fresh", .received = 1});
    let_it_be_carried_out();
    house_foreign(&house, whatsapp(),
                  COMMAND(CONTACT_MESSAGE, .conversation = BYTES("fresh"), .body = BYTES("hello")));
    much_happens_elsewhere();
    node_wait(&house.node, 1000);
    cr_assert_str_eq(peer_answer(&house.ana, id)->outcome, "done");
}

/* She asks to be started afresh, and is. */
static void house_resync(struct peer *peer)
{
    struct wire_frame frame;
    wire_resync(&frame, peer->client.seq, 0, 0, 0);
    peer_send(peer, &frame);
    settle();
}

/* c0 to c4 are completed, and held for a while only. */
static void complete_five(struct peer *peer)
{
    for (int i = 0; i < 5; i++) {
        char id[16];
        snprintf(id, sizeof(id), "c%d", i);
        open(peer, id);
        house_do(peer, (struct wire_command){.action = "complete", .conversation = id});
    }
    write_many(3 * BACK);
}

static void ask_page(struct peer *peer)
{
    struct wire_frame frame;
    wire_page(&frame, 7, 0, 5);
    peer_send(peer, &frame);
}

static void expect_page_is_true(void)
{
    const struct wire_row *gone = wire_client_find(&house.ana.client, "c0");
    cr_assert(gone == NULL || gone->list == LIST_NONE, "it is completed no more");
}

Test(floor, a_page_of_what_has_changed_while_it_was_read_is_read_again)
{
    house_join(&house, &house.bea);
    complete_five(&house.bea);
    house_join(&house, &house.ana);
    be_slow();
    ask_page(&house.ana);
    let_it_be_carried_out();
    house_foreign(&house, bea(), COMMAND(UNLINK, .conversation = BYTES("c0")));
    much_happens_elsewhere();
    cr_assert_not(is_held("c0"));
    house_resync(&house.ana);
    node_wait(&house.node, 1000);
    cr_assert_eq(peer_count(&house.ana, WIRE_PAGE), 1);
    expect_page_is_true();
}

Test(floor, a_page_that_has_waited_for_its_reader_is_as_it_was_when_he_stopped)
{
    house_join(&house, &house.bea);
    complete_five(&house.bea);
    house_join(&house, &house.ana);
    be_slow();
    ask_page(&house.ana);
    let_it_be_carried_out();
    house_do(&house.bea, (struct wire_command){.action = "unlink", .conversation = "c0"});
    house_resync(&house.ana);
    cr_assert_null(wire_client_find(&house.ana.client, "c0"), "she has started afresh since");
    house.ana.is_deaf = true;
    node_wait(&house.node, 1000);
    write_many(3 * BACK);
    peer_listen(&house.ana);
    settle();
    cr_assert_eq(peer_count(&house.ana, WIRE_PAGE), 1);
    expect_page_is_true();
}
