#include <criterion/criterion.h>

#include "support/scene.h"

/* What opens a conversation, and the pause that starts with it: reopen, assign, send_message, open,
 * keep_open. */

TestSuite(opening, .init = scene_begin_with_contact, .fini = scene_end);

static void expect_open_until(int64_t until_ms)
{
    const struct conversation *row = scene_row();
    cr_assert_eq(row->list, LIST_OPEN);
    cr_assert_eq(row->pause.kind, PAUSE_UNTIL);
    cr_assert_eq(row->pause.until_ms, until_ms);
}

static void expect_open_until_completed(void)
{
    cr_assert_eq(scene_row()->list, LIST_OPEN);
    cr_assert_eq(scene_row()->pause.kind, PAUSE_UNTIL_COMPLETED);
}

static void disable_automation(void)
{
    cr_assert_eq(scene_do(ana(), COMMAND(SET_AUTOMATION, .enabled = false)), VERDICT_DONE);
}

/* reopen. */

Test(opening, reopen_opens_and_starts_the_default_pause)
{
    cr_assert_eq(scene_do(ana(), COMMAND(REOPEN)), VERDICT_DONE);
    expect_open_until(NOON_MS + HOUR_MS);
    const struct conversation *row = scene_row();
    cr_assert_eq(row->version, 1);
    cr_assert_eq(row->list_seq, row->seq);
    cr_assert_eq(row->pause_seq, row->seq);
    cr_assert_eq(row->last_action, ACTION_REOPEN);
    cr_assert_eq(row->last_role, ROLE_AGENT);
    cr_assert_str_eq(text_string(row->last_by), "ana");
    cr_assert_eq(row->last_at_ms, NOON_MS);
}

Test(opening, reopen_leaves_the_assignee)
{
    scene_do(ana(), COMMAND(ASSIGN, .assignee = BYTES("ana")));
    scene_do(ana(), COMMAND(COMPLETE));
    cr_assert_eq(scene_do(bea(), COMMAND(REOPEN)), VERDICT_DONE);
    cr_assert_str_eq(text_string(scene_row()->assignee), "ana");
}

Test(opening, reopen_of_an_open_one_with_the_same_pause_is_already_so)
{
    scene_do(ana(), COMMAND(REOPEN));
    int64_t seq = scene.roster.seq;
    cr_assert_eq(scene_do(bea(), COMMAND(REOPEN)), VERDICT_UNCHANGED);
    cr_assert_eq(scene.roster.seq, seq);
}

Test(opening, reopen_later_extends_the_pause_and_leaves_the_place_in_the_list)
{
    scene_do(ana(), COMMAND(REOPEN));
    int64_t list_seq = scene_row()->list_seq;
    scene_wait(MINUTE_MS);
    cr_assert_eq(scene_do(bea(), COMMAND(REOPEN)), VERDICT_DONE);
    expect_open_until(NOON_MS + MINUTE_MS + HOUR_MS);
    cr_assert_eq(scene_row()->version, 2);
    cr_assert_eq(scene_row()->list_seq, list_seq);
    cr_assert_eq(scene_row()->pause_seq, scene_row()->seq);
}

Test(opening, a_default_never_shortens_a_running_pause)
{
    scene_do(ana(), COMMAND(REOPEN, .pause = wish_for(5 * HOUR_MS)));
    cr_assert_eq(scene_do(ana(), COMMAND(REOPEN)), VERDICT_UNCHANGED);
    expect_open_until(NOON_MS + 5 * HOUR_MS);
}

Test(opening, a_default_never_shortens_until_completed)
{
    scene_do(ana(), COMMAND(REOPEN, .pause = wish_until_completed()));
    cr_assert_eq(scene_do(ana(), COMMAND(REOPEN)), VERDICT_UNCHANGED);
    expect_open_until_completed();
}

Test(opening, an_explicit_time_may_shorten_a_running_pause)
{
    scene_do(ana(), COMMAND(REOPEN));
    cr_assert_eq(scene_do(ana(), COMMAND(REOPEN, .pause = wish_for(MINUTE_MS))), VERDICT_DONE);
    expect_open_until(NOON_MS + MINUTE_MS);
}

Test(opening, an_explicit_time_may_shorten_until_completed)
{
    scene_do(ana(), COMMAND(REOPEN, .pause = wish_until_completed()));
    cr_assert_eq(scene_do(ana(), COMMAND(REOPEN, .pause = wish_for(MINUTE_MS))), VERDICT_DONE);
    expect_open_until(NOON_MS + MINUTE_MS);
}

Test(opening, until_completed_is_later_than_any_time)
{
    scene_do(ana(), COMMAND(REOPEN));
    cr_assert_eq(scene_do(ana(), COMMAND(REOPEN, .pause = wish_until_completed())), VERDICT_DONE);
    expect_open_until_completed();
    cr_assert_eq(scene_do(ana(), COMMAND(REOPEN, .pause = wish_until_completed())), VERDICT_UNCHANGED);
}

Test(opening, an_explicit_pause_that_ends_when_the_running_one_does_is_already_so)
{
    scene_do(ana(), COMMAND(REOPEN));
    cr_assert_eq(scene_do(ana(), COMMAND(REOPEN, .pause = wish_for(HOUR_MS))), VERDICT_UNCHANGED);
}

Test(opening, reopen_with_automation_disabled_starts_no_pause)
{
    disable_automation();
    scene_do(ana(), COMMAND(COMPLETE));
    cr_assert_eq(scene_do(ana(), COMMAND(REOPEN, .pause = wish_for(HOUR_MS))), VERDICT_DONE);
    cr_assert_eq(scene_row()->list, LIST_OPEN);
    cr_assert_eq(scene_row()->pause.kind, PAUSE_NONE);
    cr_assert_eq(scene_do(ana(), COMMAND(REOPEN, .pause = wish_for(HOUR_MS))), VERDICT_UNCHANGED);
}

Test(opening, reopen_after_resume_pauses_again)
{
    scene_do(ana(), COMMAND(REOPEN));
    scene_do(ana(), COMMAND(RESUME_BOT));
    cr_assert_eq(scene_do(ana(), COMMAND(REOPEN)), VERDICT_DONE);
    expect_open_until(NOON_MS + HOUR_MS);
}

/* assign. */

Test(opening, assign_to_an_agent_opens_and_starts_a_pause)
{
    cr_assert_eq(scene_do(ana(), COMMAND(ASSIGN, .assignee = BYTES("bea"))), VERDICT_DONE);
    expect_open_until(NOON_MS + HOUR_MS);
    cr_assert_str_eq(text_string(scene_row()->assignee), "bea");
    cr_assert_eq(scene_row()->version, 1, "all of it counts once");
}

Test(opening, assign_takes_an_explicit_pause)
{
    scene_do(bot(), COMMAND(ASSIGN, .assignee = BYTES("bea"), .pause = wish_until_completed()));
    expect_open_until_completed();
}

Test(opening, any_agent_may_reassign)
{
    scene_do(ana(), COMMAND(ASSIGN, .assignee = BYTES("ana")));
    cr_assert_eq(scene_do(bea(), COMMAND(ASSIGN, .assignee = BYTES("bea"))), VERDICT_DONE);
    cr_assert_str_eq(text_string(scene_row()->assignee), "bea");
    cr_assert_eq(scene_do(bot(), COMMAND(ASSIGN, .assignee = BYTES("ana"))), VERDICT_DONE);
    cr_assert_str_eq(text_string(scene_row()->assignee), "ana");
}

Test(opening, assign_to_the_same_agent_with_the_same_pause_is_already_so)
{
    scene_do(ana(), COMMAND(ASSIGN, .assignee = BYTES("ana")));
    cr_assert_eq(scene_do(bea(), COMMAND(ASSIGN, .assignee = BYTES("ana"))), VERDICT_UNCHANGED);
}

Test(opening, assign_to_the_same_agent_with_a_longer_pause_is_done)
{
    scene_do(ana(), COMMAND(ASSIGN, .assignee = BYTES("ana")));
    scene_wait(1);
    cr_assert_eq(scene_do(ana(), COMMAND(ASSIGN, .assignee = BYTES("ana"))), VERDICT_DONE);
    expect_open_until(NOON_MS + 1 + HOUR_MS);
}

Test(opening, assign_to_the_same_agent_opens_a_completed_one)
{
    scene_do(ana(), COMMAND(ASSIGN, .assignee = BYTES("ana")));
    scene_do(ana(), COMMAND(COMPLETE));
    cr_assert_eq(scene_do(ana(), COMMAND(ASSIGN, .assignee = BYTES("ana"))), VERDICT_DONE);
    expect_open_until(NOON_MS + HOUR_MS);
}

Test(opening, assign_to_an_unknown_agent_is_refused)
{
    scene.circumstances.assignee_is_known = false;
    cr_assert_eq(scene_refuses(ana(), COMMAND(ASSIGN, .assignee = BYTES("nobody"))), REASON_UNKNOWN_AGENT);
    cr_assert_eq(scene_row()->list, LIST_NONE);
}

Test(opening, release_clears_the_assignee_and_nothing_else)
{
    scene_do(ana(), COMMAND(ASSIGN, .assignee = BYTES("ana")));
    struct pause pause = scene_row()->pause;
    int64_t pause_seq = scene_row()->pause_seq;
    scene_wait(MINUTE_MS);
    scene.circumstances.assignee_is_known = false; /* nobody is no agent */
    cr_assert_eq(scene_do(ana(), COMMAND(ASSIGN)), VERDICT_DONE);
    const struct conversation *row = scene_row();
    cr_assert_null(row->assignee);
    cr_assert(pause_equal(row->pause, pause));
    cr_assert_eq(row->pause_seq, pause_seq);
    cr_assert_eq(row->list, LIST_OPEN);
    cr_assert_eq(row->version, 2);
}

Test(opening, release_does_not_open_a_completed_one)
{
    scene_do(ana(), COMMAND(ASSIGN, .assignee = BYTES("ana")));
    scene_do(ana(), COMMAND(COMPLETE));
    cr_assert_eq(scene_do(ana(), COMMAND(ASSIGN)), VERDICT_DONE);
    cr_assert_eq(scene_row()->list, LIST_COMPLETED);
    cr_assert_null(scene_row()->assignee);
}

Test(opening, release_of_an_unassigned_one_is_already_so)
{
    scene_do(ana(), COMMAND(REOPEN));
    scene_wait(MINUTE_MS);
    cr_assert_eq(scene_do(ana(), COMMAND(ASSIGN)), VERDICT_UNCHANGED);
}

/* send_message. */

Test(opening, send_message_opens_and_starts_a_pause)
{
    cr_assert_eq(scene_do(ana(), COMMAND(SEND_MESSAGE, .body = BYTES("hi"))), VERDICT_DONE);
    expect_open_until(NOON_MS + HOUR_MS);
    cr_assert_eq(scene_row()->version, 1);
    cr_assert_null(scene_row()->assignee);
}

Test(opening, send_message_never_shortens_a_running_pause)
{
    scene_do(ana(), COMMAND(REOPEN, .pause = wish_for(2 * HOUR_MS)));
    scene_do(ana(), COMMAND(SEND_MESSAGE, .body = BYTES("hi")));
    expect_open_until(NOON_MS + 2 * HOUR_MS);
}

Test(opening, send_message_without_another_pause_changes_no_version)
{
    scene_do(ana(), COMMAND(REOPEN));
    int64_t pause_seq = scene_row()->pause_seq;
    cr_assert_eq(scene_do(bea(), COMMAND(SEND_MESSAGE, .body = BYTES("hi"))), VERDICT_DONE);
    const struct conversation *row = scene_row();
    cr_assert_eq(row->version, 1);
    cr_assert_eq(row->last_action, ACTION_REOPEN);
    cr_assert_str_eq(text_string(row->last_by), "ana");
    cr_assert_eq(row->pause_seq, pause_seq);
    cr_assert_eq(row->seq, scene.roster.seq);
}

/* open (action block). */

Test(opening, an_action_block_opens_and_assigns_nobody)
{
    cr_assert_eq(scene_do(bot(), COMMAND(OPEN)), VERDICT_DONE);
    expect_open_until(NOON_MS + HOUR_MS);
    cr_assert_null(scene_row()->assignee);
    cr_assert_eq(scene_row()->last_role, ROLE_AUTOMATION);
}

Test(opening, an_action_block_assigns_what_was_not_open_to_nobody)
{
    scene_do(ana(), COMMAND(ASSIGN, .assignee = BYTES("ana")));
    scene_do(ana(), COMMAND(COMPLETE));
    cr_assert_str_eq(text_string(scene_row()->assignee), "ana", "on record");
    scene_do(bot(), COMMAND(OPEN));
    cr_assert_null(scene_row()->assignee);
}

Test(opening, an_action_block_leaves_the_holder_of_an_open_one)
{
    scene_do(ana(), COMMAND(ASSIGN, .assignee = BYTES("ana")));
    scene_do(ana(), COMMAND(RESUME_BOT));
    cr_assert_eq(scene_do(bot(), COMMAND(OPEN)), VERDICT_DONE);
    cr_assert_str_eq(text_string(scene_row()->assignee), "ana");
}

Test(opening, what_nobody_chose_for_anybody_is_assigned_to_nobody)
{
    scene_do(ana(), COMMAND(ASSIGN, .assignee = BYTES("ana")));
    scene_do(ana(), COMMAND(COMPLETE));
    scene_do(whatsapp(), COMMAND(CONTACT_MESSAGE, .body = BYTES("hi")));
    cr_assert_str_eq(text_string(scene_row()->assignee), "ana", "it did not open");
    scene_do(ana(), COMMAND(SET_AUTOMATION, .enabled = false));
    cr_assert_eq(scene_row()->list, LIST_OPEN, "he waits");
    cr_assert_null(scene_row()->assignee);

    scene_do(ana(), COMMAND(ASSIGN, .assignee = BYTES("ana")));
    scene_do(ana(), COMMAND(COMPLETE));
    scene_do(whatsapp(), COMMAND(CONTACT_MESSAGE, .body = BYTES("hi")));
    cr_assert_eq(scene_row()->list, LIST_OPEN, "nobody else would answer");
    cr_assert_null(scene_row()->assignee);
}

Test(opening, an_agent_brings_back_who_is_on_record)
{
    scene_do(ana(), COMMAND(ASSIGN, .assignee = BYTES("ana")));
    scene_do(ana(), COMMAND(COMPLETE));
    scene_do(bea(), COMMAND(REOPEN));
    cr_assert_str_eq(text_string(scene_row()->assignee), "ana");
    scene_do(ana(), COMMAND(COMPLETE));
    scene_do(bea(), COMMAND(SEND_MESSAGE, .body = BYTES("hi")));
    cr_assert_str_eq(text_string(scene_row()->assignee), "ana");
}

Test(opening, release_is_for_the_holder_and_supervisors)
{
    scene_do(ana(), COMMAND(ASSIGN, .assignee = BYTES("ana")));
    cr_assert_eq(scene_refuses(bea(), COMMAND(ASSIGN)), REASON_NOT_HOLDER);
    cr_assert_str_eq(text_string(scene.last.holder), "ana");
    cr_assert_eq(scene_do(sol(), COMMAND(ASSIGN)), VERDICT_DONE);
}

Test(opening, release_of_what_is_completed_is_any_agents)
{
    scene_do(ana(), COMMAND(ASSIGN, .assignee = BYTES("ana")));
    scene_do(ana(), COMMAND(COMPLETE));
    cr_assert_eq(scene_do(bea(), COMMAND(ASSIGN)), VERDICT_DONE);
}

Test(opening, release_by_the_automation_needs_a_pause_or_nobody)
{
    scene_do(ana(), COMMAND(ASSIGN, .assignee = BYTES("ana")));
    scene_do(ana(), COMMAND(RESUME_BOT));
    cr_assert_eq(scene_refuses(bot(), COMMAND(ASSIGN)), REASON_NOT_HOLDER);
    scene_do(ana(), COMMAND(KEEP_OPEN));
    cr_assert_eq(scene_do(bot(), COMMAND(ASSIGN)), VERDICT_DONE);
}

Test(opening, the_automation_is_no_holder_by_a_name_that_an_agent_has)
{
    scene_do(ana(), COMMAND(ASSIGN, .assignee = BYTES("ana")));
    scene_do(ana(), COMMAND(RESUME_BOT));
    struct actor namesake = actor_make(ROLE_AUTOMATION, "ana");
    cr_assert_eq(scene_refuses(namesake, COMMAND(ASSIGN)), REASON_NOT_HOLDER);
    cr_assert_eq(scene_refuses(namesake, COMMAND(COMPLETE)), REASON_NOT_HOLDER);
}

Test(opening, an_action_block_on_an_open_and_paused_one_is_already_so_even_if_it_would_extend)
{
    scene_do(ana(), COMMAND(REOPEN));
    scene_wait(30 * MINUTE_MS);
    cr_assert_eq(scene_do(bot(), COMMAND(OPEN)), VERDICT_UNCHANGED);
    expect_open_until(NOON_MS + HOUR_MS);
}

Test(opening, an_action_block_with_an_explicit_pause_only_lengthens_a_running_one)
{
    scene_do(ana(), COMMAND(REOPEN));
    cr_assert_eq(scene_do(bot(), COMMAND(OPEN, .pause = wish_for(HOUR_MS))), VERDICT_UNCHANGED);
    cr_assert_eq(scene_do(bot(), COMMAND(OPEN, .pause = wish_for(MINUTE_MS))), VERDICT_UNCHANGED);
    expect_open_until(NOON_MS + HOUR_MS);
    cr_assert_eq(scene_do(bot(), COMMAND(OPEN, .pause = wish_for(2 * HOUR_MS))), VERDICT_DONE);
    expect_open_until(NOON_MS + 2 * HOUR_MS);
    cr_assert_eq(scene_do(bot(), COMMAND(OPEN, .pause = wish_until_completed())), VERDICT_DONE);
    expect_open_until_completed();
}

Test(opening, an_action_block_on_an_open_one_without_pause_starts_one)
{
    scene_do(ana(), COMMAND(REOPEN));
    scene_do(ana(), COMMAND(RESUME_BOT));
    cr_assert_eq(scene_do(bot(), COMMAND(OPEN)), VERDICT_DONE);
    expect_open_until(NOON_MS + HOUR_MS);
}

Test(opening, an_action_block_on_an_open_one_with_automation_disabled_is_already_so)
{
    disable_automation(); /* the contact waits, so this opens */
    cr_assert_eq(scene_row()->list, LIST_OPEN);
    cr_assert_eq(scene_do(bot(), COMMAND(OPEN)), VERDICT_UNCHANGED);
    cr_assert_eq(scene_do(bot(), COMMAND(OPEN, .pause = wish_for(HOUR_MS))), VERDICT_UNCHANGED);
}

/* keep_open. */

Test(opening, keep_open_starts_the_pause_again)
{
    scene_do(ana(), COMMAND(REOPEN));
    scene_wait(30 * MINUTE_MS);
    cr_assert_eq(scene_do(bea(), COMMAND(KEEP_OPEN)), VERDICT_DONE);
    expect_open_until(NOON_MS + 90 * MINUTE_MS);
}

Test(opening, keep_open_starts_the_pause_again_also_when_it_had_run_out)
{
    scene_do(ana(), COMMAND(REOPEN));
    scene_wait(2 * HOUR_MS);
    scene_do(the_server(), COMMAND(EXPIRE, .due_seq = scene_row()->pause_seq));
    cr_assert_eq(scene_row()->pause.kind, PAUSE_NONE);
    cr_assert_eq(scene_do(ana(), COMMAND(KEEP_OPEN)), VERDICT_DONE);
    expect_open_until(NOON_MS + 3 * HOUR_MS);
}

Test(opening, keep_open_that_extends_by_nothing_is_already_so)
{
    scene_do(ana(), COMMAND(REOPEN, .pause = wish_until_completed()));
    cr_assert_eq(scene_do(ana(), COMMAND(KEEP_OPEN)), VERDICT_UNCHANGED);
}

Test(opening, keep_open_takes_an_explicit_pause)
{
    scene_do(ana(), COMMAND(REOPEN));
    cr_assert_eq(scene_do(ana(), COMMAND(KEEP_OPEN, .pause = wish_until_completed())), VERDICT_DONE);
    expect_open_until_completed();
}

Test(opening, keep_open_with_automation_disabled_is_already_so)
{
    disable_automation();
    cr_assert_eq(scene_do(ana(), COMMAND(KEEP_OPEN)), VERDICT_UNCHANGED);
}

Test(opening, keep_open_of_one_that_is_not_open_is_refused)
{
    cr_assert_eq(scene_refuses(ana(), COMMAND(KEEP_OPEN)), REASON_NOT_OPEN);
    scene_do(ana(), COMMAND(COMPLETE));
    cr_assert_eq(scene_refuses(ana(), COMMAND(KEEP_OPEN)), REASON_NOT_OPEN);
}

Test(opening, keep_open_of_one_that_is_not_open_is_refused_with_automation_disabled_too)
{
    scene_do(ana(), COMMAND(COMPLETE));
    disable_automation();
    cr_assert_eq(scene_row()->list, LIST_COMPLETED);
    cr_assert_eq(scene_refuses(ana(), COMMAND(KEEP_OPEN)), REASON_NOT_OPEN);
}
