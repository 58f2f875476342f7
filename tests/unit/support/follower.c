#include "follower.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "protocol/encode.h"
#include "support/scene.h"

static struct sync_cache cache;

void follower_begin(void)
{
    scene_begin();
    cache = (struct sync_cache){0};
}

void follower_end(void)
{
    sync_cache_finish(&cache);
    scene_end();
}

static void welcome(struct follower *follower, bool resumed)
{
    struct welcome message = {.epoch = BYTES("e"),
                              .role = ROLE_AGENT,
                              .resumed = resumed,
                              .seq = resumed ? follower->cursor.seq : 0};
    struct frame *frame = encode_welcome(&message);
    wire_client_receive(&follower->client, bytes_make(frame->payload, frame->size));
    frame_unref(&frame);
}

void follow_fresh(struct follower *follower)
{
    wire_client_init(&follower->client);
    follower->cursor = cursor_fresh(&scene.roster);
    welcome(follower, false);
}

void finish_both(struct follower *one, struct follower *two)
{
    wire_client_finish(&one->client);
    wire_client_finish(&two->client);
}

void follow_again(struct follower *follower)
{
    follower->cursor = cursor_resumed(follower->client.seq);
    welcome(follower, true);
}

struct frame *step(struct follower *follower)
{
    struct frame *frame = NULL;
    while (frame == NULL && cursor_is_behind(&follower->cursor, &scene.roster))
        frame = sync_step(&cache, &scene.roster, &follower->cursor);
    if (frame != NULL)
        wire_client_receive(&follower->client, bytes_make(frame->payload, frame->size));
    cr_assert_str_empty(follower->client.fault, "%s", follower->client.fault);
    return frame;
}

int read_all(struct follower *follower)
{
    int frames = 0;
    struct frame *frame;
    while ((frame = step(follower)) != NULL) {
        frame_unref(&frame);
        frames++;
    }
    return frames;
}

void do_to(const char *id, struct actor actor, struct command command)
{
    command.conversation = bytes_of_string(id);
    command.channel = BYTES("whatsapp");
    cr_assert_eq(scene_do(actor, command), VERDICT_DONE);
}

const char *nth(int n)
{
    static char id[16];
    snprintf(id, sizeof(id), "c%d", n);
    return id;
}

void open_many(int from, int count)
{
    for (int i = from; i < from + count; i++)
        do_to(nth(i), ana(), COMMAND(REOPEN));
}

void contact_writes(const char *id)
{
    do_to(id, whatsapp(), COMMAND(CONTACT_MESSAGE, .body = BYTES("hello")));
}

void contacts_write(int count)
{
    for (int i = 0; i < count; i++)
        contact_writes(nth(i));
}

void expect_truth(const struct follower *follower)
{
    size_t position = 0;
    const struct row *row;
    while ((row = map_next(&scene.roster.rows, &position)) != NULL) {
        struct wire_row truth = wire_row_of(&row->conversation);
        const struct wire_row *shown = wire_client_find(&follower->client, truth.id);
        if (truth.list == LIST_OPEN || shown != NULL)
            cr_assert(truth.list == LIST_NONE ? shown->list == LIST_NONE
                                              : shown != NULL && wire_row_equal(shown, &truth),
                      "%s is not as it is", truth.id);
    }
    cr_assert_eq(wire_client_count(&follower->client, LIST_OPEN), scene.roster.counts.open);
    cr_assert_not(follower->client.is_behind);
}
