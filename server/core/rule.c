/* What each action changes, and what it needs (need_…). When a pause ends by itself is not here: core/due.h
 * says when, decision.c carries it out, and app/desk/desk.c gives the command (desk_carry_out_dues). */
#include "core/rule.h"

#include <assert.h>
#include <stddef.h>

#include "base/alloc.h"
#include "core/due.h"

/* What becomes true. */

static void start_pause(const struct judging *judging, struct pause_wish wish, struct conversation *after)
{
    struct pause_terms terms = {
        .may_shorten = role_is_person(judging->actor->role),
        .now_ms = judging->circumstances->now_ms,
        .default_ms = judging->circumstances->default_pause_ms,
    };
    if (after->automation_enabled)
        after->pause = pause_start(after->pause, wish, terms);
}

static void end_pause(struct conversation *after)
{
    after->pause = (struct pause){.kind = PAUSE_NONE};
}

static void add_message(const struct judging *judging, struct conversation *after)
{
    struct bytes beginning = bytes_cut_text(text_bytes(judging->body), CONVERSATION_PREVIEW_BYTES_MAX);
    conversation_set_words(after, conversation_id(after), conversation_name(after), beginning);
    after->preview_role = judging->actor->role;
    after->preview_at_ms = AT_PENDING;
}

static void add_answer(const struct judging *judging, struct conversation *after)
{
    add_message(judging, after);
    after->sent++;
    after->delivery = DELIVERY_NONE;
}

static void start_waiting(struct conversation *after)
{
    if (after->waiting_since_ms == 0)
        after->waiting_since_ms = AT_PENDING;
}

static void end_waiting(struct conversation *after)
{
    after->waiting_since_ms = 0;
    after->waits_for_person = false;
}

/* Whether the bot hands over a contact who has written since a person last answered. */
static void hand_over(const struct judging *judging, struct conversation *after)
{
    if (judging->actor->role != ROLE_AUTOMATION || after->contact_seq == 0 ||
        !seq_is_later(after->contact_seq, after->person_seq))
        return;
    start_waiting(after);
    after->waits_for_person = true;
}

/* Whether the command names the due that stands, and the due has come. */
static bool has_come(const struct judging *judging, enum due_kind kind)
{
    struct due due = due_of_kind(&judging->now, kind);
    return due.seq == judging->command->due_seq && due_has_come(due, judging->circumstances->now_ms);
}

/* Opens the conversation without assigning it: whoever had it before it was completed does not get it
 * back. */
static void open_to_nobody(struct conversation *after)
{
    if (after->list == LIST_OPEN)
        return;
    after->list = LIST_OPEN;
    text_assign(&after->assignee, NULL);
}

/* For reopen, and for keep_open, which needs an open conversation. */
static void change_to_open(const struct judging *judging, struct conversation *after)
{
    after->list = LIST_OPEN;
    start_pause(judging, judging->command->pause, after);
}

static void change_assign(const struct judging *judging, struct conversation *after)
{
    text_assign_bytes(&after->assignee, judging->command->assignee);
    if (after->assignee == NULL)
        return;
    change_to_open(judging, after);
    hand_over(judging, after);
}

static void change_send_message(const struct judging *judging, struct conversation *after)
{
    add_answer(judging, after);
    end_waiting(after);
    if (judging->command->take)
        text_assign(&after->assignee, judging->actor->id);
    change_to_open(judging, after);
}

static void change_bot_message(const struct judging *judging, struct conversation *after)
{
    add_answer(judging, after);
    if (!after->waits_for_person)
        end_waiting(after);
}

static void change_open(const struct judging *judging, struct conversation *after)
{
    /* A bot's flow may give `open` again and again; that must not make the pause longer. */
    bool is_paused = after->list == LIST_OPEN && after->pause.kind != PAUSE_NONE;
    if (is_paused && judging->command->pause.kind == PAUSE_WISH_DEFAULT)
        return;
    open_to_nobody(after);
    start_pause(judging, judging->command->pause, after);
    hand_over(judging, after);
}

static void change_resume_bot(const struct judging *judging, struct conversation *after)
{
    (void)judging;
    end_pause(after);
    after->waits_for_person = false;
}

static void change_complete(const struct judging *judging, struct conversation *after)
{
    (void)judging;
    after->list = LIST_COMPLETED;
    end_waiting(after);
    end_pause(after);
}

static void change_unlink(const struct judging *judging, struct conversation *after)
{
    (void)judging;
    after->list = LIST_NONE;
    end_waiting(after);
    text_assign(&after->assignee, NULL);
    end_pause(after);
}

static void change_set_automation(const struct judging *judging, struct conversation *after)
{
    if (after->automation_enabled == judging->command->enabled)
        return;
    after->automation_enabled = judging->command->enabled;
    if (!after->automation_enabled) {
        end_pause(after);
        if (after->waiting_since_ms != 0)
            open_to_nobody(after);
    } else if (after->list == LIST_OPEN) {
        start_pause(judging, (struct pause_wish){.kind = PAUSE_WISH_DEFAULT}, after);
    }
}

static void change_contact_message(const struct judging *judging, struct conversation *after)
{
    add_message(judging, after);
    after->received++;
    after->unread++;
    start_waiting(after);
    if (!conversation_bot_may_speak(after))
        after->waits_for_person = true;
    if (judging->name != NULL)
        conversation_set_words(after, conversation_id(after), text_bytes(judging->name),
                               conversation_preview(after));
    if (!after->automation_enabled)
        open_to_nobody(after);
}

static void change_mark_read(const struct judging *judging, struct conversation *after)
{
    int64_t came_after = after->received - judging->command->received;
    if (after->unread > came_after)
        after->unread = came_after > 0 ? came_after : 0;
}

static void change_message_status(const struct judging *judging, struct conversation *after)
{
    const struct command *command = judging->command;
    if (command->message == after->sent && command->delivery > after->delivery)
        after->delivery = command->delivery;
}

static void change_expire(const struct judging *judging, struct conversation *after)
{
    if (has_come(judging, DUE_PAUSE_END))
        end_pause(after);
}

/* The numbers of messages are kept, but not their contents. */
static void change_erase(const struct judging *judging, struct conversation *after)
{
    (void)judging;
    conversation_set_words(after, conversation_id(after), bytes_make(NULL, 0), bytes_make(NULL, 0));
}

/* What has to be true. */

static enum reason need_known_agent(const struct judging *judging)
{
    bool is_known = judging->command->assignee.size == 0 || judging->circumstances->assignee_is_known;
    return is_known ? REASON_NONE : REASON_UNKNOWN_AGENT;
}

static enum reason need_open(const struct judging *judging)
{
    return judging->now.list == LIST_OPEN ? REASON_NONE : REASON_NOT_OPEN;
}

/* A bot may not complete or unlink while the contact waits for a person. */
static enum reason need_nobody_waiting_for_person(const struct judging *judging)
{
    bool is_bot = judging->actor->role == ROLE_AUTOMATION;
    return is_bot && judging->now.waits_for_person ? REASON_WAITS_FOR_PERSON : REASON_NONE;
}

static enum reason need_received_message(const struct judging *judging)
{
    return judging->command->received <= judging->now.received ? REASON_NONE : REASON_UNKNOWN_MESSAGE;
}

static enum reason need_sent_message(const struct judging *judging)
{
    int64_t message = judging->command->message;
    return message >= 1 && message <= judging->now.sent ? REASON_NONE : REASON_UNKNOWN_MESSAGE;
}

static bool actor_holds(const struct judging *judging)
{
    return role_is_person(judging->actor->role) &&
           text_equal(conversation_holder(&judging->now), judging->actor->id);
}

static enum reason need_holder(const struct judging *judging)
{
    bool may = conversation_holder(&judging->now) == NULL || judging->actor->role == ROLE_SUPERVISOR ||
               actor_holds(judging);
    return may ? REASON_NONE : REASON_NOT_HOLDER;
}

/* While a pause stands, the bot may take back its handover to a person. */
static enum reason need_holder_to_release(const struct judging *judging)
{
    bool is_bots_handover = judging->actor->role == ROLE_AUTOMATION && judging->now.pause.kind != PAUSE_NONE;
    if (judging->command->assignee.size > 0 || is_bots_handover)
        return REASON_NONE;
    return need_holder(judging);
}

static enum reason need_bot_may_speak(const struct judging *judging)
{
    if (judging->actor->role != ROLE_AUTOMATION)
        return REASON_NONE;
    if (!judging->now.automation_enabled)
        return REASON_AUTOMATION_OFF;
    return conversation_bot_may_speak(&judging->now) ? REASON_NONE : REASON_PAUSED;
}

/* What no row shows, but the log should tell. */

/* The row shows the delivery of the newest message only; the log has that of every message. */
static bool is_news_of_older_message(const struct judging *judging)
{
    return judging->command->message != judging->now.sent;
}

/* The row shows neither whether there is a name in the log nor whether all messages are wiped. */
static bool is_news_of_words(const struct judging *judging)
{
    const struct conversation *now = &judging->now;
    return conversation_name(now).size > 0 || now->received + now->sent > 0;
}

/* The rules. */

struct rule {
    void (*change)(const struct judging *judging, struct conversation *after);
    /* They are judged in this order, and then `seen` and `take`. The first that gives a reason refuses the
     * command. */
    enum reason (*may_speak)(const struct judging *judging);
    enum reason (*needs)(const struct judging *judging);
    enum reason (*holder)(const struct judging *judging);
    /* Whether the command is recorded although the row would not change. */
    bool (*is_news)(const struct judging *judging);
};

#define RULE(...)                                                                                            \
    {                                                                                                        \
        .change = __VA_ARGS__                                                                                \
    }
#define RECORDED                                                                                             \
    {                                                                                                        \
        .change = NULL                                                                                       \
    }
static const struct rule rules[] = {
#define X(number, NAME, name, roles, needed_fields, optional_fields, effects, rule) [ACTION_##NAME] = rule,
    ACTION_LIST(X)
#undef X
};

static const struct rule *rule_of(enum action action)
{
    assert((size_t)action < ARRAY_COUNT(rules));
    assert(rules[action].change != NULL);
    return &rules[action];
}

void rule_change(const struct judging *judging, struct conversation *after)
{
    rule_of(judging->command->action)->change(judging, after);
}

effect_set rule_effects(const struct conversation *before, const struct conversation *after)
{
    effect_set effects = 0;
    if (after->list != before->list)
        effects |= after->list == LIST_OPEN ? DOES_OPEN : DOES_CLOSE;
    if (!text_equal(after->assignee, before->assignee))
        effects |= DOES_ASSIGN;
    if (after->automation_enabled != before->automation_enabled)
        effects |= DOES_SWITCH;
    if (!pause_equal(after->pause, before->pause))
        effects |= after->pause.kind == PAUSE_NONE ? DOES_END_PAUSE : DOES_START_PAUSE;
    if (after->received != before->received)
        effects |= DOES_RECEIVE;
    else if (after->unread != before->unread)
        effects |= DOES_READ;
    if (after->sent != before->sent)
        effects |= DOES_SEND;
    else if (after->delivery != before->delivery)
        effects |= DOES_REPORT;
    return effects;
}

bool rule_is_already_so(const struct judging *judging, const struct conversation *after)
{
    const struct rule *rule = rule_of(judging->command->action);
    bool is_news = rule->is_news != NULL && rule->is_news(judging);
    return !is_news && rule_effects(&judging->now, after) == 0;
}

/* Where there is no such message (seq 0), nothing is later than what was seen. */
static bool wrote_since(int64_t seq, const struct seen *seen)
{
    return seq != 0 && seq_is_later(seq, seen->seq);
}

static enum reason judge_seen(const struct judging *judging, int64_t *since_r)
{
    const struct conversation *now = &judging->now;
    const struct seen *seen = &judging->command->seen;
    if (seen->kind != SEEN_UP_TO)
        return REASON_NONE;
    bool is_own = conversation_was_answered_by(now, judging->actor);
    int64_t answer_seq = is_own ? now->other_answer_seq : now->answer_seq;
    if (wrote_since(answer_seq, seen)) {
        *since_r = answer_seq;
        return REASON_ANSWERED;
    }
    if (wrote_since(now->contact_seq, seen)) {
        *since_r = now->contact_seq;
        return REASON_CONTACT_WROTE;
    }
    return REASON_NONE;
}

static enum reason judge_take(const struct judging *judging)
{
    bool is_free = conversation_holder(&judging->now) == NULL || actor_holds(judging);
    return !judging->command->take || is_free ? REASON_NONE : REASON_NOT_HOLDER;
}

enum reason rule_refuses(const struct judging *judging, int64_t *since_r)
{
    const struct rule *rule = rule_of(judging->command->action);
    enum reason reason = REASON_NONE;
    *since_r = 0;
    if (rule->may_speak != NULL)
        reason = rule->may_speak(judging);
    if (reason == REASON_NONE && rule->needs != NULL)
        reason = rule->needs(judging);
    if (reason == REASON_NONE && rule->holder != NULL)
        reason = rule->holder(judging);
    if (reason == REASON_NONE)
        reason = judge_seen(judging, since_r);
    return reason == REASON_NONE ? judge_take(judging) : reason;
}
