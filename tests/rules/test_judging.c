#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "core/action.h"
#include "support/scene.h"

/* What is judged before what; what creates; the `expire` in front; and decisions on top of decisions. */

TestSuite(judging, .init = scene_begin_with_contact, .fini = scene_end);

static void assign_to_ana(void)
{
    cr_assert_eq(scene_do(ana(), COMMAND(ASSIGN, .assignee = BYTES("ana"))), VERDICT_DONE);
}

/* role → exists → channel → expected version → already so → may speak → needs → holder → seen → take. */

Test(judging, role_goes_before_exists)
{
    cr_assert_eq(scene_refuses(bot(), COMMAND(REOPEN, .conversation = BYTES("c2"))), REASON_FORBIDDEN);
    cr_assert_eq(scene_refuses(ana(), COMMAND(COMPLETE, .conversation = BYTES("c2"))),
                 REASON_UNKNOWN_CONVERSATION);
}

Test(judging, role_goes_before_version)
{
    cr_assert_eq(scene_refuses(bot(), COMMAND(REOPEN, .has_version = true, .version = 7)), REASON_FORBIDDEN);
}

Test(judging, exists_goes_before_version)
{
    struct command command =
        COMMAND(COMPLETE, .conversation = BYTES("c2"), .has_version = true, .version = 7);
    cr_assert_eq(scene_refuses(ana(), command), REASON_UNKNOWN_CONVERSATION);
}

Test(judging, its_own_channel_goes_before_version)
{
    struct command command = COMMAND(CONTACT_MESSAGE, .has_version = true, .version = 7, .body = BYTES("hi"));
    cr_assert_eq(scene_refuses(webchat(), command), REASON_NOT_YOUR_CHANNEL);
    cr_assert_eq(scene_refuses(whatsapp(), command), REASON_STALE);
}

Test(judging, its_own_channel_goes_before_whether_there_is_such_a_message)
{
    struct command command = COMMAND(MESSAGE_STATUS, .message = 9, .delivery = DELIVERY_SENT);
    cr_assert_eq(scene_refuses(webchat(), command), REASON_NOT_YOUR_CHANNEL);
}

Test(judging, version_goes_before_already_so)
{
    scene_do(ana(), COMMAND(REOPEN));
    cr_assert_eq(scene_refuses(ana(), COMMAND(REOPEN, .has_version = true, .version = 0)), REASON_STALE);
    cr_assert_eq(scene_do(ana(), COMMAND(REOPEN, .has_version = true, .version = 1)), VERDICT_UNCHANGED);
}

Test(judging, version_goes_before_needs)
{
    cr_assert_eq(scene_refuses(ana(), COMMAND(KEEP_OPEN, .has_version = true, .version = 5)), REASON_STALE);
}

Test(judging, version_goes_before_holder)
{
    assign_to_ana();
    cr_assert_eq(scene_refuses(bea(), COMMAND(COMPLETE, .has_version = true, .version = 0)), REASON_STALE);
}

Test(judging, messages_and_reading_make_nothing_stale)
{
    scene_do(ana(), COMMAND(REOPEN));
    scene_do(whatsapp(), COMMAND(CONTACT_MESSAGE, .body = BYTES("hi")));
    scene_do(ana(), COMMAND(MARK_READ, .received = 2));
    cr_assert_eq(scene_do(ana(), COMMAND(COMPLETE, .has_version = true, .version = 1)), VERDICT_DONE);
}

Test(judging, already_so_goes_before_contact_wrote)
{
    scene_do(ana(), COMMAND(COMPLETE));
    scene_do(whatsapp(), COMMAND(CONTACT_MESSAGE, .body = BYTES("hi")));
    cr_assert_eq(scene_do(ana(), COMMAND(COMPLETE, .seen = seen(1))), VERDICT_UNCHANGED);
}

Test(judging, already_so_goes_before_unknown_agent)
{
    assign_to_ana();
    scene.circumstances.assignee_is_known = false;
    cr_assert_eq(scene_do(ana(), COMMAND(ASSIGN, .assignee = BYTES("ana"))), VERDICT_UNCHANGED);
}

Test(judging, already_so_goes_before_unknown_message)
{
    scene_do(ana(), COMMAND(MARK_READ, .received = 1));
    cr_assert_eq(scene_do(ana(), COMMAND(MARK_READ, .received = 2)), VERDICT_UNCHANGED, "nothing is unread");
}

Test(judging, already_so_goes_before_holder)
{
    assign_to_ana();
    scene_do(ana(), COMMAND(COMPLETE));
    cr_assert_eq(scene_do(bea(), COMMAND(COMPLETE)), VERDICT_UNCHANGED);
}

static void hand_over_to_ana(void)
{
    struct command command = COMMAND(ASSIGN, .assignee = BYTES("ana"));
    cr_assert_eq(scene_do(bot(), command), VERDICT_DONE);
    cr_assert(scene_row()->waits_for_person);
}

Test(judging, already_so_goes_before_may_speak)
{
    scene_do(ana(), COMMAND(SET_AUTOMATION, .enabled = false));
    scene_do(ana(), COMMAND(COMPLETE));
    cr_assert_eq(scene_do(bot(), COMMAND(COMPLETE)), VERDICT_UNCHANGED);
}

Test(judging, may_speak_goes_before_needs)
{
    hand_over_to_ana();
    cr_assert_eq(scene_refuses(bot(), COMMAND(COMPLETE)), REASON_PAUSED);
}

Test(judging, needs_go_before_holder)
{
    hand_over_to_ana();
    scene_wait(HOUR_MS);
    cr_assert_eq(scene_refuses(bot(), COMMAND(COMPLETE)), REASON_WAITS_FOR_PERSON);
}

Test(judging, holder_goes_before_seen)
{
    assign_to_ana();
    cr_assert_eq(scene_refuses(bea(), COMMAND(COMPLETE, .seen = seen(0))), REASON_NOT_HOLDER);
    cr_assert_eq(scene_refuses(ana(), COMMAND(COMPLETE, .seen = seen(0))), REASON_CONTACT_WROTE);
}

Test(judging, answered_goes_before_contact_wrote)
{
    scene_do(bea(), COMMAND(SEND_MESSAGE, .body = BYTES("hi")));
    scene_do(whatsapp(), COMMAND(CONTACT_MESSAGE, .body = BYTES("hi")));
    struct command command = COMMAND(SEND_MESSAGE, .body = BYTES("me too"), .seen = seen(1));
    cr_assert_eq(scene_refuses(ana(), command), REASON_ANSWERED);
}

Test(judging, seen_goes_before_take)
{
    assign_to_ana();
    struct command command = COMMAND(SEND_MESSAGE, .body = BYTES("hi"), .take = true, .seen = seen(0));
    cr_assert_eq(scene_refuses(bea(), command), REASON_CONTACT_WROTE);
    command.seen = seen(scene.roster.seq);
    cr_assert_eq(scene_refuses(bea(), command), REASON_NOT_HOLDER);
}

/* Who may at all. */

Test(judging, whoever_the_table_does_not_allow_is_forbidden_and_nobody_else)
{
    static const enum role roles[] = {ROLE_AGENT, ROLE_SUPERVISOR, ROLE_AUTOMATION, ROLE_CHANNEL,
                                      ROLE_SERVER};
    for (size_t i = 0; i < ARRAY_COUNT(roles); i++) {
        for (int action = ACTION_REOPEN; action <= ACTION_AGENT_SEEN; action++) {
            struct actor actor = actor_make(roles[i], "whatsapp");
            if (roles[i] == ROLE_SERVER)
                actor = the_server();
            struct command command = {.action = (enum action)action, .body = BYTES("hi")};
            bool forbidden = scene_refuses(actor, command) == REASON_FORBIDDEN;
            cr_assert_eq(forbidden, !action_is_allowed((enum action)action, roles[i]), "%s %s",
                         role_name(roles[i]), action_name((enum action)action));
        }
    }
}

/* Creating. */

Test(judging, what_creates_creates_and_the_rest_is_refused)
{
    static const struct {
        enum action action;
        enum role role;
        bool creates;
    } cases[] = {
        {ACTION_REOPEN, ROLE_AGENT, false},           {ACTION_ASSIGN, ROLE_AGENT, true},
        {ACTION_SEND_MESSAGE, ROLE_AGENT, true},      {ACTION_OPEN, ROLE_AUTOMATION, true},
        {ACTION_KEEP_OPEN, ROLE_AGENT, false},        {ACTION_RESUME_BOT, ROLE_AGENT, false},
        {ACTION_COMPLETE, ROLE_AGENT, false},         {ACTION_UNLINK, ROLE_AGENT, false},
        {ACTION_SET_AUTOMATION, ROLE_AGENT, false},   {ACTION_CONTACT_MESSAGE, ROLE_CHANNEL, true},
        {ACTION_BOT_MESSAGE, ROLE_AUTOMATION, true},  {ACTION_MARK_READ, ROLE_AGENT, false},
        {ACTION_MESSAGE_STATUS, ROLE_CHANNEL, false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        char id[16];
        int size = snprintf(id, sizeof(id), "new-%zu", i);
        struct command command = {.action = cases[i].action, .conversation = bytes_make(id, (size_t)size)};
        command.channel = BYTES("webchat");
        command.assignee = BYTES("ana");
        command.name = BYTES("Rosa");
        enum reason reason = scene_refuses(actor_make(cases[i].role, "whatsapp"), command);
        cr_assert_eq(reason, cases[i].creates ? REASON_NONE : REASON_UNKNOWN_CONVERSATION, "%s",
                     action_name(cases[i].action));
        if (!cases[i].creates)
            continue;
        const struct conversation *row = scene_find(id);
        cr_assert_not_null(row);
        cr_assert_str_eq(text_string(row->channel), cases[i].role == ROLE_CHANNEL ? "whatsapp" : "webchat");
        cr_assert(bytes_equal(conversation_name(row), BYTES("Rosa")));
        cr_assert_eq(scene.last.transitions[0].from, LIST_NONE);
        cr_assert_eq(scene.last.transitions[0].before_seq, 0);
    }
}

Test(judging, release_creates_nothing)
{
    struct command command = COMMAND(ASSIGN, .conversation = BYTES("c2"), .channel = BYTES("webchat"));
    cr_assert_eq(scene_refuses(ana(), command), REASON_UNKNOWN_CONVERSATION);
}

Test(judging, creating_needs_a_channel_where_the_creator_is_none)
{
    cr_assert_eq(scene_refuses(bot(), COMMAND(OPEN, .conversation = BYTES("c2"))), REASON_CHANNEL_NEEDED);
    cr_assert_null(scene_find("c2"));
}

Test(judging, what_does_not_exist_has_version_zero)
{
    struct command command = COMMAND(OPEN, .conversation = BYTES("c2"), .channel = BYTES("webchat"));
    command.has_version = true;
    command.version = 1;
    cr_assert_eq(scene_refuses(bot(), command), REASON_STALE);
    command.version = 0;
    cr_assert_eq(scene_do(bot(), command), VERDICT_DONE);
}

Test(judging, a_refused_creation_leaves_nothing)
{
    scene.circumstances.assignee_is_known = false;
    struct command command = COMMAND(ASSIGN, .conversation = BYTES("c2"), .channel = BYTES("webchat"),
                                     .assignee = BYTES("nobody"));
    cr_assert_eq(scene_refuses(ana(), command), REASON_UNKNOWN_AGENT);
    cr_assert_null(scene_find("c2"));
}

/* The `expire` in front. */

static void expect_expire_in_front(int transitions_count)
{
    cr_assert_eq(scene.last.transitions_count, transitions_count);
    const struct transition *transition = &scene.last.transitions[0];
    cr_assert_eq(transition->action, ACTION_EXPIRE);
    cr_assert_eq(transition->role, ROLE_SERVER);
    cr_assert_null(transition->by);
    cr_assert(command_id_is_reserved(transition->command));
    cr_assert_eq(transition->from, LIST_OPEN);
    cr_assert_eq(transition->after.pause.kind, PAUSE_NONE);
}

Test(judging, a_bot_message_after_the_pause_puts_expire_before_itself)
{
    scene_do(ana(), COMMAND(REOPEN));
    int64_t pause_seq = scene_row()->pause_seq;
    scene_wait(HOUR_MS);
    cr_assert_eq(scene_do(bot(), COMMAND(BOT_MESSAGE, .body = BYTES("hi"))), VERDICT_DONE);
    expect_expire_in_front(2);
    const struct transition *transitions = scene.last.transitions;
    cr_assert(command_id_equal(transitions[0].command, due_command_id((struct due){.seq = pause_seq})));
    cr_assert_eq(transitions[1].action, ACTION_BOT_MESSAGE);
    cr_assert_eq(transitions[1].before_seq, transitions[0].seq);
    cr_assert_eq(transitions[1].seq, transitions[0].seq + 1);
    cr_assert_eq(scene_row()->last_action, ACTION_EXPIRE);
}

Test(judging, a_bot_message_a_millisecond_before_the_pauses_end_is_refused)
{
    scene_do(ana(), COMMAND(REOPEN));
    scene_wait(HOUR_MS - 1);
    cr_assert_eq(scene_refuses(bot(), COMMAND(BOT_MESSAGE, .body = BYTES("hi"))), REASON_PAUSED);
}

Test(judging, expire_is_in_front_of_what_is_unchanged)
{
    scene_do(ana(), COMMAND(REOPEN));
    scene_wait(HOUR_MS);
    cr_assert_eq(scene_do(ana(), COMMAND(RESUME_BOT)), VERDICT_UNCHANGED);
    expect_expire_in_front(1);
}

Test(judging, expire_is_in_front_of_what_is_refused)
{
    assign_to_ana();
    scene_wait(HOUR_MS);
    cr_assert_eq(scene_refuses(bea(), COMMAND(COMPLETE)), REASON_NOT_HOLDER);
    expect_expire_in_front(1);
}

Test(judging, expire_is_in_front_of_nothing_that_may_not_or_is_stale)
{
    scene_do(ana(), COMMAND(REOPEN));
    scene_wait(HOUR_MS);
    scene_do(bot(), COMMAND(REOPEN));
    cr_assert_eq(scene.last.transitions_count, 0);
    scene_do(ana(), COMMAND(COMPLETE, .has_version = true, .version = 0));
    cr_assert_eq(scene.last.transitions_count, 0);
    scene_do(webchat(), COMMAND(CONTACT_MESSAGE, .body = BYTES("hi")));
    cr_assert_eq(scene.last.transitions_count, 0);
}

Test(judging, the_expected_version_is_that_ahead_of_the_expire)
{
    scene_do(ana(), COMMAND(REOPEN));
    scene_wait(HOUR_MS);
    cr_assert_eq(scene_do(ana(), COMMAND(COMPLETE, .has_version = true, .version = 1)), VERDICT_DONE);
    expect_expire_in_front(2);
    cr_assert_eq(scene_row()->version, 3);
}

Test(judging, an_action_block_after_the_pause_opens_anew)
{
    scene_do(ana(), COMMAND(REOPEN));
    scene_wait(HOUR_MS);
    cr_assert_eq(scene_do(bot(), COMMAND(OPEN)), VERDICT_DONE);
    expect_expire_in_front(2);
    cr_assert_eq(scene_row()->pause.until_ms, NOON_MS + 2 * HOUR_MS);
}

Test(judging, an_expire_id_names_its_pause)
{
    struct command_id id = due_command_id((struct due){.kind = DUE_PAUSE_END, .seq = 0x02030405060708});
    static const uint8_t expected[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 3, 4, 5, 6, 7, 8};
    cr_assert_arr_eq(id.bytes, expected, 16);
}

Test(judging, a_pending_pause_has_no_expire_id, .signal = SIGABRT)
{
    due_command_id((struct due){.seq = -1});
}

/* Decisions on top of decisions, before any of them is committed. */

static struct decision decide_on(const struct conversation *before, struct actor actor,
                                 struct command command, int64_t next_seq)
{
    struct decision decision;
    scene.circumstances.next_seq = next_seq;
    command.id = command_id_next();
    command.conversation = BYTES("c2");
    conversation_decide(before, &actor, &command, &scene.circumstances, &decision);
    return decision;
}

Test(judging, a_chain_in_one_batch_is_pending_throughout_and_resolved_at_once)
{
    struct decision created = decide_on(NULL, whatsapp(), COMMAND(CONTACT_MESSAGE, .body = BYTES("hi")), -1);
    const struct conversation *first = &created.transitions[0].after;
    cr_assert_eq(created.transitions[0].seq, -1);
    cr_assert_eq(created.transitions[0].before_seq, 0);
    cr_assert_eq(created.transitions[0].at_ms, AT_PENDING);
    cr_assert_eq(first->waiting_since_ms, AT_PENDING);
    cr_assert_eq(first->preview_at_ms, AT_PENDING);

    struct decision opened = decide_on(first, bot(), COMMAND(OPEN), -2);
    const struct conversation *second = &opened.transitions[0].after;
    cr_assert_eq(opened.transitions[0].before_seq, -1);
    cr_assert_eq(second->list_seq, -2);
    cr_assert_eq(second->pause_seq, -2);
    cr_assert_eq(second->last_at_ms, AT_PENDING);
    cr_assert_eq(second->waiting_since_ms, AT_PENDING);

    struct decision blocked = decide_on(second, bot(), COMMAND(BOT_MESSAGE, .body = BYTES("hi")), -3);
    cr_assert_eq(blocked.verdict, VERDICT_REFUSED);
    const int64_t seqs[] = {101, 105, 109};
    struct transition *third = &blocked.transitions[0];
    transition_stamp(&created.transitions[0], seqs, NOON_MS + 5);
    transition_stamp(&opened.transitions[0], seqs, NOON_MS + 5);
    transition_stamp(third, seqs, NOON_MS + 5);

    cr_assert_eq(created.transitions[0].seq, 101);
    cr_assert_eq(created.transitions[0].at_ms, NOON_MS + 5);
    cr_assert_eq(first->seq, 101);
    cr_assert_eq(first->waiting_since_ms, NOON_MS + 5);
    cr_assert_eq(opened.transitions[0].before_seq, 101);
    cr_assert_eq(third->seq, 109);
    cr_assert_eq(third->before_seq, 105);
    cr_assert_eq(third->after.seq, 109);
    cr_assert_eq(third->after.list_seq, 105);
    cr_assert_eq(third->after.pause_seq, 105);
    cr_assert_eq(third->after.last_at_ms, NOON_MS + 5);
    cr_assert_eq(third->after.waiting_since_ms, NOON_MS + 5);
    conversation_check(&third->after);

    decision_finish(&created);
    decision_finish(&opened);
    decision_finish(&blocked);
}

Test(judging, an_expire_in_front_and_its_command_are_numbered_in_order)
{
    scene_do(ana(), COMMAND(REOPEN));
    scene_wait(2 * HOUR_MS);
    struct decision decision = decide_on(scene_row(), ana(), COMMAND(KEEP_OPEN), -4);
    cr_assert_eq(decision.transitions_count, 2);
    cr_assert_eq(decision.transitions[0].seq, -4);
    cr_assert_eq(decision.transitions[1].seq, -5);
    cr_assert_eq(decision.transitions[1].before_seq, -4);
    cr_assert_eq(decision.transitions[1].after.pause_seq, -5);
    cr_assert_eq(decision.transitions[1].after.version, 3);
    decision_finish(&decision);
}

Test(judging, a_pause_that_is_pending_is_not_expired_whatever_the_clock_says)
{
    struct decision opened = decide_on(scene_row(), bot(), COMMAND(OPEN), -1);
    scene_wait(2 * HOUR_MS);
    struct decision bots =
        decide_on(&opened.transitions[0].after, bot(), COMMAND(BOT_MESSAGE, .body = BYTES("hi")), -2);
    cr_assert_eq(bots.verdict, VERDICT_REFUSED);
    cr_assert_eq(bots.reason, REASON_PAUSED);
    decision_finish(&opened);
    decision_finish(&bots);
}

Test(judging, deciding_changes_nothing)
{
    scene_do(ana(), COMMAND(REOPEN));
    struct conversation before;
    conversation_copy(scene_row(), &before);
    scene_wait(2 * HOUR_MS);
    struct decision decision = decide_on(scene_row(), ana(), COMMAND(COMPLETE), -1);
    cr_assert_eq(memcmp(&before, scene_row(), sizeof(before)), 0);
    decision_finish(&decision);
    conversation_finish(&before);
}
