#include <criterion/criterion.h>

#include "support/scene.h"

/* What somebody has seen when he answers; who waits for whom; and taking by answering. */

TestSuite(seen, .init = scene_begin_with_contact, .fini = scene_end);

static void contact_writes(void)
{
    cr_assert_eq(scene_do(whatsapp(), COMMAND(CONTACT_MESSAGE, .body = BYTES("and?"))), VERDICT_DONE);
}

static enum reason answer(struct actor actor, int64_t seen_seq)
{
    return scene_refuses(actor, COMMAND(SEND_MESSAGE, .body = BYTES("yes"), .seen = seen(seen_seq)));
}

static enum reason bot_answers(int64_t seen_seq)
{
    return scene_refuses(bot(), COMMAND(BOT_MESSAGE, .body = BYTES("yes"), .seen = seen(seen_seq)));
}

/* The scene's clock goes on, so that times tell. */
static int64_t later(void)
{
    scene_wait(MINUTE_MS);
    return scene.circumstances.now_ms;
}

Test(seen, of_two_answers_to_one_view_the_second_is_refused)
{
    int64_t view = scene.roster.seq;
    cr_assert_eq(answer(ana(), view), REASON_NONE);
    cr_assert_eq(answer(bea(), view), REASON_ANSWERED);
    cr_assert_eq(scene.last.since_seq, view + 1);
    cr_assert_eq(answer(bea(), scene.roster.seq), REASON_NONE, "all the same");
}

Test(seen, ones_own_answers_stop_nobody)
{
    int64_t view = scene.roster.seq;
    cr_assert_eq(answer(ana(), view), REASON_NONE);
    cr_assert_eq(answer(ana(), view), REASON_NONE);
}

Test(seen, ones_own_answer_does_not_hide_what_a_colleague_wrote_before_it)
{
    int64_t view = scene.roster.seq;
    scene_do(bea(), COMMAND(SEND_MESSAGE, .body = BYTES("hi"), .seen = {SEEN_ANY, 0}));
    scene_do(ana(), COMMAND(SEND_MESSAGE, .body = BYTES("hi"), .seen = {SEEN_ANY, 0}));
    scene_do(ana(), COMMAND(SEND_MESSAGE, .body = BYTES("hi"), .seen = {SEEN_ANY, 0}));
    cr_assert_eq(answer(ana(), view), REASON_ANSWERED);
    cr_assert_eq(scene.last.since_seq, view + 1);
}

Test(seen, a_person_and_a_bot_of_one_name_are_two_writers)
{
    int64_t view = scene.roster.seq;
    struct actor namesake = actor_make(ROLE_AUTOMATION, "ana");
    scene_do(namesake, COMMAND(BOT_MESSAGE, .body = BYTES("hi")));
    cr_assert_eq(answer(ana(), view), REASON_ANSWERED);
}

Test(seen, an_agent_who_became_a_supervisor_is_the_same_writer)
{
    int64_t view = scene.roster.seq;
    cr_assert_eq(answer(ana(), view), REASON_NONE);
    cr_assert_eq(answer(actor_make(ROLE_SUPERVISOR, "ana"), view), REASON_NONE);
}

Test(seen, what_the_contact_has_written_since_stops_agents_and_bots)
{
    int64_t view = scene.roster.seq;
    contact_writes();
    cr_assert_eq(bot_answers(view), REASON_CONTACT_WROTE);
    cr_assert_eq(scene.last.since_seq, view + 1);
    cr_assert_eq(answer(ana(), view), REASON_CONTACT_WROTE);
    cr_assert_eq(bot_answers(view + 1), REASON_NONE);
}

Test(seen, who_does_not_care_is_not_stopped)
{
    contact_writes();
    scene_do(bea(), COMMAND(SEND_MESSAGE, .body = BYTES("hi"), .seen = {SEEN_ANY, 0}));
    struct command command = COMMAND(SEND_MESSAGE, .body = BYTES("hi"), .seen = {SEEN_ANY, 0});
    cr_assert_eq(scene_do(ana(), command), VERDICT_DONE);
}

Test(seen, complete_and_unlink_are_stopped_by_what_came_since)
{
    int64_t view = scene.roster.seq;
    cr_assert_eq(answer(bea(), view), REASON_NONE);
    cr_assert_eq(scene_refuses(ana(), COMMAND(COMPLETE, .seen = seen(view))), REASON_ANSWERED);
    cr_assert_eq(scene_refuses(ana(), COMMAND(UNLINK, .seen = seen(view))), REASON_ANSWERED);
    cr_assert_eq(scene_do(ana(), COMMAND(UNLINK)), VERDICT_DONE, "nothing said");
}

Test(seen, a_place_beyond_the_log_is_stale)
{
    cr_assert_eq(answer(ana(), scene.roster.seq + 1), REASON_STALE);
    cr_assert_eq(answer(ana(), scene.roster.seq), REASON_NONE);
}

Test(seen, a_place_in_another_history_is_stale)
{
    scene.circumstances.is_seen_elsewhere = true;
    cr_assert_eq(answer(ana(), scene.roster.seq), REASON_STALE);
}

/* Decides on what the batch has already decided. */
static enum reason decide_on_pending(const struct decision *first, struct actor actor, struct command command)
{
    struct decision second;
    struct circumstances circumstances = scene.circumstances;
    circumstances.next_seq = -1 - first->transitions_count;
    circumstances.known_seq = INT64_MAX;
    command.id = command_id_next();
    command.conversation = BYTES("c1");
    conversation_decide(&first->transitions[first->transitions_count - 1].after, &actor, &command,
                        &circumstances, &second);
    enum reason reason = second.reason;
    if (reason == REASON_ANSWERED || reason == REASON_CONTACT_WROTE)
        cr_assert(seq_is_pending(second.since_seq));
    decision_finish(&second);
    return reason;
}

static void decide_first(struct actor actor, struct command command, struct decision *decision_r)
{
    command.id = command_id_next();
    command.conversation = BYTES("c1");
    scene.circumstances.known_seq = scene.roster.seq;
    conversation_decide(scene_row(), &actor, &command, &scene.circumstances, decision_r);
    cr_assert_eq(decision_r->verdict, VERDICT_DONE);
}

Test(seen, what_is_pending_in_the_batch_is_later_than_anything_seen)
{
    struct decision first;
    struct command command = COMMAND(SEND_MESSAGE, .body = BYTES("no"), .seen = seen(INT64_MAX / 2));
    decide_first(ana(), COMMAND(SEND_MESSAGE, .body = BYTES("yes"), .seen = seen(1)), &first);
    cr_assert_eq(decide_on_pending(&first, bea(), command), REASON_ANSWERED);
    cr_assert_eq(decide_on_pending(&first, ana(), command), REASON_NONE);
    decision_finish(&first);
    decide_first(whatsapp(), COMMAND(CONTACT_MESSAGE, .body = BYTES("no")), &first);
    cr_assert_eq(decide_on_pending(&first, ana(), command), REASON_CONTACT_WROTE);
    decision_finish(&first);
}

/* take. */

Test(seen, take_assigns_what_nobody_holds_in_the_same_transition)
{
    struct command command = COMMAND(SEND_MESSAGE, .body = BYTES("hi"), .take = true, .seen = seen(1));
    cr_assert_eq(scene_do(ana(), command), VERDICT_DONE);
    cr_assert_eq(scene.last.transitions_count, 1);
    cr_assert_str_eq(text_string(scene_row()->assignee), "ana");
    cr_assert_eq(scene_row()->list, LIST_OPEN);
    cr_assert_eq(scene_do(ana(), command), VERDICT_DONE, "he holds it");
}

Test(seen, take_from_a_colleague_is_refused_and_says_who)
{
    scene_do(bea(), COMMAND(ASSIGN, .assignee = BYTES("bea")));
    struct command command = COMMAND(SEND_MESSAGE, .body = BYTES("hi"), .take = true, .seen = seen(1));
    cr_assert_eq(scene_refuses(ana(), command), REASON_NOT_HOLDER);
    cr_assert_str_eq(text_string(scene.last.holder), "bea");
    cr_assert_eq(scene_refuses(sol(), command), REASON_NOT_HOLDER, "a supervisor assigns it first");
}

Test(seen, take_of_what_is_completed_takes_it_from_the_record)
{
    scene_do(bea(), COMMAND(ASSIGN, .assignee = BYTES("bea")));
    scene_do(bea(), COMMAND(COMPLETE));
    struct command command = COMMAND(SEND_MESSAGE, .body = BYTES("hi"), .take = true, .seen = seen(1));
    cr_assert_eq(scene_do(ana(), command), VERDICT_DONE);
    cr_assert_str_eq(text_string(scene_row()->assignee), "ana");
}

/* Waiting. */

Test(seen, a_contact_who_writes_while_the_bot_may_not_speak_waits_for_a_person)
{
    cr_assert_not(scene_row()->waits_for_person);
    scene_do(ana(), COMMAND(REOPEN));
    cr_assert_not(scene_row()->waits_for_person);
    contact_writes();
    cr_assert(scene_row()->waits_for_person);
    cr_assert_eq(scene_row()->waiting_since_ms, NOON_MS, "from his oldest message on");
}

Test(seen, a_pause_that_has_run_out_makes_nobody_wait_for_a_person)
{
    scene_do(ana(), COMMAND(REOPEN));
    scene_wait(HOUR_MS);
    contact_writes();
    cr_assert_not(scene_row()->waits_for_person);
}

Test(seen, a_handover_makes_a_contact_whom_the_bot_has_answered_wait_from_then_on)
{
    cr_assert_eq(bot_answers(1), REASON_NONE);
    cr_assert_eq(scene_row()->waiting_since_ms, 0);
    int64_t handover_ms = later();
    scene_do(bot(), COMMAND(OPEN));
    cr_assert_eq(scene_row()->waiting_since_ms, handover_ms);
    cr_assert(scene_row()->waits_for_person);
}

Test(seen, a_handover_by_assignment_does_too_and_keeps_an_older_wait)
{
    later();
    scene_do(bot(), COMMAND(ASSIGN, .assignee = BYTES("ana")));
    cr_assert_eq(scene_row()->waiting_since_ms, NOON_MS);
    cr_assert(scene_row()->waits_for_person);
}

Test(seen, nobody_waits_whom_a_person_has_answered_last_or_who_never_wrote)
{
    cr_assert_eq(answer(ana(), 1), REASON_NONE);
    scene_do(ana(), COMMAND(COMPLETE));
    scene_do(bot(), COMMAND(OPEN));
    cr_assert_eq(scene_row()->waiting_since_ms, 0);
    scene_do(bot(), COMMAND(OPEN, .conversation = BYTES("c2"), .channel = BYTES("whatsapp")));
    cr_assert_eq(scene_find("c2")->waiting_since_ms, 0);
}

Test(seen, an_agents_choice_is_no_handover)
{
    cr_assert_eq(bot_answers(1), REASON_NONE);
    scene_do(ana(), COMMAND(ASSIGN, .assignee = BYTES("bea")));
    cr_assert_eq(scene_row()->waiting_since_ms, 0);
}

Test(seen, a_bots_answer_does_not_end_a_wait_for_a_person)
{
    scene_do(bot(), COMMAND(OPEN));
    scene_wait(HOUR_MS);
    cr_assert_eq(bot_answers(scene.roster.seq), REASON_NONE);
    cr_assert_eq(scene_row()->waiting_since_ms, NOON_MS);
    cr_assert(scene_row()->waits_for_person);
    cr_assert_eq(answer(ana(), scene.roster.seq), REASON_NONE);
    cr_assert_eq(scene_row()->waiting_since_ms, 0);
    cr_assert_not(scene_row()->waits_for_person);
}

Test(seen, resuming_the_bot_lets_it_answer_a_wait_that_stays)
{
    scene_do(bot(), COMMAND(OPEN));
    scene_do(ana(), COMMAND(RESUME_BOT));
    cr_assert_eq(scene_row()->waiting_since_ms, NOON_MS);
    cr_assert_not(scene_row()->waits_for_person);
    cr_assert_eq(bot_answers(scene.roster.seq), REASON_NONE);
    cr_assert_eq(scene_row()->waiting_since_ms, 0);
}

Test(seen, completing_ends_a_wait_for_a_person)
{
    scene_do(bot(), COMMAND(OPEN));
    cr_assert_eq(scene_do(ana(), COMMAND(COMPLETE)), VERDICT_DONE);
    cr_assert_not(scene_row()->waits_for_person);
    cr_assert_eq(scene_row()->waiting_since_ms, 0);
}

/* A bot that completes. */

Test(seen, the_automation_completes_and_unlinks_what_nobody_holds_and_nobody_waits_for)
{
    cr_assert_eq(bot_answers(1), REASON_NONE);
    cr_assert_eq(scene_do(bot(), COMMAND(COMPLETE)), VERDICT_DONE);
    cr_assert_eq(scene_row()->list, LIST_COMPLETED);
    cr_assert_eq(scene_do(bot(), COMMAND(UNLINK)), VERDICT_DONE);
    cr_assert_eq(scene_row()->list, LIST_NONE);
}

Test(seen, the_automation_completes_nothing_while_it_may_not_speak_and_that_is_no_blocked_message)
{
    scene_do(ana(), COMMAND(REOPEN));
    cr_assert_eq(scene_refuses(bot(), COMMAND(COMPLETE)), REASON_PAUSED);
    cr_assert_eq(scene.last.transitions_count, 0);
    scene_do(ana(), COMMAND(SET_AUTOMATION, .enabled = false));
    cr_assert_eq(scene_refuses(bot(), COMMAND(UNLINK)), REASON_AUTOMATION_OFF);
}

Test(seen, the_automation_completes_nothing_that_somebody_holds)
{
    scene_do(ana(), COMMAND(ASSIGN, .assignee = BYTES("ana")));
    scene_do(ana(), COMMAND(RESUME_BOT));
    cr_assert_eq(scene_refuses(bot(), COMMAND(COMPLETE)), REASON_NOT_HOLDER);
}

/* Pauses. */

Test(seen, of_two_commands_in_one_batch_the_second_default_pause_is_already_so)
{
    struct decision first;
    scene_do(ana(), COMMAND(REOPEN));
    scene_wait(MINUTE_MS);
    decide_first(ana(), COMMAND(KEEP_OPEN), &first);
    struct decision second;
    struct actor actor = bea();
    struct command command = COMMAND(KEEP_OPEN, .conversation = BYTES("c1"));
    scene.circumstances.now_ms += 5; /* the stamp will be the same */
    conversation_decide(&first.transitions[0].after, &actor, &command, &scene.circumstances, &second);
    cr_assert_eq(second.verdict, VERDICT_UNCHANGED);
    decision_finish(&first);
    decision_finish(&second);
}

Test(seen, a_bot_message_behind_an_open_in_one_batch_is_blocked_until_the_stamp_and_the_pause)
{
    struct decision first;
    struct decision second;
    struct actor actor = bot();
    struct command command = COMMAND(BOT_MESSAGE, .conversation = BYTES("c1"), .body = BYTES("bye"));
    command.id = command_id_next();
    decide_first(bot(), COMMAND(OPEN, .pause = wish_for(MINUTE_MS)), &first);
    scene.circumstances.next_seq = -2;
    conversation_decide(&first.transitions[0].after, &actor, &command, &scene.circumstances, &second);
    cr_assert_eq(second.reason, REASON_PAUSED);
    pause_resolve(&second.pause, NOON_MS + 5);
    cr_assert_eq(second.pause.until_ms, NOON_MS + 5 + MINUTE_MS);
    decision_finish(&first);
    decision_finish(&second);
}

Test(seen, a_default_under_an_explicit_end_that_is_seconds_away_lengthens_it)
{
    scene_do(ana(), COMMAND(REOPEN, .pause = wish_for(MINUTE_MS)));
    scene_wait(MINUTE_MS - 2000);
    cr_assert_eq(scene_do(ana(), COMMAND(KEEP_OPEN)), VERDICT_DONE);
    cr_assert_eq(scene_row()->pause.until_ms, scene.circumstances.now_ms + HOUR_MS);
}
