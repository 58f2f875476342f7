#include "core/rule.h"

#include <assert.h>
#include <stddef.h>

#include "base/alloc.h"

/* What becomes true. */

static void start_pause(const struct judging *judging, struct pause_wish wish, struct conversation *after)
{
    const struct circumstances *circumstances = judging->circumstances;
    if (after->automation_enabled)
        after->pause =
            pause_start(after->pause, wish, circumstances->now_ms, circumstances->default_pause_ms);
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
    after->waiting_since_ms = 0;
}

/* reopen; and keep_open, which needs an open one. */
static void change_to_open(const struct judging *judging, struct conversation *after)
{
    after->list = LIST_OPEN;
    start_pause(judging, judging->command->pause, after);
}

static void change_assign(const struct judging *judging, struct conversation *after)
{
    text_assign_bytes(&after->assignee, judging->command->assignee);
    if (after->assignee != NULL)
        change_to_open(judging, after);
}

static void change_send_message(const struct judging *judging, struct conversation *after)
{
    add_answer(judging, after);
    change_to_open(judging, after);
}

static void change_open(const struct judging *judging, struct conversation *after)
{
    /* A flow that comes by its action block again and again does not keep the bot away for longer. */
    bool is_paused = after->list == LIST_OPEN && after->pause.kind != PAUSE_NONE;
    if (is_paused && judging->command->pause.kind == PAUSE_WISH_DEFAULT)
        return;
    change_to_open(judging, after);
}

static void change_resume_bot(const struct judging *judging, struct conversation *after)
{
    (void)judging;
    end_pause(after);
}

static void change_complete(const struct judging *judging, struct conversation *after)
{
    (void)judging;
    after->list = LIST_COMPLETED;
    after->waiting_since_ms = 0;
    end_pause(after);
}

static void change_unlink(const struct judging *judging, struct conversation *after)
{
    (void)judging;
    after->list = LIST_NONE;
    after->waiting_since_ms = 0;
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
            after->list = LIST_OPEN;
    } else if (after->list == LIST_OPEN) {
        start_pause(judging, (struct pause_wish){.kind = PAUSE_WISH_DEFAULT}, after);
    }
}

static void change_contact_message(const struct judging *judging, struct conversation *after)
{
    add_message(judging, after);
    after->received++;
    after->unread++;
    if (after->waiting_since_ms == 0)
        after->waiting_since_ms = AT_PENDING;
    if (judging->name != NULL)
        conversation_set_words(after, conversation_id(after), text_bytes(judging->name),
                               conversation_preview(after));
    if (!after->automation_enabled)
        after->list = LIST_OPEN;
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
    bool is_that_pause = judging->command->pause_seq == after->pause_seq;
    if (is_that_pause && pause_has_run_out(after->pause, judging->circumstances->now_ms))
        end_pause(after);
}

/* That there were messages stays known; what was in them does not. */
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

static enum reason need_silent_contact(const struct judging *judging)
{
    const struct command *command = judging->command;
    bool wrote = command->has_received && judging->now.received > command->received;
    return wrote ? REASON_CONTACT_WROTE : REASON_NONE;
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

static enum reason need_holder(const struct judging *judging)
{
    const struct text *assignee = judging->now.assignee;
    bool may = assignee == NULL || judging->actor->role == ROLE_SUPERVISOR ||
               text_equal(assignee, judging->actor->id);
    return may ? REASON_NONE : REASON_NOT_HOLDER;
}

static enum reason need_bot_may_speak(const struct judging *judging)
{
    if (!judging->now.automation_enabled)
        return REASON_AUTOMATION_OFF;
    return conversation_bot_may_speak(&judging->now) ? REASON_NONE : REASON_PAUSED;
}

/* The rules. */

struct rule {
    void (*change)(const struct judging *judging, struct conversation *after);
    /* Judged in this order; the first that gives a reason refuses. */
    enum reason (*needs)(const struct judging *judging);
    enum reason (*holder)(const struct judging *judging);
    enum reason (*may_speak)(const struct judging *judging);
};

static const struct rule rules[] = {
    [ACTION_REOPEN] = {.change = change_to_open},
    [ACTION_ASSIGN] = {.change = change_assign, .needs = need_known_agent},
    [ACTION_SEND_MESSAGE] = {.change = change_send_message},
    [ACTION_OPEN] = {.change = change_open},
    [ACTION_KEEP_OPEN] = {.change = change_to_open, .needs = need_open},
    [ACTION_RESUME_BOT] = {.change = change_resume_bot},
    [ACTION_COMPLETE] = {.change = change_complete, .needs = need_silent_contact, .holder = need_holder},
    [ACTION_UNLINK] = {.change = change_unlink, .holder = need_holder},
    [ACTION_SET_AUTOMATION] = {.change = change_set_automation},
    [ACTION_CONTACT_MESSAGE] = {.change = change_contact_message},
    [ACTION_BOT_MESSAGE] = {.change = add_answer, .may_speak = need_bot_may_speak},
    [ACTION_MARK_READ] = {.change = change_mark_read, .needs = need_received_message},
    [ACTION_MESSAGE_STATUS] = {.change = change_message_status, .needs = need_sent_message},
    [ACTION_EXPIRE] = {.change = change_expire},
    [ACTION_ERASE] = {.change = change_erase},
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

bool rule_is_already_so(const struct judging *judging, const struct conversation *after)
{
    const struct conversation *now = &judging->now;
    /* The row shows only the newest message's delivery; the log tells that of every one. */
    if (judging->command->action == ACTION_MESSAGE_STATUS && judging->command->message != now->sent)
        return false;
    /* The row shows neither whether there is a name in the log nor whether all messages are wiped. */
    if (judging->command->action == ACTION_ERASE &&
        (conversation_name(now).size > 0 || now->received + now->sent > 0))
        return false;
    return !rule_is_another_version(now, after) && now->received == after->received &&
           now->sent == after->sent && now->unread == after->unread && now->delivery == after->delivery;
}

enum reason rule_refuses(const struct judging *judging)
{
    const struct rule *rule = rule_of(judging->command->action);
    enum reason reason = REASON_NONE;
    if (rule->needs != NULL)
        reason = rule->needs(judging);
    if (reason == REASON_NONE && rule->holder != NULL)
        reason = rule->holder(judging);
    if (reason == REASON_NONE && rule->may_speak != NULL)
        reason = rule->may_speak(judging);
    return reason;
}

bool rule_is_another_version(const struct conversation *before, const struct conversation *after)
{
    return before->list != after->list || !text_equal(before->assignee, after->assignee) ||
           before->automation_enabled != after->automation_enabled ||
           !pause_equal(before->pause, after->pause);
}
