#include <criterion/criterion.h>
#include <string.h>

#include "app/hub.h"
#include "app/session_private.h"
#include "protocol/limits.h"
#include "support/builders.h"
#include "support/house.h"
#include "support/leak.h"

/* Messages of up to LIMIT_BODY_BYTES: what is read, kept and sent of them at once is bounded in bytes. */

static struct house house;
static struct wire_frame frame;

static void begin(void)
{
    house_init(&house);
    house_join(&house, &house.ana);
    house_join(&house, &house.sol);
    house_join(&house, &house.contact);
}

static void end(void)
{
    house_finish(&house);
    assert_no_leak();
}

TestSuite(long_bodies, .init = begin, .fini = end);

static void write_to_us(const char *body)
{
    house_do(&house.contact, (struct wire_command){.action = "contact_message", .body = body});
}

static void watch(struct peer *peer, const char *conversation, int64_t after)
{
    wire_watch(&frame, 1, conversation, after);
    peer_send(peer, &frame);
    node_settle(&house.node);
}

static const struct wire_thread *thread(const struct peer *peer, const char *conversation)
{
    const struct wire_thread *found = wire_follow_thread(&peer->client.follow, conversation);
    cr_assert_not_null(found, "no thread of %s", conversation);
    return found;
}

enum { LONG = LIMIT_LONG_BYTES + 1, LONGEST = LIMIT_BODY_BYTES };
static char long_body[LONGEST + 1];

/* Another node does this, and this one hears of it. */
static void foreign_message(size_t size, char letter)
{
    memset(long_body, letter, size);
    house_foreign(&house, whatsapp(), COMMAND(CONTACT_MESSAGE, .body = bytes_make(long_body, size)));
}

static size_t body_size(const struct wire_entries *entries, size_t i)
{
    cr_assert_lt(i, entries->count);
    return entries->each[i].body_size;
}

Test(long_bodies, what_is_said_at_length_at_another_node_comes_whole_and_in_order)
{
    write_to_us("1");
    watch(&house.ana, "c1", 0);
    watch(&house.sol, "c2", 0);
    foreign_message(2, 'a');
    foreign_message(LONG, 'b');
    foreign_message(LONG, 'c');
    foreign_message(3, 'd');
    node_wait(&house.node, LIMIT_HEADS_POLL_MS + 1);
    const struct wire_entries *entries = &thread(&house.ana, "c1")->entries;
    static const size_t sizes[] = {1, 2, LONG, LONG, 3};
    cr_assert_eq(entries->count, ARRAY_COUNT(sizes));
    for (size_t i = 0; i < ARRAY_COUNT(sizes); i++)
        cr_assert_eq(body_size(entries, i), sizes[i], "%zu", i);
    cr_assert_not(house.ana.client.last.type == WIRE_THREAD && house.ana.client.last.fresh,
                  "what the client has stays good");
    cr_assert_eq(peer_count(&house.sol, WIRE_THREAD), 1, "who watches another one hears nothing of it");
    write_to_us("1");
    cr_assert_eq(thread(&house.ana, "c1")->entries.count, ARRAY_COUNT(sizes) + 1);
}

Test(long_bodies, what_was_cut_and_then_erased_is_nowhere)
{
    watch(&house.ana, "c1", 0);
    foreign_message(LONG, 'b');
    house_foreign(&house, sol(), COMMAND(ERASE));
    node_wait(&house.node, LIMIT_HEADS_POLL_MS + 1);
    const struct wire_entries *entries = &thread(&house.ana, "c1")->entries;
    cr_assert_eq(entries->count, 2);
    cr_assert_not(entries->each[0].has_body);
    cr_assert_str_eq(entries->each[1].action, "erase");
}

Test(long_bodies, a_history_of_long_bodies_ends_where_it_is_full)
{
    enum { COUNT = 7, EACH = LIMIT_ENTRIES_BYTES / 3 + 1 };
    for (int i = 0; i < COUNT; i++)
        foreign_message(EACH, (char)('a' + i));
    node_wait(&house.node, LIMIT_HEADS_POLL_MS + 1);
    watch(&house.ana, "c1", 0);
    const struct wire_thread *shown = thread(&house.ana, "c1");
    cr_assert_eq(shown->entries.count, 3);
    cr_assert(shown->has_more);
    int64_t before = shown->entries.each[0].seq;
    int found = 3;
    for (int asked = 0; before != 0 && asked < COUNT; asked++) {
        wire_history(&frame, 2, "c1", before, false);
        peer_send(&house.ana, &frame);
        node_settle(&house.node);
        cr_assert_eq(house.ana.client.last.type, WIRE_HISTORY);
        cr_assert_leq(house.ana.client.last.entries_count, 3);
        found += (int)house.ana.client.last.entries_count;
        before = house.ana.client.last.next;
    }
    cr_assert_eq(found, COUNT);
}

static void follow(struct peer *peer, const char *id, const char *role)
{
    peer_connect(peer, &house.node);
    wire_hello_consumer(&frame, peer_token(HOUSE_WORKSPACE, id, role, 0), "main", 0, 0);
    peer_send(peer, &frame);
    node_settle(&house.node);
}

/* The sizes of all messages in c1 that came, in order. */
static void expect_bodies(const struct peer *peer, const size_t *sizes, size_t count)
{
    const struct wire_entries *log = &peer->client.follow.log;
    size_t found = 0;
    for (size_t i = 0; i < log->count; i++) {
        if (strcmp(log->each[i].conversation, "c1") != 0)
            continue;
        cr_assert_lt(found, count);
        cr_assert_eq(log->each[i].body_size, sizes[found], "%zu", found);
        found++;
    }
    cr_assert_eq(found, count);
    cr_assert_str_empty(peer->client.fault, "%s", peer->client.fault);
}

Test(long_bodies, of_another_node_reach_consumers_whole_and_in_order)
{
    static const size_t sizes[] = {2, LONG, 5, LONG, LONG, 3};
    static struct peer channel, late;
    follow(&house.bot, "bot", "automation");
    follow(&channel, "whatsapp", "channel");
    for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
        house_foreign(&house, webchat(),
                      COMMAND(CONTACT_MESSAGE, .conversation = BYTES("c2"), .body = BYTES("hello")));
        foreign_message(sizes[i], 'b');
    }
    node_wait(&house.node, LIMIT_HEADS_POLL_MS + 1);
    expect_bodies(&house.bot, sizes, ARRAY_COUNT(sizes));
    expect_bodies(&channel, sizes, ARRAY_COUNT(sizes));
    /* And who comes when all of it lies in the store. */
    follow(&late, "whatsapp", "channel");
    cr_assert_eq(channel.closed, CLOSE_REPLACED);
    peer_leave(&late);
    late.client.follow.log.count = 0;
    follow(&late, "whatsapp", "channel");
    expect_bodies(&late, sizes, ARRAY_COUNT(sizes));
    peer_finish(&channel);
    peer_finish(&late);
}

/* Commands. */

/* So many messages of the longest kind at once; the ids are kept. */
static void send_many(struct peer *peer, const char *action, const char *conversation, int count,
                      struct command_id *ids)
{
    memset(long_body, 'x', LONGEST);
    long_body[LONGEST] = '\0';
    for (int i = 0; i < count; i++)
        ids[i] = house_send(
            peer, (struct wire_command){.action = action, .conversation = conversation, .body = long_body});
}

static int count_refused(const struct peer *peer, const struct command_id *ids, int count, const char *reason)
{
    int refused = 0;
    for (int i = 0; i < count; i++) {
        const struct wire_message *answer = peer_answer(peer, ids[i]);
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
    write_to_us("hello");
    send_many(&house.contact, "contact_message", "c1", ARRAY_COUNT(ids), ids);
    node_settle(&house.node);
    cr_assert_eq(count_refused(&house.contact, ids, ARRAY_COUNT(ids), "too_many"), 3);
    cr_assert_str_eq(peer_answer(&house.contact, ids[FIT_A_CONNECTION])->reason, "too_many");
    cr_assert_gt(peer_answer(&house.contact, ids[FIT_A_CONNECTION])->retry_ms, 0);
    send_many(&house.contact, "contact_message", "c1", FIT_A_CONNECTION, ids);
    node_settle(&house.node);
    cr_assert_eq(count_refused(&house.contact, ids, FIT_A_CONNECTION, "too_many"), 0);
}

Test(long_bodies, are_committed_in_batches_that_are_bounded)
{
    struct command_id ids[2][FIT_A_CONNECTION];
    house_join(&house, &house.bot);
    write_to_us("hello");
    uint64_t batches = hub_stats(house.node.hub).batches;
    send_many(&house.contact, "contact_message", "c1", FIT_A_CONNECTION, ids[0]);
    send_many(&house.bot, "bot_message", "c1", FIT_A_CONNECTION, ids[1]);
    node_settle(&house.node);
    cr_assert_eq(count_refused(&house.contact, ids[0], FIT_A_CONNECTION, "busy"), 0);
    cr_assert_eq(count_refused(&house.bot, ids[1], FIT_A_CONNECTION, "busy"), 0);
    cr_assert_eq(hub_stats(house.node.hub).batches, batches + 2);
}

Test(long_bodies, wait_in_a_queue_that_is_bounded)
{
    enum { CHANNELS = LIMIT_QUEUE_BYTES / (FIT_A_CONNECTION * LONGEST) + 2 };
    static struct peer channels[CHANNELS];
    static struct command_id ids[CHANNELS][FIT_A_CONNECTION];
    for (int i = 0; i < CHANNELS; i++) {
        char id[] = {'w', (char)('a' + i), '\0'};
        peer_connect(&channels[i], &house.node);
        wire_hello(&frame, peer_token(HOUSE_WORKSPACE, id, "channel", 0), NULL, -1);
        peer_send(&channels[i], &frame);
        node_settle(&house.node);
        house_do(&channels[i],
                 (struct wire_command){.action = "contact_message", .conversation = id, .body = "hello"});
    }
    for (int i = 0; i < CHANNELS; i++) {
        char id[] = {'w', (char)('a' + i), '\0'};
        send_many(&channels[i], "contact_message", id, FIT_A_CONNECTION, ids[i]);
    }
    node_settle(&house.node);
    int refused = 0;
    for (int i = 0; i < CHANNELS; i++)
        refused += count_refused(&channels[i], ids[i], FIT_A_CONNECTION, "busy");
    int done = CHANNELS * FIT_A_CONNECTION - refused;
    cr_assert_gt(refused, 0);
    cr_assert_leq((size_t)(done - 1) * LONGEST, (size_t)LIMIT_QUEUE_BYTES);
    for (int i = 0; i < CHANNELS; i++)
        peer_finish(&channels[i]);
}

Test(long_bodies, are_not_read_for_who_does_not_take_what_has_been_read)
{
    for (int i = 0; i < 4; i++)
        foreign_message(LONGEST, (char)('a' + i));
    node_wait(&house.node, LIMIT_HEADS_POLL_MS + 1);
    house.ana.is_deaf = true;
    for (int ref = 1; ref <= LIMIT_REQUESTS_IN_FLIGHT; ref++) {
        wire_history(&frame, ref, "c1", 0, false);
        peer_send(&house.ana, &frame);
    }
    node_settle(&house.node);
    size_t read_count = 0;
    LIST_FOR_EACH (link, &house.ana.session->requests)
        read_count++;
    cr_assert_eq(read_count, LIMIT_REPLIES_BYTES / LIMIT_ENTRIES_BYTES);
    peer_listen(&house.ana);
    node_settle(&house.node);
    cr_assert_eq(peer_count(&house.ana, WIRE_HISTORY), LIMIT_REQUESTS_IN_FLIGHT);
}
