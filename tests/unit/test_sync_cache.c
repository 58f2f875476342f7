#include <criterion/criterion.h>

#include "support/follower.h"

/* Clients that have read as far share a frame, and none gets what was true for another. */

TestSuite(sync_cache, .init = follower_begin, .fini = follower_end);

Test(sync_cache, clients_at_the_same_cursor_share_one_frame)
{
    contact_writes("c1");
    struct follower one;
    struct follower two;
    follow_fresh(&one);
    follow_fresh(&two);
    struct frame *of_one = step(&one);
    struct frame *of_two = step(&two);
    cr_assert_eq(of_one, of_two);
    frame_unref(&of_one);
    frame_unref(&of_two);
    do_to("c1", ana(), COMMAND(REOPEN));
    of_one = step(&one);
    of_two = step(&two);
    cr_assert_not_null(of_one);
    cr_assert_eq(of_one, of_two);
    frame_unref(&of_one);
    frame_unref(&of_two);
    finish_both(&one, &two);
}

Test(sync_cache, a_client_that_resumed_shares_frames_with_one_that_stayed_once_both_are_at_the_tail)
{
    contact_writes("c1");
    do_to("c1", ana(), COMMAND(REOPEN));
    struct follower one;
    struct follower two;
    follow_fresh(&one);
    follow_fresh(&two);
    read_all(&one);
    read_all(&two);
    do_to("c1", ana(), COMMAND(COMPLETE));
    follow_again(&two);
    read_all(&one);
    read_all(&two);
    do_to("c1", ana(), COMMAND(REOPEN));
    struct frame *of_one = step(&one);
    struct frame *of_two = step(&two);
    cr_assert_eq(of_one, of_two);
    frame_unref(&of_one);
    frame_unref(&of_two);
    finish_both(&one, &two);
}

Test(sync_cache, who_reads_later_gets_what_is_true_then_and_not_what_another_was_sent)
{
    contact_writes("c1");
    struct follower one;
    struct follower two;
    follow_fresh(&one);
    follow_fresh(&two);
    read_all(&one);
    read_all(&two);
    do_to("c1", ana(), COMMAND(REOPEN));
    read_all(&one);
    do_to("c1", ana(), COMMAND(COMPLETE));
    cr_assert_eq(read_all(&two), 1);
    expect_truth(&two);
    finish_both(&one, &two);
}

Test(sync_cache, more_cursors_than_the_cache_holds_all_get_the_truth)
{
    struct follower all[2 * SYNC_CACHE_SIZE];
    for (int i = 0; i < 2 * SYNC_CACHE_SIZE; i++) {
        contact_writes(nth(i));
        do_to(nth(i), ana(), COMMAND(REOPEN));
        follow_fresh(&all[i]);
        read_all(&all[i]);
    }
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 2 * SYNC_CACHE_SIZE; i++)
            read_all(&all[i]);
    for (int i = 0; i < 2 * SYNC_CACHE_SIZE; i++) {
        expect_truth(&all[i]);
        wire_client_finish(&all[i].client);
    }
}
