#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "protocol/limits.h"
#include "support/builders.h"
#include "support/team.h"

/* Who has a conversation open gets what happened in it, and what happens: each entry once, in order. */

static struct wire_frame frame;

static void begin(void)
{
    team_begin();
    team_join(&team.ana);
    team_join(&team.sol);
    team_join(&team.contact);
}

TestSuite(threads, .init = begin, .fini = team_end);

/* Every entry of the thread, in a word each: "hola send_message hola …" (a message is its body). */
static void expect_thread(const struct client *client, const char *conversation, const char *expected)
{
    const struct wire_thread *shown = thread_of(client, conversation);
    char text[2048] = "";
    for (size_t i = 0; i < shown->entries.count; i++) {
        const struct wire_entry *entry = &shown->entries.each[i];
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i == 0 ? "" : " ",
                 entry->has_body ? entry->body : entry->action);
    }
    cr_assert_str_eq(text, expected);
    cr_assert_str_empty(client->wire.fault, "%s", client->wire.fault);
}

Test(threads, one_that_is_opened_begins_with_what_happened)
{
    contact_writes_many("c1", 3);
    team_do(&team.ana, (struct wire_command){.action = "assign", .agent = "ana"});
    watch(&team.ana, "c1", 0);
    expect_thread(&team.ana, "c1", "1 2 3 assign");
    cr_assert_eq(client_last(&team.ana, WIRE_THREAD)->ref, 1);
    cr_assert_not(thread_of(&team.ana, "c1")->has_more);
}

Test(threads, what_happens_then_comes_by_itself)
{
    watch(&team.ana, "c1", 0);
    expect_thread(&team.ana, "c1", "");
    contact_writes("c1", "hello");
    contact_writes("c2", "elsewhere");
    team_do(&team.ana, (struct wire_command){.action = "send_message", .body = "hi"});
    expect_thread(&team.ana, "c1", "hello hi");
    cr_assert_null(wire_follow_thread(&team.sol.wire.follow, "c1"));
}

Test(threads, ones_own_message_is_in_it_before_the_answer)
{
    contact_writes("c1", "hello");
    watch(&team.ana, "c1", 0);
    size_t from = team.ana.heard_count;
    team_do(&team.ana, (struct wire_command){.action = "send_message", .body = "hi"});
    cr_assert_lt(client_find(&team.ana, WIRE_SYNC, from), client_find(&team.ana, WIRE_THREAD, from));
    cr_assert_lt(client_find(&team.ana, WIRE_THREAD, from), client_find(&team.ana, WIRE_ANSWER, from));
}

Test(threads, nothing_is_lost_or_doubled_between_beginning_and_what_comes)
{
    contact_writes_many("c1", 3);
    wire_watch(&frame, 1, "c1", 0);
    client_send(&team.ana, &frame);
    /* While the store reads, more is written. */
    for (int i = 0; i < 5; i++) {
        team_send(&team.contact,
                  (struct wire_command){.action = "contact_message", .body = "more", .conversation = "c1"});
        server_turn(&team.server);
    }
    settle();
    expect_thread(&team.ana, "c1", "1 2 3 more more more more more");
}

Test(threads, what_other_nodes_do_comes_too)
{
    contact_writes("c1", "hello");
    watch(&team.ana, "c1", 0);
    team_foreign(bea(), (struct command){.action = ACTION_REOPEN});
    wait_ms(LIMIT_HEADS_POLL_MS);
    expect_thread(&team.ana, "c1", "hello reopen");
}

Test(threads, of_a_long_one_the_newest_come_and_the_rest_by_history)
{
    contact_writes_many("c1", LIMIT_HISTORY_ROWS + 10);
    watch(&team.ana, "c1", 0);
    const struct wire_thread *shown = thread_of(&team.ana, "c1");
    cr_assert_eq(shown->entries.count, LIMIT_HISTORY_ROWS);
    cr_assert_str_eq(shown->entries.each[0].body, "11");
    cr_assert(shown->has_more);
    int64_t next = client_last(&team.ana, WIRE_THREAD)->next;
    cr_assert_eq(next, shown->entries.each[0].seq);
    wire_history(&frame, 5, "c1", next, false);
    client_send(&team.ana, &frame);
    settle();
    const struct wire_message *history = client_last(&team.ana, WIRE_HISTORY);
    cr_assert_eq(history->ref, 5);
    cr_assert_eq(team.ana.wire.last.entries_count, 10);
    cr_assert_str_eq(team.ana.wire.last.entries[0].body, "10");
    cr_assert_eq(history->next, 0);
}

Test(threads, history_tells_messages_only_where_that_is_asked)
{
    contact_writes("c1", "hello");
    team_do(&team.ana, (struct wire_command){.action = "assign", .agent = "ana"});
    team_do(&team.ana, (struct wire_command){.action = "send_message", .body = "hi"});
    wire_history(&frame, 1, "c1", 0, true);
    client_send(&team.ana, &frame);
    settle();
    cr_assert_eq(team.ana.wire.last.entries_count, 2);
    cr_assert_str_eq(team.ana.wire.last.entries[0].body, "hi");
}

Test(threads, a_history_of_messages_goes_on_behind_much_else)
{
    contact_writes("c1", "long ago");
    for (int i = 0; i < LIMIT_LOG_WINDOW; i++) {
        team_do(&team.ana, (struct wire_command){.action = i % 2 == 0 ? "reopen" : "complete"});
        if (i % 50 == 0)
            wait_ms(5000); /* nobody is that fast */
    }
    wire_history(&frame, 1, "c1", 0, true);
    client_send(&team.ana, &frame);
    settle();
    cr_assert_eq(team.ana.wire.last.entries_count, 0);
    cr_assert_neq(team.ana.wire.last.next, 0);
    wire_history(&frame, 2, "c1", team.ana.wire.last.next, true);
    client_send(&team.ana, &frame);
    settle();
    cr_assert_eq(team.ana.wire.last.entries_count, 1);
    cr_assert_str_eq(team.ana.wire.last.entries[0].body, "long ago");
    cr_assert_eq(team.ana.wire.last.next, 0);
}

Test(threads, a_client_that_comes_back_gets_what_it_missed)
{
    contact_writes_many("c1", 2);
    watch(&team.ana, "c1", 0);
    int64_t to = thread_of(&team.ana, "c1")->to;
    client_leave(&team.ana);
    contact_writes("c1", "while you were away");
    team_resume(&team.ana);
    watch(&team.ana, "c1", to);
    expect_thread(&team.ana, "c1", "1 2 while you were away");
}

Test(threads, one_who_missed_too_much_begins_anew)
{
    contact_writes_many("c1", 2);
    watch(&team.ana, "c1", 0);
    int64_t to = thread_of(&team.ana, "c1")->to;
    client_leave(&team.ana);
    contact_writes_many("c1", LIMIT_HISTORY_ROWS + 1);
    team_resume(&team.ana);
    watch(&team.ana, "c1", to);
    cr_assert_eq(thread_of(&team.ana, "c1")->entries.count, LIMIT_HISTORY_ROWS);
    cr_assert(thread_of(&team.ana, "c1")->has_more);
}

Test(threads, one_who_does_not_read_for_long_begins_anew)
{
    watch(&team.ana, "c1", 0);
    contact_writes("c1", "first");
    team.ana.is_deaf = true;
    contact_writes_many("c1", LIMIT_TAIL_ROWS + 1);
    client_listen(&team.ana);
    settle();
    const struct wire_thread *shown = thread_of(&team.ana, "c1");
    char last[16];
    snprintf(last, sizeof(last), "%d", LIMIT_TAIL_ROWS + 1);
    cr_assert_eq(shown->entries.count, LIMIT_HISTORY_ROWS);
    cr_assert_str_eq(shown->entries.each[LIMIT_HISTORY_ROWS - 1].body, last);
    contact_writes("c1", "and on");
    cr_assert_str_eq(shown->entries.each[LIMIT_HISTORY_ROWS].body, "and on");
}

Test(threads, what_is_watched_no_more_does_not_come)
{
    watch(&team.ana, "c1", 0);
    wire_unwatch(&frame, "c1");
    client_send(&team.ana, &frame);
    contact_writes("c1", "hello");
    expect_thread(&team.ana, "c1", "");
}

Test(threads, as_many_as_are_allowed_and_one_more_closes)
{
    char id[8];
    for (int i = 0; i <= LIMIT_WATCHES; i++) {
        cr_assert_eq(team.ana.closed, CLOSE_NONE);
        snprintf(id, sizeof(id), "c%d", i);
        watch(&team.ana, id, 0);
        if (i == 0)
            watch(&team.ana, id, 0); /* again is not one more */
    }
    cr_assert_eq(team.ana.closed, CLOSE_TOO_FAST);
}

Test(threads, one_that_is_opened_again_before_its_answer_is_told_once)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct server other;
        struct client twice = {0};
        begin_second(&other, seed);
        join_second(&other, &twice, "ana", "agent");
        contact_writes("c1", "hello");
        for (int ref = 1; ref <= 3; ref++) {
            const struct wire_thread *shown = wire_follow_thread(&twice.wire.follow, "c1");
            wire_watch(&frame, ref, "c1", shown == NULL ? 0 : shown->to);
            client_send(&twice, &frame);
            contact_writes("c1", "hello");
            for (uint64_t turns = 0; turns < seed % 5; turns++)
                server_turn(&other);
        }
        server_wait(&other, LIMIT_HEADS_POLL_MS);
        const struct wire_entries *entries = &thread_of(&twice, "c1")->entries;
        const struct wire_entry *first = &entries->each[0];
        const struct wire_entry *last = &entries->each[entries->count - 1];
        cr_assert_eq(last->message, team_truth("c1")->received);
        cr_assert_eq(last->message - first->message + 1, (int64_t)entries->count, "seed %d", (int)seed);
        int answers = 0;
        for (size_t i = 0; i < twice.heard_count; i++)
            answers += twice.heard[i].type == WIRE_THREAD && twice.heard[i].ref > 0;
        cr_assert_eq(answers, 3);
        cr_assert_str_empty(twice.wire.fault, "%s", twice.wire.fault);
        client_finish(&twice);
        server_stop(&other);
    }
}

Test(threads, begin_anew_from_another_database)
{
    contact_writes_many("c1", 3);
    watch(&team.ana, "c1", 0);
    store_memory_promote(team.database, 1);
    store_memory_up(team.server.store);
    settle();
    expect_thread(&team.ana, "c1", "1 2");
    contact_writes("c1", "again");
    expect_thread(&team.ana, "c1", "1 2 again");
}

Test(threads, wait_for_a_database_that_is_away)
{
    contact_writes_many("c1", 1);
    store_memory_down(team.server.store);
    watch(&team.ana, "c1", 0);
    cr_assert_null(wire_follow_thread(&team.ana.wire.follow, "c1"));
    store_memory_up(team.server.store);
    settle();
    expect_thread(&team.ana, "c1", "1");
}

Test(threads, are_for_dashboards)
{
    watch(&team.contact, "c1", 0);
    cr_assert_eq(team.contact.closed, CLOSE_BAD_FRAME);
}

static void ask_history(int64_t before, bool messages)
{
    wire_history(&frame, 7, "c1", before, messages);
    client_send(&team.ana, &frame);
    settle();
    cr_assert_eq(team.ana.wire.last.type, WIRE_HISTORY);
}

static void assign_often(int count)
{
    for (int i = 1; i <= count; i++) {
        team_do(&team.ana, (struct wire_command){.action = "assign", .agent = i % 2 == 1 ? "ana" : NULL});
        if (i % 100 == 0)
            wait_ms(5000); /* nobody is that fast */
    }
}

Test(threads, history_goes_on_behind_thousands_of_entries_that_nobody_asked_for)
{
    contact_writes("c1", "long ago");
    assign_often(LIMIT_LOG_WINDOW + 10);
    ask_history(0, true);
    cr_assert_eq(team.ana.wire.last.entries_count, 0);
    int64_t next = team.ana.wire.last.next;
    cr_assert_gt(next, 0);
    ask_history(next, true);
    cr_assert_eq(team.ana.wire.last.entries_count, 1);
    cr_assert_str_eq(team.ana.wire.last.entries[0].body, "long ago");
    cr_assert_eq(team.ana.wire.last.next, 0);
    /* The same from a place that is none of the conversation's own. */
    ask_history(2, false);
    cr_assert_eq(team.ana.wire.last.entries_count, 0);
    cr_assert_gt(team.ana.wire.last.next, 0);
}

Test(threads, what_was_missed_and_is_kept_no_more_is_not_passed_over)
{
    contact_writes_many("c1", 2);
    watch(&team.ana, "c1", 0);
    int64_t to = thread_of(&team.ana, "c1")->to;
    client_leave(&team.ana);
    contact_writes_many("c1", 3);
    store_memory_forget(team.database, TEAM_WORKSPACE, team_seq() - 1);
    team_resume(&team.ana);
    watch(&team.ana, "c1", to);
    expect_thread(&team.ana, "c1", "3");
    cr_assert(thread_of(&team.ana, "c1")->too_old);
}

/* Of conversations that only the bot has, dashboards get no rows: so a thread may be further than its
 * client's seq. */
Test(threads, one_that_is_further_than_the_node_goes_on_where_it_was)
{
    struct server second;
    const struct command hello = {
        .action = ACTION_CONTACT_MESSAGE, .conversation = BYTES("c1"), .body = BYTES("hello")};
    contact_writes("c1", "first");
    wait_ms(1000);
    begin_second(&second, 5);
    client_leave(&team.ana);
    join_second(&second, &team.ana, "ana", "agent");
    wire_watch(&frame, 1, "c1", 0);
    client_send(&team.ana, &frame);
    wait_ms(LIMIT_HEADS_POLL_MS - 900);
    team_foreign(whatsapp(), hello);
    server_wait(&second, 1000);
    expect_thread(&team.ana, "c1", "first hello"); /* the second has looked, the first not yet */
    client_leave(&team.ana);
    team_resume(&team.ana);
    watch(&team.ana, "c1", thread_of(&team.ana, "c1")->to);
    team_foreign(whatsapp(), hello);
    wait_ms(LIMIT_HEADS_POLL_MS);
    expect_thread(&team.ana, "c1", "first hello hello");
    server_stop(&second);
}

/* Erasing. */

Test(threads, erase_takes_every_word_away)
{
    contact_writes_many("c1", 2);
    team_do(&team.ana, (struct wire_command){.action = "send_message", .body = "secret"});
    watch(&team.ana, "c1", 0);
    team_do(&team.sol, (struct wire_command){.action = "erase"});
    expect_thread(&team.ana, "c1", "contact_message contact_message send_message erase");
    const struct wire_row *row = wire_client_find(&team.ana.wire, "c1");
    cr_assert_str_empty(row->name);
    cr_assert_str_empty(row->preview);
    cr_assert_eq(row->received, 2);
    /* And for whoever opens it now. */
    watch(&team.sol, "c1", 0);
    expect_thread(&team.sol, "c1", "contact_message contact_message send_message erase");
}

Test(threads, erase_reaches_what_had_been_read_and_not_sent)
{
    contact_writes_many("c1", 2);
    wire_watch(&frame, 1, "c1", 0);
    team.ana.is_deaf = true;
    client_send(&team.ana, &frame);
    wire_history(&frame, 2, "c1", 0, false);
    client_send(&team.ana, &frame);
    settle();
    team_do(&team.sol, (struct wire_command){.action = "erase"});
    client_listen(&team.ana);
    wait_ms(LIMIT_QUERY_AGAIN_MS);
    cr_assert_eq(team.ana.wire.last.type, WIRE_HISTORY);
    for (size_t i = 0; i < team.ana.wire.last.entries_count; i++)
        cr_assert_not(team.ana.wire.last.entries[i].has_body, "%s", team.ana.wire.last.entries[i].action);
    expect_thread(&team.ana, "c1", "contact_message contact_message erase");
}

Test(threads, only_a_supervisor_erases)
{
    contact_writes_many("c1", 1);
    cr_assert_str_eq(team_do(&team.ana, (struct wire_command){.action = "erase"})->reason, "forbidden");
    cr_assert_str_eq(team_do(&team.sol, (struct wire_command){.action = "erase"})->outcome, "done");
}

/* Finding. */

static void find(const char *text)
{
    wire_find(&frame, 9, text);
    client_send(&team.ana, &frame);
    settle();
    cr_assert_eq(team.ana.wire.last.type, WIRE_FOUND);
}

Test(threads, a_conversation_is_found_by_its_id_and_by_its_contacts_name)
{
    contact_writes("wa-1", "hello");
    contact_writes("wa-2", "hello");
    team_do(&team.contact, (struct wire_command){.action = "contact_message",
                                                 .conversation = "wa-2",
                                                 .body = "it is me",
                                                 .name = "Álvaro Núñez"});
    find("wa-");
    cr_assert_eq(team.ana.wire.last.rows_count, 2);
    find("wa-2");
    cr_assert_eq(team.ana.wire.last.rows_count, 1);
    find("alvaro nu");
    cr_assert_eq(team.ana.wire.last.rows_count, 1);
    cr_assert_str_eq(team.ana.wire.last.rows[0].id, "wa-2");
    find("nobody");
    cr_assert_eq(team.ana.wire.last.rows_count, 0);
}
