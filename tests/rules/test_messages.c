#include <criterion/criterion.h>
#include <string.h>

#include "support/scene.h"

/* Who wrote, who waits, what is unread: contact_message, bot_message, send_message, mark_read,
 * message_status. */

TestSuite(messages, .init = scene_begin_with_contact, .fini = scene_end);

static void contact_writes(void)
{
    cr_assert_eq(scene_do(whatsapp(), COMMAND(CONTACT_MESSAGE, .body = BYTES("are you there?"))),
                 VERDICT_DONE);
}

static void ana_writes(void)
{
    cr_assert_eq(scene_do(ana(), COMMAND(SEND_MESSAGE, .body = BYTES("I am"))), VERDICT_DONE);
}

static const struct transition *last_transition(void)
{
    cr_assert_gt(scene.last.transitions_count, 0);
    return &scene.last.transitions[scene.last.transitions_count - 1];
}

/* contact_message. */

Test(messages, the_first_contact_message_creates_a_conversation_that_only_the_bot_has)
{
    const struct conversation *row = scene_row();
    cr_assert_eq(row->list, LIST_NONE);
    cr_assert_eq(row->list_seq, 0);
    cr_assert(row->automation_enabled);
    cr_assert(conversation_bot_may_speak(row));
    cr_assert_eq(row->version, 0);
    cr_assert_eq(row->last_action, 0);
    cr_assert_eq(row->received, 1);
    cr_assert_eq(row->unread, 1);
    cr_assert_eq(row->waiting_since_ms, NOON_MS);
    cr_assert_str_eq(text_string(row->channel), "whatsapp");
    cr_assert(bytes_equal(conversation_preview(row), BYTES("hello")));
    cr_assert_eq(row->preview_role, ROLE_CHANNEL);
    cr_assert_eq(row->preview_at_ms, NOON_MS);
    cr_assert_eq(last_transition()->before_seq, 0);
    cr_assert_eq(last_transition()->message, 1);
    cr_assert_str_eq(text_string(last_transition()->body), "hello");
}

Test(messages, a_contact_message_leaves_the_status_as_it_was)
{
    scene_do(ana(), COMMAND(COMPLETE));
    int64_t version = scene_row()->version;
    contact_writes();
    cr_assert_eq(scene_row()->list, LIST_COMPLETED);
    cr_assert_eq(scene_row()->version, version);
}

Test(messages, a_contact_message_opens_where_the_automation_is_disabled)
{
    scene_do(ana(), COMMAND(COMPLETE));
    scene_do(ana(), COMMAND(SET_AUTOMATION, .enabled = false));
    int64_t version = scene_row()->version;
    contact_writes();
    const struct conversation *row = scene_row();
    cr_assert_eq(row->list, LIST_OPEN);
    cr_assert_eq(row->list_seq, row->seq);
    cr_assert_eq(row->version, version + 1);
    cr_assert_eq(row->last_action, ACTION_CONTACT_MESSAGE);
    cr_assert_eq(row->last_role, ROLE_CHANNEL);
    cr_assert_eq(row->pause.kind, PAUSE_NONE);
}

Test(messages, a_contact_message_counts_and_the_oldest_unanswered_one_is_waited_for)
{
    scene_wait(MINUTE_MS);
    contact_writes();
    const struct conversation *row = scene_row();
    cr_assert_eq(row->received, 2);
    cr_assert_eq(row->unread, 2);
    cr_assert_eq(row->waiting_since_ms, NOON_MS);
    cr_assert_eq(row->preview_at_ms, NOON_MS + MINUTE_MS);
    cr_assert_eq(last_transition()->message, 2);
}

Test(messages, a_contact_message_brings_the_name)
{
    cr_assert_eq(conversation_name(scene_row()).size, 0);
    scene_do(whatsapp(), COMMAND(CONTACT_MESSAGE, .name = BYTES("Rosa"), .body = BYTES("hi")));
    cr_assert(bytes_equal(conversation_name(scene_row()), BYTES("Rosa")));
    contact_writes();
    cr_assert(bytes_equal(conversation_name(scene_row()), BYTES("Rosa")));
    scene_do(whatsapp(), COMMAND(CONTACT_MESSAGE, .name = BYTES("Rosa M."), .body = BYTES("hi")));
    cr_assert(bytes_equal(conversation_name(scene_row()), BYTES("Rosa M.")));
}

Test(messages, what_is_said_is_recorded_cleaned_and_the_name_is_cut)
{
    char name[300];
    memset(name, 'n', sizeof(name));
    name[1] = '\n';
    memcpy(name + 254, "\xC3\xA9", 2);
    cr_assert_eq(scene_do(whatsapp(), COMMAND(CONTACT_MESSAGE, .name = bytes_make(name, sizeof(name)),
                                              .body = BYTES("one\r\ntwo\0\xFF"))),
                 VERDICT_DONE);
    cr_assert_str_eq(text_string(last_transition()->body), "one\ntwo\xEF\xBF\xBD");
    cr_assert(bytes_equal(conversation_preview(scene_row()), BYTES("one\ntwo\xEF\xBF\xBD")));
    struct bytes recorded = conversation_name(scene_row());
    cr_assert_eq(recorded.size, 254);
    cr_assert_eq(recorded.data[1], ' ');
}

Test(messages, a_conversation_is_created_with_a_cleaned_name)
{
    scene_do(sol(), COMMAND(SEND_MESSAGE, .conversation = BYTES("c2"), .channel = BYTES("webchat"),
                            .name = BYTES("Ana\tL\x80"), .body = BYTES("hi")));
    cr_assert(bytes_equal(conversation_name(scene_find("c2")), BYTES("Ana L\xEF\xBF\xBD")));
}

Test(messages, a_contact_may_send_nothing_but_that)
{
    cr_assert_eq(scene_do(whatsapp(), COMMAND(CONTACT_MESSAGE, .body = BYTES(""))), VERDICT_DONE);
    cr_assert_eq(scene_row()->received, 2);
    cr_assert_eq(conversation_preview(scene_row()).size, 0);
    cr_assert_null(last_transition()->body);
    cr_assert_not(last_transition()->is_erased);
}

Test(messages, a_name_of_nothing_is_none)
{
    scene_do(whatsapp(), COMMAND(CONTACT_MESSAGE, .name = BYTES("Rosa"), .body = BYTES("hi")));
    scene_do(whatsapp(), COMMAND(CONTACT_MESSAGE, .name = BYTES("\x01\0"), .body = BYTES("hi")));
    cr_assert(bytes_equal(conversation_name(scene_row()), BYTES("Rosa")));
}

Test(messages, why_a_delivery_failed_is_recorded_cleaned)
{
    ana_writes();
    scene_do(whatsapp(), COMMAND(MESSAGE_STATUS, .message = 1, .delivery = DELIVERY_FAILED,
                                 .body = BYTES("no\rroute\x1B")));
    cr_assert_str_eq(text_string(last_transition()->body), "no\nroute");
}

Test(messages, others_do_not_change_the_name)
{
    scene_do(ana(), COMMAND(SEND_MESSAGE, .name = BYTES("Somebody"), .body = BYTES("hi")));
    cr_assert_eq(conversation_name(scene_row()).size, 0);
}

Test(messages, a_preview_ends_at_a_characters_end)
{
    char body[200];
    memset(body, 'a', sizeof(body));
    memcpy(body + 118, "\xE2\x82\xAC", 3); /* a euro sign over bytes 119 to 121 */
    scene_do(whatsapp(), COMMAND(CONTACT_MESSAGE, .body = bytes_make(body, sizeof(body))));
    cr_assert_eq(conversation_preview(scene_row()).size, 118);
    cr_assert_eq(text_bytes(last_transition()->body).size, sizeof(body));
    memset(body, 'a', sizeof(body));
    memcpy(body + 117, "\xE2\x82\xAC", 3);
    scene_do(whatsapp(), COMMAND(CONTACT_MESSAGE, .body = bytes_make(body, sizeof(body))));
    cr_assert_eq(conversation_preview(scene_row()).size, CONVERSATION_PREVIEW_BYTES_MAX);
}

/* bot_message, send_message. */

Test(messages, the_bot_answers)
{
    scene_wait(MINUTE_MS);
    cr_assert_eq(scene_do(bot(), COMMAND(BOT_MESSAGE, .body = BYTES("I am a bot"))), VERDICT_DONE);
    const struct conversation *row = scene_row();
    cr_assert_eq(row->sent, 1);
    cr_assert_eq(row->waiting_since_ms, 0);
    cr_assert_eq(row->unread, 1, "no person has read it");
    cr_assert_eq(row->list, LIST_NONE);
    cr_assert_eq(row->version, 0);
    cr_assert_eq(row->preview_role, ROLE_AUTOMATION);
    cr_assert_eq(row->preview_at_ms, NOON_MS + MINUTE_MS);
    cr_assert(bytes_equal(conversation_preview(row), BYTES("I am a bot")));
    cr_assert_eq(last_transition()->message, 1);
}

Test(messages, an_agent_answers)
{
    ana_writes();
    const struct conversation *row = scene_row();
    cr_assert_eq(row->sent, 1);
    cr_assert_eq(row->waiting_since_ms, 0);
    cr_assert_eq(row->preview_role, ROLE_AGENT);
    cr_assert(bytes_equal(conversation_preview(row), BYTES("I am")));
    cr_assert_eq(last_transition()->message, 1);
    cr_assert_str_eq(text_string(last_transition()->body), "I am");
}

Test(messages, waiting_begins_anew_after_an_answer)
{
    ana_writes();
    scene_wait(MINUTE_MS);
    contact_writes();
    cr_assert_eq(scene_row()->waiting_since_ms, NOON_MS + MINUTE_MS);
}

Test(messages, the_bot_is_refused_while_a_pause_stands_and_told_until_when)
{
    ana_writes();
    cr_assert_eq(scene_refuses(bot(), COMMAND(BOT_MESSAGE, .body = BYTES("me too"))), REASON_PAUSED);
    cr_assert_eq(scene.last.pause.until_ms, NOON_MS + HOUR_MS);
    cr_assert_eq(scene_row()->sent, 1);
}

Test(messages, the_bot_is_refused_until_completed_without_a_time)
{
    scene_do(ana(), COMMAND(REOPEN, .pause = wish_until_completed()));
    cr_assert_eq(scene_refuses(bot(), COMMAND(BOT_MESSAGE, .body = BYTES("me too"))), REASON_PAUSED);
    cr_assert_eq(scene.last.pause.until_ms, 0);
}

Test(messages, the_bot_is_refused_where_the_automation_is_disabled)
{
    scene_do(ana(), COMMAND(SET_AUTOMATION, .enabled = false));
    cr_assert_eq(scene_refuses(bot(), COMMAND(BOT_MESSAGE, .body = BYTES("me too"))), REASON_AUTOMATION_OFF);
    cr_assert_eq(scene.last.transitions_count, 0);
}

Test(messages, the_first_refusal_in_each_pause_is_recorded)
{
    ana_writes();
    int64_t version = scene_row()->version;
    int64_t pause_seq = scene_row()->pause_seq;
    scene_do(bot(), COMMAND(BOT_MESSAGE, .body = BYTES("me too")));
    cr_assert_eq(scene.last.verdict, VERDICT_REFUSED);
    cr_assert_eq(scene.last.transitions_count, 1);
    const struct transition *transition = last_transition();
    cr_assert_eq(transition->action, ACTION_BOT_BLOCKED);
    cr_assert_eq(transition->role, ROLE_SERVER);
    cr_assert_null(transition->by);
    cr_assert_null(transition->body, "what the bot wanted to say is not kept");
    cr_assert_eq(transition->message, 0);
    cr_assert_not(command_id_is_reserved(transition->command), "it carries the bot's command id");
    const struct conversation *row = scene_row();
    cr_assert(row->bot_blocked);
    cr_assert_eq(row->version, version);
    cr_assert_eq(row->last_action, ACTION_SEND_MESSAGE);
    cr_assert_eq(row->pause_seq, pause_seq);
    cr_assert_eq(row->seq, scene.roster.seq);
}

Test(messages, further_refusals_in_a_pause_are_not_recorded)
{
    ana_writes();
    scene_do(bot(), COMMAND(BOT_MESSAGE, .body = BYTES("me too")));
    int64_t seq = scene.roster.seq;
    cr_assert_eq(scene_refuses(bot(), COMMAND(BOT_MESSAGE, .body = BYTES("me too"))), REASON_PAUSED);
    ana_writes(); /* does not change the pause */
    cr_assert_eq(scene_refuses(bot(), COMMAND(BOT_MESSAGE, .body = BYTES("me too"))), REASON_PAUSED);
    cr_assert_eq(scene.roster.seq, seq + 1);
}

Test(messages, another_end_of_a_pause_makes_it_no_other_and_records_no_refusal_anew)
{
    ana_writes();
    scene_do(bot(), COMMAND(BOT_MESSAGE, .body = BYTES("me too")));
    scene_wait(1);
    ana_writes();
    cr_assert(scene_row()->bot_blocked);
    scene_do(bot(), COMMAND(BOT_MESSAGE, .body = BYTES("me too")));
    cr_assert_eq(scene.last.transitions_count, 0);
}

Test(messages, another_pause_records_a_refusal_anew)
{
    ana_writes();
    scene_do(bot(), COMMAND(BOT_MESSAGE, .body = BYTES("me too")));
    scene_do(ana(), COMMAND(RESUME_BOT));
    cr_assert_not(scene_row()->bot_blocked);
    ana_writes();
    scene_do(bot(), COMMAND(BOT_MESSAGE, .body = BYTES("me too")));
    cr_assert_eq(scene.last.transitions_count, 1);
}

Test(messages, a_blocked_bot_is_told_who_has_the_conversation)
{
    scene_do(ana(), COMMAND(ASSIGN, .assignee = BYTES("ana")));
    scene_refuses(bot(), COMMAND(BOT_MESSAGE, .body = BYTES("me too")));
    cr_assert_eq(scene.last.reason, REASON_PAUSED);
    cr_assert_str_eq(text_string(scene.last.holder), "ana");
}

/* mark_read. */

Test(messages, mark_read_counts_what_came_after)
{
    contact_writes();
    contact_writes();
    cr_assert_eq(scene_do(ana(), COMMAND(MARK_READ, .received = 2)), VERDICT_DONE);
    cr_assert_eq(scene_row()->unread, 1);
    cr_assert_eq(scene_row()->version, 0);
    cr_assert_eq(scene_row()->waiting_since_ms, NOON_MS, "reading answers nobody");
    cr_assert_eq(last_transition()->message, 2);
}

Test(messages, mark_read_never_makes_more_unread)
{
    contact_writes();
    scene_do(ana(), COMMAND(MARK_READ, .received = 2));
    cr_assert_eq(scene_do(bea(), COMMAND(MARK_READ, .received = 1)), VERDICT_UNCHANGED);
    cr_assert_eq(scene_row()->unread, 0);
}

Test(messages, mark_read_up_to_what_is_read_is_already_so)
{
    scene_do(ana(), COMMAND(MARK_READ, .received = 1));
    cr_assert_eq(scene_do(ana(), COMMAND(MARK_READ, .received = 1)), VERDICT_UNCHANGED);
    cr_assert_eq(scene_do(ana(), COMMAND(MARK_READ, .received = 0)), VERDICT_UNCHANGED);
}

Test(messages, mark_read_up_to_a_message_that_has_not_come_is_refused)
{
    cr_assert_eq(scene_refuses(ana(), COMMAND(MARK_READ, .received = 2)), REASON_UNKNOWN_MESSAGE);
    cr_assert_eq(scene_row()->unread, 1);
}

/* message_status. */

Test(messages, the_newest_messages_status_shows_on_the_row)
{
    ana_writes();
    int64_t version = scene_row()->version;
    cr_assert_eq(scene_do(whatsapp(), COMMAND(MESSAGE_STATUS, .message = 1, .delivery = DELIVERY_SENT)),
                 VERDICT_DONE);
    cr_assert_eq(scene_row()->delivery, DELIVERY_SENT);
    cr_assert_eq(scene_row()->version, version);
    cr_assert_eq(last_transition()->message, 1);
    cr_assert_eq(last_transition()->delivery, DELIVERY_SENT);
}

Test(messages, a_failed_message_says_why_in_the_log)
{
    ana_writes();
    scene_do(whatsapp(),
             COMMAND(MESSAGE_STATUS, .message = 1, .delivery = DELIVERY_FAILED, .body = BYTES("blocked")));
    cr_assert_eq(scene_row()->delivery, DELIVERY_FAILED);
    cr_assert_str_eq(text_string(last_transition()->body), "blocked");
    cr_assert(bytes_equal(conversation_preview(scene_row()), BYTES("I am")));
}

Test(messages, a_status_that_does_not_outrank_the_present_one_is_already_so)
{
    ana_writes();
    scene_do(whatsapp(), COMMAND(MESSAGE_STATUS, .message = 1, .delivery = DELIVERY_DELIVERED));
    cr_assert_eq(scene_do(whatsapp(), COMMAND(MESSAGE_STATUS, .message = 1, .delivery = DELIVERY_SENT)),
                 VERDICT_UNCHANGED);
    cr_assert_eq(scene_do(whatsapp(), COMMAND(MESSAGE_STATUS, .message = 1, .delivery = DELIVERY_DELIVERED)),
                 VERDICT_UNCHANGED);
    cr_assert_eq(scene_row()->delivery, DELIVERY_DELIVERED);
}

Test(messages, an_older_messages_status_is_recorded_and_leaves_the_row_alone)
{
    ana_writes();
    ana_writes();
    cr_assert_eq(scene_do(whatsapp(), COMMAND(MESSAGE_STATUS, .message = 1, .delivery = DELIVERY_FAILED)),
                 VERDICT_DONE);
    cr_assert_eq(scene_row()->delivery, DELIVERY_NONE);
    cr_assert_eq(last_transition()->delivery, DELIVERY_FAILED);
    cr_assert_eq(last_transition()->message, 1);
}

Test(messages, a_new_message_has_no_status_yet)
{
    ana_writes();
    scene_do(whatsapp(), COMMAND(MESSAGE_STATUS, .message = 1, .delivery = DELIVERY_DELIVERED));
    ana_writes();
    cr_assert_eq(scene_row()->delivery, DELIVERY_NONE);
}

Test(messages, the_status_of_a_message_that_was_never_sent_is_refused)
{
    cr_assert_eq(scene_refuses(whatsapp(), COMMAND(MESSAGE_STATUS, .message = 0, .delivery = DELIVERY_SENT)),
                 REASON_UNKNOWN_MESSAGE);
    cr_assert_eq(scene_refuses(whatsapp(), COMMAND(MESSAGE_STATUS, .message = 1, .delivery = DELIVERY_SENT)),
                 REASON_UNKNOWN_MESSAGE);
    ana_writes();
    cr_assert_eq(scene_refuses(whatsapp(), COMMAND(MESSAGE_STATUS, .message = 2, .delivery = DELIVERY_SENT)),
                 REASON_UNKNOWN_MESSAGE);
    cr_assert_eq(scene_refuses(whatsapp(), COMMAND(MESSAGE_STATUS, .message = 0, .delivery = DELIVERY_SENT)),
                 REASON_UNKNOWN_MESSAGE);
}
