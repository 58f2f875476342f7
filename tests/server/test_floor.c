#include <criterion/criterion.h>
#include <stdio.h>

#include "app/desk/desk.h"
#include "app/desk/desks_private.h"
#include "app/desk/private.h"
#include "app/hub/private.h"
#include "protocol/limits.h"
#include "support/builders.h"
#include "support/team.h"

/* What a desk holds stays small, and nobody who is slow or asks for what has been given up is told anything
 * that is not so. */

enum { BACK = 10, LAG = 60 };

static void begin(void)
{
    team_begin_with((struct node_limits){
        .desk_idle_ms = LIMIT_DESK_IDLE_MS, .lag_back = LAG, .roster = {.back = BACK, .completed = 2}});
    team_join(&team.contact);
}

TestSuite(floor, .init = begin, .fini = team_end);

static const struct roster *roster(void)
{
    const struct desk *desk = map_get(&team.server.hub->desks->all, BYTES(TEAM_WORKSPACE));
    return &desk->roster;
}

/* So many conversations that only the bot has; they bear numbers that no other call has given. */
static void write_many(int count)
{
    static int given;
    char id[16];
    for (int i = 0; i < count; i++) {
        snprintf(id, sizeof(id), "n%d", given++);
        contact_writes(id, "hello");
    }
}

static const struct wire_message *open(struct client *client, const char *id)
{
    return team_do(client, message_to(id));
}

static bool is_held(const char *id)
{
    return roster_find(roster(), bytes_of_string(id)) != NULL;
}

Test(floor, what_only_the_bot_has_is_held_for_a_while_only)
{
    team_join(&team.ana);
    open(&team.ana, "mine");
    write_many(500);
    cr_assert_leq(roster()->rows.count, 3 * BACK);
    cr_assert_geq(roster()->floor_seq, roster()->seq - 2 * BACK);
    cr_assert(is_held("mine"));
    cr_assert(!is_held("n0"));
    team_expect_in_sync(&team.ana);
}

Test(floor, what_was_given_up_is_read_when_a_command_names_it)
{
    contact_writes("old", "hello");
    write_many(50);
    cr_assert_not(is_held("old"));
    team_join(&team.ana);
    cr_assert_str_eq(open(&team.ana, "old")->outcome, "done");
    cr_assert_eq(team_truth("old")->received, 1);
    team_expect_in_sync(&team.ana);
}

Test(floor, reading_without_end_holds_no_more)
{
    write_many(100);
    team_join(&team.ana);
    for (int i = 0; i < 90; i++) {
        char id[16];
        snprintf(id, sizeof(id), "n%d", i);
        const struct wire_message *answer =
            team_do(&team.ana, (struct wire_command){.action = "keep_open", .conversation = id});
        cr_assert_str_eq(answer->reason, "not_open");
        cr_assert_eq(answer->rows_count, 1, "and how it stands comes with it");
    }
    cr_assert_leq(roster()->rows.count, 5 * BACK);
}

Test(floor, a_client_that_is_slow_is_told_all_that_changed)
{
    team_join(&team.ana);
    team_join(&team.bea);
    open(&team.bea, "a");
    open(&team.bea, "b");
    settle();
    size_t welcomes = client_count(&team.ana, WIRE_WELCOME);
    team.ana.is_deaf = true;
    team_do(&team.bea, (struct wire_command){.action = "unlink", .conversation = "a"});
    write_many(LAG - 10);
    cr_assert(is_held("a"), "for her");
    client_listen(&team.ana);
    settle();
    cr_assert_eq(client_count(&team.ana, WIRE_WELCOME), welcomes);
    team_expect_in_sync(&team.ana);
    write_many(3 * BACK);
    cr_assert_not(is_held("a"), "she has heard of it");
}

Test(floor, a_client_that_is_too_slow_is_started_afresh_and_told_so)
{
    team_join(&team.ana);
    team_join(&team.bea);
    open(&team.bea, "a");
    settle();
    size_t heard = team.ana.heard_count;
    team.ana.is_deaf = true;
    struct command_id id = team_send(
        &team.ana,
        (struct wire_command){.action = "send_message", .body = "hi", .conversation = "b", .channel = "web"});
    team_do(&team.bea, (struct wire_command){.action = "unlink", .conversation = "a"});
    write_many(10 * LAG);
    cr_assert_not(is_held("a"));
    client_listen(&team.ana);
    settle();
    size_t welcome = client_find(&team.ana, WIRE_WELCOME, heard);
    cr_assert_lt(welcome, team.ana.heard_count);
    cr_assert_not(team.ana.heard[welcome].resumed);
    cr_assert(team.ana.heard[client_find(&team.ana, WIRE_SYNC, welcome)].fresh);
    cr_assert_gt(hub_stats(team.server.hub).lagged, 0);
    cr_assert_str_eq(client_answer(&team.ana, id)->outcome, "done", "it was done all the same");
    team_expect_in_sync(&team.ana);
    cr_assert_null(wire_client_find(&team.ana.wire, "a"));
}

Test(floor, a_first_screen_that_is_read_slowly_is_whole)
{
    team_join(&team.bea);
    for (int i = 0; i < 3; i++) {
        char id[16];
        snprintf(id, sizeof(id), "c%d", i);
        open(&team.bea, id);
        team_do(&team.bea, (struct wire_command){.action = "complete", .conversation = id});
    }
    team_hello(&team.ana, false);
    server_turn(&team.server);
    team.ana.is_deaf = true;
    settle();
    team_do(&team.bea, (struct wire_command){.action = "unlink", .conversation = "c2"});
    write_many(LAG / 2);
    client_listen(&team.ana);
    settle();
    team_expect_in_sync(&team.ana);
}

Test(floor, a_resume_is_exact_down_to_the_floor_and_afresh_below)
{
    team_join(&team.bea);
    team_join(&team.ana);
    open(&team.bea, "a");
    client_leave(&team.ana);
    write_many(BACK / 2);
    team_resume(&team.ana);
    cr_assert(client_last(&team.ana, WIRE_WELCOME)->resumed);
    client_leave(&team.ana);
    write_many(3 * BACK);
    team_do(&team.bea, (struct wire_command){.action = "unlink", .conversation = "a"});
    write_many(3 * BACK);
    team_resume(&team.ana);
    cr_assert_not(client_last(&team.ana, WIRE_WELCOME)->resumed);
    team_expect_in_sync(&team.ana);
}

/* The store's answer is older than what has been applied and given up since. */

/* What another node does in many conversations, and this node hears of bit by bit. */
static void much_happens_elsewhere(void)
{
    static int given;
    for (int i = 0; i < 5 * BACK; i++) {
        char id[16];
        snprintf(id, sizeof(id), "f%d", given++);
        team_foreign(whatsapp(),
                     COMMAND(CONTACT_MESSAGE, .conversation = bytes_of_string(id), .body = BYTES("hello")));
        team.server.store->listener.hint(team.server.hub, 1, team_seq());
        settle();
    }
}

/* The store is slow once: what is asked now is carried out after 50 ms and answered after 100. */
static void let_it_be_carried_out(void)
{
    hub_work(team.server.hub);
    wait_ms(60);
    store_memory_set_delay_ms(team.server.store, 0, 0);
}

static void be_slow(void)
{
    settle();
    store_memory_set_delay_ms(team.server.store, 50, 50);
}

Test(floor, a_conversation_that_changed_while_it_was_read_is_read_again)
{
    contact_writes("old", "hello");
    write_many(50);
    team_join(&team.ana);
    be_slow();
    struct command_id id = team_send(
        &team.ana, (struct wire_command){.action = "mark_read", .conversation = "old", .received = 2});
    let_it_be_carried_out();
    team_foreign(whatsapp(), COMMAND(CONTACT_MESSAGE, .conversation = BYTES("old"), .body = BYTES("again")));
    much_happens_elsewhere();
    wait_ms(1000);
    cr_assert_str_eq(client_answer(&team.ana, id)->outcome, "done");
    cr_assert_eq(team_truth("old")->unread, 0);
}

Test(floor, a_conversation_that_was_made_while_it_was_looked_for_is_found)
{
    team_join(&team.ana);
    be_slow();
    struct command_id id = team_send(
        &team.ana, (struct wire_command){.action = "mark_read", .conversation = "fresh", .received = 1});
    let_it_be_carried_out();
    team_foreign(whatsapp(),
                 COMMAND(CONTACT_MESSAGE, .conversation = BYTES("fresh"), .body = BYTES("hello")));
    much_happens_elsewhere();
    wait_ms(1000);
    cr_assert_str_eq(client_answer(&team.ana, id)->outcome, "done");
}

/* She asks to be started afresh, and is. */
static void team_resync(struct client *client)
{
    struct wire_frame frame;
    wire_resync(&frame, client->wire.seq, 0, 0, 0);
    client_send(client, &frame);
    settle();
}

/* c0 to c4 are completed, and held for a while only. */
static void complete_five(struct client *client)
{
    for (int i = 0; i < 5; i++) {
        char id[16];
        snprintf(id, sizeof(id), "c%d", i);
        open(client, id);
        team_do(client, (struct wire_command){.action = "complete", .conversation = id});
    }
    write_many(3 * BACK);
}

static void ask_page(struct client *client)
{
    struct wire_frame frame;
    wire_page(&frame, 7, 0, 5);
    client_send(client, &frame);
}

static void expect_page_is_true(void)
{
    const struct wire_row *gone = wire_client_find(&team.ana.wire, "c0");
    cr_assert(gone == NULL || gone->list == LIST_NONE, "it is completed no more");
}

Test(floor, a_page_of_what_has_changed_while_it_was_read_is_read_again)
{
    team_join(&team.bea);
    complete_five(&team.bea);
    team_join(&team.ana);
    be_slow();
    ask_page(&team.ana);
    let_it_be_carried_out();
    team_foreign(bea(), COMMAND(UNLINK, .conversation = BYTES("c0")));
    much_happens_elsewhere();
    cr_assert_not(is_held("c0"));
    team_resync(&team.ana);
    wait_ms(1000);
    cr_assert_eq(client_count(&team.ana, WIRE_PAGE), 1);
    expect_page_is_true();
}

Test(floor, a_page_that_has_waited_for_its_reader_is_as_it_was_when_he_stopped)
{
    team_join(&team.bea);
    complete_five(&team.bea);
    team_join(&team.ana);
    be_slow();
    ask_page(&team.ana);
    let_it_be_carried_out();
    team_do(&team.bea, (struct wire_command){.action = "unlink", .conversation = "c0"});
    team_resync(&team.ana);
    cr_assert_null(wire_client_find(&team.ana.wire, "c0"), "she has started afresh since");
    team.ana.is_deaf = true;
    wait_ms(1000);
    write_many(3 * BACK);
    client_listen(&team.ana);
    settle();
    cr_assert_eq(client_count(&team.ana, WIRE_PAGE), 1);
    expect_page_is_true();
}
