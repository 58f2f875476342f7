#include <criterion/criterion.h>
#include <string.h>

#include "app/hub/hub.h"
#include "app/session/private.h"
#include "protocol/limits.h"
#include "support/builders.h"
#include "support/team.h"

/* Messages of up to LIMIT_BODY_BYTES: what is read, kept and sent of them at once is bounded in bytes. */

static struct wire_frame frame;

static void begin(void)
{
    team_begin();
    team_join(&team.ana);
    team_join(&team.sol);
    team_join(&team.contact);
}

TestSuite(long_bodies, .init = begin, .fini = team_end);

enum { LONG = LIMIT_LONG_BYTES + 1, LONGEST = LIMIT_BODY_BYTES };
static char long_body[LONGEST + 1];

/* Another node does this, and this one hears of it. */
static void foreign_message(size_t size, char letter)
{
    memset(long_body, letter, size);
    team_foreign(whatsapp(), COMMAND(CONTACT_MESSAGE, .body = bytes_make(long_body, size)));
}

static size_t body_size(const struct wire_entries *entries, size_t i)
{
    cr_assert_lt(i, entries->count);
    return entries->each[i].body_size;
}

Test(long_bodies, what_is_said_at_length_at_another_node_comes_whole_and_in_order)
{
    contact_writes("c1", "1");
    watch(&team.ana, "c1", 0);
    watch(&team.sol, "c2", 0);
    foreign_message(2, 'a');
    foreign_message(LONG, 'b');
    foreign_message(LONG, 'c');
    foreign_message(3, 'd');
    wait_ms(LIMIT_HEADS_POLL_MS + 1);
    const struct wire_entries *entries = &thread_of(&team.ana, "c1")->entries;
    static const size_t sizes[] = {1, 2, LONG, LONG, 3};
    cr_assert_eq(entries->count, ARRAY_COUNT(sizes));
    for (size_t i = 0; i < ARRAY_COUNT(sizes); i++)
        cr_assert_eq(body_size(entries, i), sizes[i], "%zu", i);
    cr_assert_not(team.ana.wire.last.type == WIRE_THREAD && team.ana.wire.last.fresh,
                  "what the client has stays good");
    cr_assert_eq(client_count(&team.sol, WIRE_THREAD), 1, "who watches another one hears nothing of it");
    contact_writes("c1", "1");
    cr_assert_eq(thread_of(&team.ana, "c1")->entries.count, ARRAY_COUNT(sizes) + 1);
}

Test(long_bodies, what_was_cut_and_then_erased_is_nowhere)
{
    watch(&team.ana, "c1", 0);
    foreign_message(LONG, 'b');
    team_foreign(sol(), COMMAND(ERASE));
    wait_ms(LIMIT_HEADS_POLL_MS + 1);
    const struct wire_entries *entries = &thread_of(&team.ana, "c1")->entries;
    cr_assert_eq(entries->count, 2);
    cr_assert_not(entries->each[0].has_body);
    cr_assert_str_eq(entries->each[1].action, "erase");
}

Test(long_bodies, a_history_of_long_bodies_ends_where_it_is_full)
{
    enum { COUNT = 7, EACH = LIMIT_ENTRIES_BYTES / 3 + 1 };
    for (int i = 0; i < COUNT; i++)
        foreign_message(EACH, (char)('a' + i));
    wait_ms(LIMIT_HEADS_POLL_MS + 1);
    watch(&team.ana, "c1", 0);
    const struct wire_thread *shown = thread_of(&team.ana, "c1");
    cr_assert_eq(shown->entries.count, 3);
    cr_assert(shown->has_more);
    int64_t before = shown->entries.each[0].seq;
    int found = 3;
    for (int asked = 0; before != 0 && asked < COUNT; asked++) {
        wire_history(&frame, 2, "c1", before, false);
        client_send(&team.ana, &frame);
        settle();
        cr_assert_eq(team.ana.wire.last.type, WIRE_HISTORY);
        cr_assert_leq(team.ana.wire.last.entries_count, 3);
        found += (int)team.ana.wire.last.entries_count;
        before = team.ana.wire.last.next;
    }
    cr_assert_eq(found, COUNT);
}

static void follow(struct client *client, const char *id, const char *role)
{
    join_as_consumer(client, id, role, 0, 0);
}

/* The sizes of all messages in c1 that came, in order. */
static void expect_bodies(const struct client *client, const size_t *sizes, size_t count)
{
    const struct wire_entries *log = &client->wire.follow.log;
    size_t found = 0;
    for (size_t i = 0; i < log->count; i++) {
        if (strcmp(log->each[i].conversation, "c1") != 0)
            continue;
        cr_assert_lt(found, count);
        cr_assert_eq(log->each[i].body_size, sizes[found], "%zu", found);
        found++;
    }
    cr_assert_eq(found, count);
    cr_assert_str_empty(client->wire.fault, "%s", client->wire.fault);
}

Test(long_bodies, of_another_node_reach_consumers_whole_and_in_order)
{
    static const size_t sizes[] = {2, LONG, 5, LONG, LONG, 3};
    static struct client channel, late;
    follow(&team.bot, "bot", "automation");
    follow(&channel, "whatsapp", "channel");
    for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
        team_foreign(webchat(),
                     COMMAND(CONTACT_MESSAGE, .conversation = BYTES("c2"), .body = BYTES("hello")));
        foreign_message(sizes[i], 'b');
    }
    wait_ms(LIMIT_HEADS_POLL_MS + 1);
    expect_bodies(&team.bot, sizes, ARRAY_COUNT(sizes));
    expect_bodies(&channel, sizes, ARRAY_COUNT(sizes));
    /* And who comes when all of it lies in the store. */
    follow(&late, "whatsapp", "channel");
    cr_assert_eq(channel.closed, CLOSE_REPLACED);
    client_leave(&late);
    late.wire.follow.log.count = 0;
    follow(&late, "whatsapp", "channel");
    expect_bodies(&late, sizes, ARRAY_COUNT(sizes));
    client_finish(&channel);
    client_finish(&late);
}

/* Commands. */

/* So many messages of the longest kind at once; the ids are kept. */
static void send_many(struct client *client, const char *action, const char *conversation, int count,
                      struct command_id *ids)
{
    memset(long_body, 'x', LONGEST);
    long_body[LONGEST] = '\0';
    for (int i = 0; i < count; i++)
        ids[i] = team_send(
            client, (struct wire_command){.action = action, .conversation = conversation, .body = long_body});
}

static int count_refused(const struct client *client, const struct command_id *ids, int count,
                         const char *reason)
{
    int refused = 0;
    for (int i = 0; i < count; i++) {
        const struct wire_message *answer = client_answer(client, ids[i]);
        cr_assert_not_null(answer);
        cr_assert(strcmp(answer->outcome, "done") == 0 || strcmp(answer->reason, reason) == 0, "%s",
                  answer->reason);
        refused += strcmp(answer->reason, reason) == 0;
    }
    return refused;
}

enum { FIT_A_CONNECTION = LIMIT_UNANSWERED_BYTES / LONGEST - 1 };

Test(long_bodies, of_one_connection_are_refused_while_too_many_wait)
{
    struct command_id ids[FIT_A_CONNECTION + 3];
    contact_writes("c1", "hello");
    send_many(&team.contact, "contact_message", "c1", ARRAY_COUNT(ids), ids);
    settle();
    cr_assert_eq(count_refused(&team.contact, ids, ARRAY_COUNT(ids), "too_many"), 3);
    cr_assert_str_eq(client_answer(&team.contact, ids[FIT_A_CONNECTION])->reason, "too_many");
    cr_assert_gt(client_answer(&team.contact, ids[FIT_A_CONNECTION])->retry_ms, 0);
    send_many(&team.contact, "contact_message", "c1", FIT_A_CONNECTION, ids);
    settle();
    cr_assert_eq(count_refused(&team.contact, ids, FIT_A_CONNECTION, "too_many"), 0);
}

Test(long_bodies, are_committed_in_batches_that_are_bounded)
{
    struct command_id ids[2][FIT_A_CONNECTION];
    team_join(&team.bot);
    contact_writes("c1", "hello");
    uint64_t batches = hub_stats(team.server.hub).batches;
    send_many(&team.contact, "contact_message", "c1", FIT_A_CONNECTION, ids[0]);
    send_many(&team.bot, "bot_message", "c1", FIT_A_CONNECTION, ids[1]);
    settle();
    cr_assert_eq(count_refused(&team.contact, ids[0], FIT_A_CONNECTION, "busy"), 0);
    cr_assert_eq(count_refused(&team.bot, ids[1], FIT_A_CONNECTION, "busy"), 0);
    cr_assert_eq(hub_stats(team.server.hub).batches, batches + 2);
}

Test(long_bodies, wait_in_a_queue_that_is_bounded)
{
    enum { CHANNELS = LIMIT_QUEUE_BYTES / (FIT_A_CONNECTION * LONGEST) + 2 };
    static struct client channels[CHANNELS];
    static struct command_id ids[CHANNELS][FIT_A_CONNECTION];
    for (int i = 0; i < CHANNELS; i++) {
        char id[] = {'w', (char)('a' + i), '\0'};
        join_as(&channels[i], id, "channel");
        team_do(&channels[i],
                (struct wire_command){.action = "contact_message", .conversation = id, .body = "hello"});
    }
    for (int i = 0; i < CHANNELS; i++) {
        char id[] = {'w', (char)('a' + i), '\0'};
        send_many(&channels[i], "contact_message", id, FIT_A_CONNECTION, ids[i]);
    }
    settle();
    int refused = 0;
    for (int i = 0; i < CHANNELS; i++)
        refused += count_refused(&channels[i], ids[i], FIT_A_CONNECTION, "busy");
    int done = CHANNELS * FIT_A_CONNECTION - refused;
    cr_assert_gt(refused, 0);
    cr_assert_leq((size_t)(done - 1) * LONGEST, (size_t)LIMIT_QUEUE_BYTES);
    for (int i = 0; i < CHANNELS; i++)
        client_finish(&channels[i]);
}

Test(long_bodies, are_not_read_for_who_does_not_take_what_has_been_read)
{
    for (int i = 0; i < 4; i++)
        foreign_message(LONGEST, (char)('a' + i));
    wait_ms(LIMIT_HEADS_POLL_MS + 1);
    team.ana.is_deaf = true;
    for (int ref = 1; ref <= LIMIT_REQUESTS_IN_FLIGHT; ref++) {
        wire_history(&frame, ref, "c1", 0, false);
        client_send(&team.ana, &frame);
    }
    settle();
    size_t read_count = 0;
    LIST_FOR_EACH (link, &team.ana.session->replies.others)
        read_count++;
    cr_assert_eq(read_count, LIMIT_REPLIES_BYTES / LIMIT_ENTRIES_BYTES);
    client_listen(&team.ana);
    settle();
    cr_assert_eq(client_count(&team.ana, WIRE_HISTORY), LIMIT_REQUESTS_IN_FLIGHT);
}
