#include <criterion/criterion.h>
#include <stdio.h>

#include "app/desk/sync.h"
#include "protocol/encode.h"
#include "support/random.h"
#include "support/scene.h"
#include "support/wire_client.h"

/* A roster that gives up what it need not hold, beside one (the scene's) that holds all there ever was: the
 * forgetful one and whoever follows it must never be wrong. */

enum { BACK = 5, COMPLETED = 3 };

static struct roster roster; /* the forgetful */

static void begin(void)
{
    scene_begin();
    roster_init(&roster, (struct roster_limits){.back = BACK, .completed = COMPLETED},
                (struct hash_key){{3, 4}});
    roster_settle(&roster);
}

static void end(void)
{
    roster_finish(&roster);
    scene_end();
}

TestSuite(forgetting, .init = begin, .fini = end);

/* Both hear of it. */
static void do_to(const char *id, struct actor actor, struct command command)
{
    command.conversation = bytes_of_string(id);
    command.channel = BYTES("whatsapp");
    scene_do(actor, command);
    for (int i = 0; i < scene.last.transitions_count; i++)
        roster_apply(&roster, &scene.last.transitions[i]);
}

static void contact_writes(const char *id)
{
    do_to(id, whatsapp(), COMMAND(CONTACT_MESSAGE, .body = BYTES("hello")));
}

static bool is_held(const char *id)
{
    return roster_find(&roster, bytes_of_string(id)) != NULL;
}

static void sweep_all(void)
{
    while (!roster_is_swept(&roster))
        roster_sweep(&roster, 7);
}

static void forget_up_to(int64_t floor_seq)
{
    roster_raise_floor(&roster, floor_seq);
    sweep_all();
    roster_check(&roster);
}

static void read_again(const char *id)
{
    struct conversation copy;
    conversation_copy(scene_find(id), &copy);
    roster_hold(&roster, &copy);
    roster_forget_read(&roster);
}

/* What the other roster knows, which has never forgotten. */
static void expect_exact(void)
{
    roster_check(&roster);
    cr_assert_eq(roster.seq, scene.roster.seq);
    cr_assert_eq(roster.digest, scene.roster.digest);
    cr_assert_eq(roster.counts.open, scene.roster.counts.open);
    cr_assert_eq(roster.counts.completed, scene.roster.counts.completed);
    size_t position = 0;
    const struct row *all;
    while ((all = map_next(&scene.roster.rows, &position)) != NULL) {
        const struct conversation *truth = &all->conversation;
        const struct row *held = roster_find(&roster, conversation_id(truth));
        cr_assert(held != NULL || (truth->list != LIST_OPEN && truth->seq <= roster.floor_seq),
                  "%s is not held", wire_row_of(truth).id);
        if (held == NULL)
            continue;
        struct wire_row shown = wire_row_of(&held->conversation);
        struct wire_row expected = wire_row_of(truth);
        cr_assert(wire_row_equal(&shown, &expected), "%s is not as it is", wire_row_of(truth).id);
    }
}

Test(forgetting, what_is_neither_open_nor_new_goes_and_the_rest_stays)
{
    contact_writes("bot");
    do_to("open", ana(), COMMAND(SEND_MESSAGE, .body = BYTES("hi")));
    do_to("unlinked", ana(), COMMAND(SEND_MESSAGE, .body = BYTES("hi")));
    do_to("unlinked", ana(), COMMAND(UNLINK));
    contact_writes("new");
    int64_t floor_seq = roster.seq - 1;
    contact_writes("newer");
    roster_raise_floor(&roster, floor_seq);
    cr_assert(is_held("bot"), "not at once");
    cr_assert_eq(roster_sweep(&roster, 100), 2);
    cr_assert(!is_held("bot") && !is_held("unlinked"));
    cr_assert(is_held("open") && is_held("new") && is_held("newer"));
    cr_assert_eq(roster.floor_seq, floor_seq);
    expect_exact();
}

Test(forgetting, the_newest_completed_stay_however_old)
{
    char id[8];
    for (int i = 0; i < 3 * COMPLETED; i++) {
        snprintf(id, sizeof(id), "c%d", i);
        do_to(id, ana(), COMMAND(SEND_MESSAGE, .body = BYTES("hi")));
        do_to(id, ana(), COMMAND(COMPLETE));
    }
    contact_writes("c0"); /* changed last, but not come into the list last */
    forget_up_to(roster.seq);
    for (int i = 0; i < 3 * COMPLETED; i++) {
        snprintf(id, sizeof(id), "c%d", i);
        cr_assert_eq(is_held(id), i >= 2 * COMPLETED, "%s", id);
    }
    cr_assert_eq(roster.completed_by_list_seq.count, COMPLETED);
    expect_exact();
}

Test(forgetting, a_sweep_looks_at_no_more_than_it_is_told)
{
    char id[8];
    for (int i = 0; i < 100; i++) {
        snprintf(id, sizeof(id), "c%d", i);
        contact_writes(id);
    }
    roster_raise_floor(&roster, roster.seq);
    cr_assert_eq(roster_sweep(&roster, 10), 10);
    expect_exact();
    contact_writes("c10");
    contact_writes("c99"); /* both come after the floor again */
    cr_assert_eq(roster_sweep(&roster, 1000), 88);
    cr_assert(roster_is_swept(&roster));
    cr_assert_eq(roster.rows.count, 2);
    expect_exact();
}

Test(forgetting, what_was_given_up_is_whole_when_it_comes_back)
{
    contact_writes("c1");
    contact_writes("c1");
    forget_up_to(roster.seq);
    cr_assert_not(is_held("c1"));
    do_to("c1", ana(), COMMAND(SEND_MESSAGE, .body = BYTES("hi")));
    expect_exact();
    cr_assert_eq(roster_find(&roster, BYTES("c1"))->conversation.received, 2);
}

Test(forgetting, of_what_commands_have_named_the_oldest_go_when_they_are_many)
{
    char id[8];
    for (int i = 0; i < 3 * BACK; i++) {
        snprintf(id, sizeof(id), "c%d", i);
        contact_writes(id);
    }
    forget_up_to(roster.seq);
    for (int i = 0; i <= 2 * BACK; i++) {
        snprintf(id, sizeof(id), "c%d", i);
        read_again(id);
        cr_assert(is_held(id));
        expect_exact();
    }
    cr_assert_eq(roster.rows_read.count, BACK);
    cr_assert(!is_held("c0") && is_held("c10"));
    contact_writes("c10");
    cr_assert_eq(roster.rows_read.count, BACK - 1, "it is held for another reason now");
    expect_exact();
}

Test(forgetting, a_floor_may_rise_by_nothing_and_by_all)
{
    forget_up_to(0);
    contact_writes("c1");
    forget_up_to(roster.seq);
    forget_up_to(roster.seq);
    cr_assert_eq(roster.rows.count, 0);
    expect_exact();
}

/* At random. */

/* A client of the forgetful roster. */
struct follower {
    struct cursor cursor;
    struct wire_client client;
};

enum { FOLLOWERS = 3, CONVERSATIONS = 30, STEPS = 3000 };

static struct follower followers[FOLLOWERS];
static struct sync_cache cache;
static struct random random_state;

static void welcome(struct follower *follower, bool is_resumed)
{
    follower->cursor = is_resumed ? cursor_resumed(follower->client.seq) : cursor_fresh(&roster);
    struct welcome message = {.epoch = BYTES("e"),
                              .role = ROLE_AGENT,
                              .resumed = is_resumed,
                              .seq = is_resumed ? follower->cursor.seq : 0};
    struct frame *frame = encode_welcome(&message);
    wire_client_receive(&follower->client, bytes_make(frame->payload, frame->size));
    frame_unref(&frame);
}

static void expect_screen(const struct follower *follower)
{
    const struct wire_client *client = &follower->client;
    cr_assert_not(client->is_behind);
    cr_assert_eq(wire_client_count(client, LIST_OPEN), scene.roster.counts.open);
    for (size_t i = 0; i < client->rows_count; i++) {
        const struct wire_row *shown = &client->rows[i];
        struct wire_row truth = wire_row_of(scene_find(shown->id));
        cr_assert(wire_row_equal(shown, &truth) || (truth.list == LIST_NONE && shown->list == LIST_NONE),
                  "%s is shown, not as it is", shown->id);
    }
}

static void follow(struct follower *follower)
{
    while (cursor_is_behind(&follower->cursor, &roster)) {
        struct frame *frame = sync_step(&cache, &roster, &follower->cursor);
        if (frame != NULL)
            wire_client_receive(&follower->client, bytes_make(frame->payload, frame->size));
        frame_unref(&frame);
    }
    cr_assert_str_empty(follower->client.fault, "%s", follower->client.fault);
    expect_screen(follower);
}

static void follow_at_random(void)
{
    struct follower *follower = &followers[random_below(&random_state, FOLLOWERS)];
    if (random_once_in(&random_state, 8))
        welcome(follower, follower->client.seq >= roster.floor_seq && !random_once_in(&random_state, 4));
    if (random_once_in(&random_state, 3))
        follow(follower);
}

static void act_at_random(void)
{
    char id[8];
    snprintf(id, sizeof(id), "c%u", (unsigned)random_below(&random_state, CONVERSATIONS));
    switch (random_below(&random_state, 8)) {
    case 0: do_to(id, ana(), COMMAND(SEND_MESSAGE, .body = BYTES("hi"))); break;
    case 1:
    case 2: do_to(id, sol(), COMMAND(COMPLETE)); break;
    case 3:
    case 4: do_to(id, sol(), COMMAND(UNLINK)); break;
    case 5: do_to(id, ana(), COMMAND(MARK_READ, .received = 1)); break;
    default: contact_writes(id); break;
    }
    if (random_once_in(&random_state, 4) && scene_find(id) != NULL)
        read_again(id);
}

static void forget_at_random(void)
{
    if (roster_is_swept(&roster) && random_once_in(&random_state, 5)) {
        int64_t floor_seq = roster.seq - random_below(&random_state, BACK);
        for (int i = 0; i < FOLLOWERS; i++) {
            const struct cursor *cursor = &followers[i].cursor;
            if (cursor_floor_seq(cursor) < floor_seq)
                floor_seq = cursor_floor_seq(cursor);
        }
        if (floor_seq >= roster.floor_seq)
            roster_raise_floor(&roster, floor_seq);
    }
    roster_sweep(&roster, random_below(&random_state, 6));
}

Test(forgetting, whoever_follows_is_never_wrong)
{
    random_state = (struct random){.state = 11};
    for (int i = 0; i < FOLLOWERS; i++) {
        wire_client_init(&followers[i].client);
        welcome(&followers[i], false);
    }
    for (int step = 0; step < STEPS; step++) {
        act_at_random();
        forget_at_random();
        follow_at_random();
        expect_exact();
    }
    cr_assert_gt(roster.floor_seq, roster.seq / 2, "the floor rises");
    for (int i = 0; i < FOLLOWERS; i++) {
        follow(&followers[i]);
        wire_client_finish(&followers[i].client);
    }
    sync_cache_finish(&cache);
    forget_up_to(roster.seq);
    cr_assert_leq((int64_t)roster.rows.count, roster.counts.open + COMPLETED + 2 * BACK);
}
