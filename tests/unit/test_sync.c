#include <criterion/criterion.h>
#include <stdio.h>

#include "protocol/limits.h"
#include "support/follower.h"
#include "support/scene.h"

/* The walk: what a cursor is told, and that a client who keeps rows as PROTOCOL.md says ends up with the
 * truth. */

TestSuite(sync, .init = follower_begin, .fini = follower_end);

/* From nothing. */

Test(sync, a_fresh_client_of_an_empty_workspace_gets_one_frame_with_counts)
{
    struct follower one;
    follow_fresh(&one);
    cr_assert_eq(read_all(&one), 1);
    cr_assert(one.client.last.fresh && one.client.last.has_digest);
    cr_assert_eq(one.client.last.rows_count, 0);
    wire_client_finish(&one.client);
}

Test(sync, a_fresh_client_gets_all_open_rows_in_bounded_pieces)
{
    contacts_write(2 * LIMIT_SYNC_ROWS + 7);
    open_many(0, 2 * LIMIT_SYNC_ROWS + 7);
    struct follower one;
    follow_fresh(&one);
    int frames = 0;
    struct frame *frame;
    while ((frame = step(&one)) != NULL) {
        cr_assert_leq(one.client.last.rows_count, LIMIT_SYNC_ROWS);
        cr_assert_eq(one.client.last.fresh, frames == 0, "only the first frame is fresh");
        cr_assert_eq(one.client.last.has_digest, frames == 2, "counts stand at the tail only");
        frame_unref(&frame);
        frames++;
    }
    cr_assert_eq(frames, 3);
    expect_truth(&one);
    wire_client_finish(&one.client);
}

Test(sync, a_fresh_client_gets_the_newest_completed_rows_only)
{
    for (int i = 0; i < LIMIT_COMPLETED_ROWS + 20; i++) {
        contact_writes(nth(i));
        do_to(nth(i), ana(), COMMAND(COMPLETE));
    }
    /* It was completed long ago: that something has happened to it since does not make it new. */
    contact_writes("c3");
    struct follower one;
    follow_fresh(&one);
    read_all(&one);
    cr_assert_eq(wire_client_count(&one.client, LIST_COMPLETED), LIMIT_COMPLETED_ROWS);
    cr_assert_null(wire_client_find(&one.client, "c3"));
    cr_assert_null(wire_client_find(&one.client, "c19"));
    cr_assert_not_null(wire_client_find(&one.client, "c20"));
    wire_client_finish(&one.client);
}

Test(sync, a_fresh_client_hears_of_no_conversation_that_is_in_no_list)
{
    contact_writes("c1");
    contact_writes("c2");
    do_to("c2", ana(), COMMAND(REOPEN));
    do_to("c2", ana(), COMMAND(UNLINK));
    struct follower one;
    follow_fresh(&one);
    read_all(&one);
    cr_assert_eq(one.client.rows_count, 0);
    wire_client_finish(&one.client);
}

Test(sync, what_happens_during_the_first_walk_is_in_it)
{
    contacts_write(3 * LIMIT_SYNC_ROWS);
    open_many(0, 3 * LIMIT_SYNC_ROWS);
    struct follower one;
    follow_fresh(&one);
    struct frame *frame = step(&one);
    frame_unref(&frame);
    do_to("c0", ana(), COMMAND(UNLINK));     /* sent already */
    do_to("c1", ana(), COMMAND(COMPLETE));   /* likewise */
    do_to("c500", ana(), COMMAND(UNLINK));   /* not sent yet */
    do_to("c501", ana(), COMMAND(COMPLETE)); /* likewise */
    contact_writes("new");
    do_to("new", ana(), COMMAND(REOPEN));
    read_all(&one);
    expect_truth(&one);
    cr_assert_eq(wire_client_count(&one.client, LIST_COMPLETED), 2);
    wire_client_finish(&one.client);
}

/* Live. */

Test(sync, a_client_at_the_tail_gets_each_change_with_counts)
{
    contact_writes("c1");
    struct follower one;
    follow_fresh(&one);
    read_all(&one);
    do_to("c1", ana(), COMMAND(REOPEN));
    cr_assert_eq(read_all(&one), 1);
    cr_assert_eq(one.client.last.rows_count, 1);
    cr_assert(one.client.last.has_digest);
    cr_assert_eq(one.client.last.open, 1);
    expect_truth(&one);
    wire_client_finish(&one.client);
}

Test(sync, a_slow_client_gets_each_row_once_as_it_stands)
{
    contact_writes("c1");
    contact_writes("c2");
    struct follower one;
    follow_fresh(&one);
    read_all(&one);
    for (int i = 0; i < 50; i++) {
        do_to("c1", ana(), COMMAND(SEND_MESSAGE, .body = BYTES("one moment")));
        do_to("c2", ana(), COMMAND(SEND_MESSAGE, .body = BYTES("one moment")));
    }
    cr_assert_eq(read_all(&one), 1);
    cr_assert_eq(one.client.last.rows_count, 2);
    expect_truth(&one);
    wire_client_finish(&one.client);
}

Test(sync, what_only_the_bot_has_is_not_pushed)
{
    contact_writes("c1");
    do_to("c1", ana(), COMMAND(REOPEN));
    struct follower one;
    follow_fresh(&one);
    read_all(&one);
    contact_writes("c2");
    do_to("c2", bot(), COMMAND(BOT_MESSAGE, .body = BYTES("hi")));
    cr_assert_eq(read_all(&one), 0);
    cr_assert_not(cursor_is_behind(&one.cursor, &scene.roster));
    do_to("c1", ana(), COMMAND(COMPLETE));
    cr_assert_eq(read_all(&one), 1);
    expect_truth(&one);
    wire_client_finish(&one.client);
}

Test(sync, an_unlisted_row_is_told_to_whom_has_seen_it)
{
    contact_writes("c1");
    do_to("c1", ana(), COMMAND(REOPEN));
    struct follower one;
    follow_fresh(&one);
    read_all(&one);
    do_to("c1", ana(), COMMAND(UNLINK));
    cr_assert_eq(read_all(&one), 1);
    cr_assert_eq(wire_client_find(&one.client, "c1")->list, LIST_NONE);
    contact_writes("c1");
    cr_assert_eq(read_all(&one), 0,
                 "it was told that it is gone; what the bot does with it is not its business");
    wire_client_finish(&one.client);
}

/* A client that has seen "x" open falls behind: "x" leaves its list, so much else changes that it takes two
 * pieces, and "x" moves on behind the end of the first, its leaving in front of it. */
static void fall_behind(struct follower *slow)
{
    contacts_write(LIMIT_SYNC_ROWS + 10);
    contact_writes("x");
    do_to("x", ana(), COMMAND(REOPEN));
    follow_fresh(slow);
    read_all(slow);
    cr_assert_eq(wire_client_find(&slow->client, "x")->list, LIST_OPEN);
    do_to("x", ana(), COMMAND(UNLINK));
    open_many(0, LIMIT_SYNC_ROWS + 10);
    contact_writes("x");
}

Test(sync, an_unlisting_is_told_though_a_piece_ended_between_it_and_the_row_s_last_change)
{
    struct follower slow;
    fall_behind(&slow);
    cr_assert_eq(read_all(&slow), 2);
    cr_assert_eq(wire_client_find(&slow.client, "x")->list, LIST_NONE);
    expect_truth(&slow);
    wire_client_finish(&slow.client);
}

Test(sync, a_client_that_leaves_between_two_pieces_and_resumes_misses_no_unlisting)
{
    struct follower slow;
    fall_behind(&slow);
    struct frame *frame = step(&slow);
    frame_unref(&frame);
    follow_again(&slow);
    read_all(&slow);
    cr_assert_eq(wire_client_find(&slow.client, "x")->list, LIST_NONE);
    expect_truth(&slow);
    wire_client_finish(&slow.client);
}

/* Resuming. */

Test(sync, a_resume_brings_exactly_the_rows_that_changed_since)
{
    contacts_write(20);
    open_many(0, 20);
    struct follower one;
    follow_fresh(&one);
    read_all(&one);
    do_to("c3", ana(), COMMAND(COMPLETE));
    do_to("c7", ana(), COMMAND(UNLINK));
    contact_writes("c9");
    follow_again(&one);
    cr_assert_eq(read_all(&one), 1);
    cr_assert_eq(one.client.last.rows_count, 3);
    cr_assert_not(one.client.last.fresh);
    expect_truth(&one);
    wire_client_finish(&one.client);
}

Test(sync, a_resume_after_which_nothing_changed_brings_nothing)
{
    contact_writes("c1");
    struct follower one;
    follow_fresh(&one);
    read_all(&one);
    follow_again(&one);
    cr_assert_eq(read_all(&one), 0);
    wire_client_finish(&one.client);
}

/* Agents. */

Test(sync, agents_travel_with_the_rows_once)
{
    struct actor actor = ana();
    struct text *name = text_create(BYTES("Ana"));
    roster_apply_agent(&scene.roster, 1, NOON_MS, actor.id, name, ROLE_AGENT);
    struct follower one;
    follow_fresh(&one);
    cr_assert_eq(read_all(&one), 1);
    cr_assert_eq(one.client.agents_count, 1);
    cr_assert_str_eq(one.client.agents[0].name, "Ana");
    contact_writes("c1");
    do_to("c1", ana(), COMMAND(REOPEN));
    read_all(&one);
    cr_assert_eq(one.client.last.agents_count, 0);
    struct text *other = text_create(BYTES("Ana María"));
    roster_apply_agent(&scene.roster, scene.roster.seq + 1, NOON_MS, actor.id, other, ROLE_SUPERVISOR);
    cr_assert_eq(read_all(&one), 1);
    cr_assert_str_eq(one.client.agents[0].name, "Ana María");
    cr_assert_str_eq(one.client.agents[0].role, "supervisor");
    text_unref(&name);
    text_unref(&other);
    wire_client_finish(&one.client);
}

Test(sync, more_agents_than_a_frame_holds_come_in_pieces_with_the_rows_in_order)
{
    for (int i = 0; i < LIMIT_SYNC_ROWS + 30; i++) {
        char id[16];
        snprintf(id, sizeof(id), "agent%d", i);
        struct text *text = text_create(bytes_of_string(id));
        roster_apply_agent(&scene.roster, scene.roster.seq + 1, NOON_MS, text, text, ROLE_AGENT);
        text_unref(&text);
    }
    contact_writes("c1");
    do_to("c1", ana(), COMMAND(REOPEN));
    struct follower one;
    follow_fresh(&one);
    struct frame *frame = step(&one);
    cr_assert_eq(one.client.last.agents_count, LIMIT_SYNC_ROWS);
    cr_assert_eq(one.client.last.rows_count, 0, "the row comes with the piece that reaches its seq");
    frame_unref(&frame);
    read_all(&one);
    cr_assert_eq(one.client.agents_count, LIMIT_SYNC_ROWS + 30);
    expect_truth(&one);
    wire_client_finish(&one.client);
}
