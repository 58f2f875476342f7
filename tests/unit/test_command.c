#include <criterion/criterion.h>

#include "support/builders.h"

/* The fingerprint by which one id with another body is told apart. */

static struct command full_command(void)
{
    return (struct command){
        .action = ACTION_ASSIGN,
        .id = {{1}},
        .has_version = true,
        .version = 3,
        .conversation = BYTES("c1"),
        .channel = BYTES("whatsapp"),
        .name = BYTES("Rosa"),
        .body = BYTES("hello"),
        .assignee = BYTES("ana"),
        .pause = {.kind = PAUSE_WISH_FOR, .duration_ms = MINUTE_MS},
        .received = 4,
        .message = 5,
        .delivery = DELIVERY_SENT,
        .due_seq = 6,
    };
}

static uint64_t fingerprint(struct command command)
{
    struct actor actor = ana();
    return command_fingerprint(&command, &actor);
}

Test(command, a_resend_has_the_same_fingerprint)
{
    struct command resent = full_command();
    resent.resend = true;
    cr_assert_eq(fingerprint(resent), fingerprint(full_command()));
}

Test(command, what_was_sent_counts_and_not_what_is_recorded_of_it)
{
    struct command with_crlf = full_command();
    struct command with_lf = full_command();
    with_crlf.body = BYTES("one\r\ntwo");
    with_lf.body = BYTES("one\ntwo");
    cr_assert_neq(fingerprint(with_crlf), fingerprint(with_lf));
}

Test(command, the_id_is_no_part_of_the_fingerprint)
{
    struct command other = full_command();
    other.id.bytes[3] = 9;
    cr_assert_eq(fingerprint(other), fingerprint(full_command()));
}

#define EXPECT_DIFFERENT(field, value)                                                                       \
    do {                                                                                                     \
        struct command other = full_command();                                                               \
        other.field = value;                                                                                 \
        cr_assert_neq(fingerprint(other), fingerprint(full_command()), #field);                              \
    } while (0)

Test(command, every_other_field_is_part_of_the_fingerprint)
{
    EXPECT_DIFFERENT(action, ACTION_OPEN);
    EXPECT_DIFFERENT(has_version, false);
    EXPECT_DIFFERENT(version, 4);
    EXPECT_DIFFERENT(conversation, BYTES("c2"));
    EXPECT_DIFFERENT(channel, BYTES("webchat"));
    EXPECT_DIFFERENT(name, BYTES("Rose"));
    EXPECT_DIFFERENT(body, BYTES("hullo"));
    EXPECT_DIFFERENT(assignee, BYTES("bea"));
    EXPECT_DIFFERENT(pause.kind, PAUSE_WISH_DEFAULT);
    EXPECT_DIFFERENT(pause.duration_ms, HOUR_MS);
    EXPECT_DIFFERENT(enabled, true);
    EXPECT_DIFFERENT(seen.kind, SEEN_ANY);
    EXPECT_DIFFERENT(seen.seq, 8);
    EXPECT_DIFFERENT(take, true);
    EXPECT_DIFFERENT(received, 5);
    EXPECT_DIFFERENT(message, 6);
    EXPECT_DIFFERENT(delivery, DELIVERY_FAILED);
    EXPECT_DIFFERENT(due_seq, 7);
}

Test(command, in_which_history_a_place_was_seen_is_no_part_of_the_fingerprint)
{
    struct command other = full_command();
    other.seen_epoch = BYTES("7:1");
    other.has_seen_mark = true;
    other.seen_mark_ms = NOON_MS;
    cr_assert_eq(fingerprint(other), fingerprint(full_command()));
}

Test(command, who_asks_is_part_of_the_fingerprint)
{
    struct command command = full_command();
    struct actor agent = ana();
    struct actor other = bea();
    struct actor promoted = {.role = ROLE_SUPERVISOR, .id = agent.id};
    cr_assert_neq(command_fingerprint(&command, &agent), command_fingerprint(&command, &other));
    cr_assert_neq(command_fingerprint(&command, &agent), command_fingerprint(&command, &promoted));
}

Test(command, bytes_do_not_move_from_one_field_to_the_next_unseen)
{
    struct command left = full_command();
    struct command right = full_command();
    left.channel = BYTES("ab");
    left.name = BYTES("c");
    right.channel = BYTES("a");
    right.name = BYTES("bc");
    cr_assert_neq(fingerprint(left), fingerprint(right));
}

/* The value was computed apart from this program, from what command.c says goes in. */
Test(command, the_fingerprint_is_stored_and_so_stays)
{
    cr_assert_eq(fingerprint(full_command()), UINT64_C(0x2F2B151246A6E3E5));
}
