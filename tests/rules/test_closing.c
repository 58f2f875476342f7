#include <criterion/criterion.h>

#include "support/scene.h"

/* What ends a pause: complete, unlink, resume_bot, set_automation, expire. */

static void begin(void)
{
    scene_begin_with_contact();
    scene_do(ana(), COMMAND(REOPEN));
}

TestSuite(closing, .init = begin, .fini = scene_end);

static void expect_no_pause(void)
{
    const struct conversation *row = scene_row();
    cr_assert_eq(row->pause.kind, PAUSE_NONE);
    cr_assert_eq(row->pause_seq, 0);
    cr_assert_eq(row->bot_blocked, false);
}

/* complete. */

Test(closing, complete_lists_as_completed_and_ends_the_pause)
{
    cr_assert_eq(scene_do(ana(), COMMAND(COMPLETE)), VERDICT_DONE);
    const struct conversation *row = scene_row();
    cr_assert_eq(row->list, LIST_COMPLETED);
    cr_assert_eq(row->list_seq, row->seq);
    cr_assert_eq(row->version, 2);
    cr_assert_eq(row->last_action, ACTION_COMPLETE);
    expect_no_pause();
    cr_assert(conversation_bot_may_speak(row));
}

Test(closing, complete_ends_until_completed)
{
    scene_do(ana(), COMMAND(REOPEN, .pause = wish_until_completed()));
    scene_do(ana(), COMMAND(COMPLETE));
    expect_no_pause();
}

Test(closing, complete_keeps_the_assignee_on_record)
{
    scene_do(ana(), COMMAND(ASSIGN, .assignee = BYTES("ana")));
    scene_do(ana(), COMMAND(COMPLETE));
    cr_assert_str_eq(text_string(scene_row()->assignee), "ana");
}

Test(closing, complete_clears_waiting)
{
    cr_assert_neq(scene_row()->waiting_since_ms, 0);
    scene_do(ana(), COMMAND(COMPLETE));
    cr_assert_eq(scene_row()->waiting_since_ms, 0);
    cr_assert_eq(scene_row()->unread, 1, "what is unread stays unread");
}

Test(closing, complete_of_a_completed_and_listed_one_is_already_so)
{
    scene_do(ana(), COMMAND(COMPLETE));
    cr_assert_eq(scene_do(bea(), COMMAND(COMPLETE)), VERDICT_UNCHANGED);
}

Test(closing, complete_lists_an_unlisted_one)
{
    scene_do(ana(), COMMAND(UNLINK));
    cr_assert_eq(scene_do(ana(), COMMAND(COMPLETE)), VERDICT_DONE);
    cr_assert_eq(scene_row()->list, LIST_COMPLETED);
}

Test(closing, complete_by_another_than_the_holder_is_refused)
{
    scene_do(ana(), COMMAND(ASSIGN, .assignee = BYTES("ana")));
    cr_assert_eq(scene_refuses(bea(), COMMAND(COMPLETE)), REASON_NOT_HOLDER);
    cr_assert_eq(scene_row()->list, LIST_OPEN);
}

Test(closing, complete_by_a_supervisor_is_done)
{
    scene_do(ana(), COMMAND(ASSIGN, .assignee = BYTES("ana")));
    cr_assert_eq(scene_do(sol(), COMMAND(COMPLETE)), VERDICT_DONE);
}

Test(closing, complete_of_an_unassigned_one_is_any_agents)
{
    cr_assert_eq(scene_do(bea(), COMMAND(COMPLETE)), VERDICT_DONE);
}

Test(closing, complete_is_refused_if_the_contact_has_written_since)
{
    scene_do(whatsapp(), COMMAND(CONTACT_MESSAGE, .body = BYTES("one more thing")));
    cr_assert_eq(scene_refuses(ana(), COMMAND(COMPLETE, .seen = seen(1))), REASON_CONTACT_WROTE);
    cr_assert_eq(scene_do(ana(), COMMAND(COMPLETE, .seen = seen(scene.roster.seq))), VERDICT_DONE);
}

Test(closing, complete_that_does_not_say_what_was_seen_is_not_refused)
{
    scene_do(whatsapp(), COMMAND(CONTACT_MESSAGE, .body = BYTES("one more thing")));
    cr_assert_eq(scene_do(ana(), COMMAND(COMPLETE)), VERDICT_DONE);
}

/* unlink. */

Test(closing, unlink_takes_it_from_both_lists_and_from_its_assignee)
{
    scene_do(ana(), COMMAND(ASSIGN, .assignee = BYTES("ana")));
    cr_assert_eq(scene_do(ana(), COMMAND(UNLINK)), VERDICT_DONE);
    const struct conversation *row = scene_row();
    cr_assert_eq(row->list, LIST_NONE);
    cr_assert_eq(row->list_seq, row->seq);
    cr_assert_null(row->assignee);
    cr_assert_eq(row->waiting_since_ms, 0);
    expect_no_pause();
}

Test(closing, unlink_of_a_completed_one_is_done)
{
    scene_do(ana(), COMMAND(COMPLETE));
    cr_assert_eq(scene_do(ana(), COMMAND(UNLINK)), VERDICT_DONE);
    cr_assert_eq(scene_row()->list, LIST_NONE);
}

Test(closing, unlink_of_an_unlisted_one_is_already_so)
{
    scene_do(ana(), COMMAND(UNLINK));
    cr_assert_eq(scene_do(ana(), COMMAND(UNLINK)), VERDICT_UNCHANGED);
}

Test(closing, unlink_is_the_holders_or_a_supervisors)
{
    scene_do(ana(), COMMAND(ASSIGN, .assignee = BYTES("ana")));
    cr_assert_eq(scene_refuses(bea(), COMMAND(UNLINK)), REASON_NOT_HOLDER);
    cr_assert_eq(scene_do(sol(), COMMAND(UNLINK)), VERDICT_DONE);
}

/* resume_bot. */

Test(closing, resume_bot_ends_the_pause_and_stays_as_it_is_otherwise)
{
    scene_do(ana(), COMMAND(ASSIGN, .assignee = BYTES("ana")));
    cr_assert_eq(scene_do(bea(), COMMAND(RESUME_BOT)), VERDICT_DONE);
    const struct conversation *row = scene_row();
    cr_assert_eq(row->list, LIST_OPEN);
    cr_assert_str_eq(text_string(row->assignee), "ana");
    cr_assert_neq(row->waiting_since_ms, 0);
    expect_no_pause();
    cr_assert(conversation_bot_may_speak(row));
}

Test(closing, resume_bot_without_a_pause_is_already_so)
{
    scene_do(ana(), COMMAND(RESUME_BOT));
    cr_assert_eq(scene_do(ana(), COMMAND(RESUME_BOT)), VERDICT_UNCHANGED);
}

/* set_automation. */

Test(closing, disabling_the_automation_ends_the_pause)
{
    cr_assert_eq(scene_do(ana(), COMMAND(SET_AUTOMATION, .enabled = false)), VERDICT_DONE);
    cr_assert_eq(scene_row()->automation_enabled, false);
    cr_assert_eq(scene_row()->list, LIST_OPEN);
    expect_no_pause();
    cr_assert_not(conversation_bot_may_speak(scene_row()));
}

Test(closing, disabling_the_automation_opens_where_the_contact_waits)
{
    scene_do(ana(), COMMAND(UNLINK));
    scene_do(whatsapp(), COMMAND(CONTACT_MESSAGE, .body = BYTES("hello?")));
    cr_assert_eq(scene_row()->list, LIST_NONE);
    scene_do(ana(), COMMAND(SET_AUTOMATION, .enabled = false));
    cr_assert_eq(scene_row()->list, LIST_OPEN);
    cr_assert_eq(scene_row()->list_seq, scene_row()->seq);
}

Test(closing, disabling_the_automation_opens_nothing_where_nobody_waits)
{
    scene_do(ana(), COMMAND(COMPLETE));
    scene_do(ana(), COMMAND(SET_AUTOMATION, .enabled = false));
    cr_assert_eq(scene_row()->list, LIST_COMPLETED);
}

Test(closing, enabling_the_automation_while_open_starts_the_default_pause)
{
    scene_do(ana(), COMMAND(SET_AUTOMATION, .enabled = false));
    cr_assert_eq(scene_do(ana(), COMMAND(SET_AUTOMATION, .enabled = true)), VERDICT_DONE);
    cr_assert_eq(scene_row()->pause.kind, PAUSE_UNTIL);
    cr_assert_eq(scene_row()->pause.until_ms, NOON_MS + HOUR_MS);
}

Test(closing, enabling_the_automation_while_completed_starts_no_pause)
{
    scene_do(ana(), COMMAND(COMPLETE));
    scene_do(ana(), COMMAND(SET_AUTOMATION, .enabled = false));
    scene_do(ana(), COMMAND(SET_AUTOMATION, .enabled = true));
    cr_assert_eq(scene_row()->list, LIST_COMPLETED);
    expect_no_pause();
}

Test(closing, setting_the_automation_as_it_is_is_already_so)
{
    scene_do(ana(), COMMAND(RESUME_BOT)); /* open without a pause: still no reason to start one */
    cr_assert_eq(scene_do(ana(), COMMAND(SET_AUTOMATION, .enabled = true)), VERDICT_UNCHANGED);
    scene_do(ana(), COMMAND(SET_AUTOMATION, .enabled = false));
    cr_assert_eq(scene_do(ana(), COMMAND(SET_AUTOMATION, .enabled = false)), VERDICT_UNCHANGED);
}

/* expire. */

Test(closing, expire_ends_the_pause_and_stays_open)
{
    scene_wait(HOUR_MS);
    int64_t pause_seq = scene_row()->pause_seq;
    cr_assert_eq(scene_do(the_server(), COMMAND(EXPIRE, .due_seq = pause_seq)), VERDICT_DONE);
    const struct conversation *row = scene_row();
    cr_assert_eq(row->list, LIST_OPEN);
    cr_assert_eq(row->version, 2);
    cr_assert_eq(row->last_action, ACTION_EXPIRE);
    cr_assert_eq(row->last_role, ROLE_SERVER);
    cr_assert_null(row->last_by);
    expect_no_pause();
    cr_assert_eq(scene.last.transitions_count, 1);
}

Test(closing, expire_a_millisecond_early_is_unchanged)
{
    scene_wait(HOUR_MS - 1);
    int64_t pause_seq = scene_row()->pause_seq;
    cr_assert_eq(scene_do(the_server(), COMMAND(EXPIRE, .due_seq = pause_seq)), VERDICT_UNCHANGED);
    cr_assert_eq(scene_row()->pause.kind, PAUSE_UNTIL);
}

Test(closing, expire_of_an_earlier_pause_is_unchanged)
{
    int64_t pause_seq = scene_row()->pause_seq;
    scene_do(ana(), COMMAND(REOPEN, .pause = wish_for(MINUTE_MS)));
    scene_wait(2 * HOUR_MS);
    cr_assert_eq(scene_do(the_server(), COMMAND(EXPIRE, .due_seq = pause_seq)), VERDICT_UNCHANGED);
    cr_assert_eq(scene.last.transitions_count, 0);
}

Test(closing, expire_without_a_pause_is_unchanged)
{
    int64_t pause_seq = scene_row()->pause_seq;
    scene_do(ana(), COMMAND(RESUME_BOT));
    scene_wait(2 * HOUR_MS);
    cr_assert_eq(scene_do(the_server(), COMMAND(EXPIRE, .due_seq = pause_seq)), VERDICT_UNCHANGED);
}

Test(closing, until_completed_never_expires)
{
    scene_do(ana(), COMMAND(REOPEN, .pause = wish_until_completed()));
    scene_wait(1000 * HOUR_MS);
    int64_t pause_seq = scene_row()->pause_seq;
    cr_assert_eq(scene_do(the_server(), COMMAND(EXPIRE, .due_seq = pause_seq)), VERDICT_UNCHANGED);
    cr_assert_eq(scene_refuses(bot(), COMMAND(BOT_MESSAGE, .body = BYTES("hi"))), REASON_PAUSED);
}
