#include "core/decision.h"

#include <assert.h>

#include "core/clean.h"
#include "core/rule.h"

void decision_finish(struct decision *decision)
{
    for (int i = 0; i < decision->transitions_count; i++)
        transition_finish(&decision->transitions[i]);
    text_unref(&decision->holder);
    *decision = (struct decision){0};
}

/* Recording. */

/* Records the step from judging->now to *after. Takes *after over: it is judging->now from now on. */
static struct transition *record(struct judging *judging, enum action action, const struct actor *by,
                                 struct command_id id, struct conversation *after)
{
    struct decision *decision = judging->decision;
    struct conversation *now = &judging->now;
    assert(decision->transitions_count < DECISION_TRANSITIONS_MAX);
    int64_t seq = judging->circumstances->next_seq - decision->transitions_count;
    effect_set effects = rule_effects(now, after);
    assert(seq_is_pending(seq));
    assert(action_does_all(action, effects));

    after->seq = seq;
    if ((effects & (DOES_OPEN | DOES_CLOSE)) != 0)
        after->list_seq = seq;
    if ((effects & (DOES_START_PAUSE | DOES_END_PAUSE)) != 0) {
        after->pause_seq = after->pause.kind == PAUSE_NONE ? 0 : seq;
        /* A pause whose end changes is still the same pause. */
        after->bot_blocked &= after->pause.kind != PAUSE_NONE;
    }
    if ((effects & DOES_RECEIVE) != 0)
        after->contact_seq = seq;
    if ((effects & DOES_SEND) != 0)
        conversation_note_answer(after, by, seq);
    if ((effects & DOES_CHANGE_VERSION) != 0) {
        after->version++;
        after->last_action = action;
        after->last_role = by->role;
        after->last_at_ms = AT_PENDING;
        text_assign(&after->last_by, by->id);
    }

    struct transition *transition = &decision->transitions[decision->transitions_count++];
    *transition = (struct transition){
        .seq = seq,
        .at_ms = AT_PENDING,
        .command = id,
        .action = action,
        .role = by->role,
        .by = text_ref(by->id),
        .from = now->list,
        .before_seq = now->seq,
        .after = *after,
        .due_ms = due_carried_out_ms(now, action),
    };
    conversation_finish(now);
    conversation_copy(&transition->after, now);
    *after = (struct conversation){0};
    return transition;
}

static const struct actor the_server = {.role = ROLE_SERVER};

/* The same rule applies as if the server's own command had come first. */
static void record_due(struct judging *judging, struct due due)
{
    struct command command = {.action = due_action(due.kind), .id = due_command_id(due), .due_seq = due.seq};
    struct judging first = *judging;
    first.actor = &the_server;
    first.command = &command;
    struct conversation after;
    conversation_copy(&judging->now, &after);
    rule_change(&first, &after);
    assert(due_of_kind(&after, due.kind).at_ms != due.at_ms);
    record(judging, command.action, &the_server, command.id, &after);
}

static void record_dues(struct judging *judging)
{
    for (int kind = 0; kind < DUE_COUNT; kind++) {
        struct due due = due_of_kind(&judging->now, (enum due_kind)kind);
        bool is_the_command = due_action(due.kind) == judging->command->action;
        if (due_has_come(due, judging->circumstances->now_ms) && !is_the_command)
            record_due(judging, due);
    }
}

static void record_bot_blocked(struct judging *judging)
{
    struct conversation after;
    conversation_copy(&judging->now, &after);
    after.bot_blocked = true;
    record(judging, ACTION_BOT_BLOCKED, &the_server, judging->command->id, &after);
}

static void record_command(struct judging *judging, struct conversation *after)
{
    const struct command *command = judging->command;
    struct transition *transition = record(judging, command->action, judging->actor, command->id, after);
    transition->body = text_ref(judging->body);
    transition->delivery = command->delivery;
    if (action_does(command->action, DOES_RECEIVE))
        transition->message = transition->after.received;
    else if (action_does(command->action, DOES_SEND))
        transition->message = transition->after.sent;
    else if (action_does(command->action, DOES_REPORT))
        transition->message = command->message;
    else if (action_does(command->action, DOES_READ))
        transition->message = command->received;
}

/* Judging. */

static bool command_creates(const struct command *command)
{
    return action_does(command->action, DOES_CREATE) ||
           (action_does(command->action, DOES_CREATE_FOR_AGENT) && command->assignee.size > 0);
}

/* Judges what comes before dues are carried out: role → exists → channel → expected version. */
static enum reason judge_standing(const struct conversation *before, const struct actor *actor,
                                  const struct command *command, const struct circumstances *circumstances)
{
    if (!action_is_allowed(command->action, actor->role))
        return REASON_FORBIDDEN;
    if (before == NULL && !command_creates(command))
        return REASON_UNKNOWN_CONVERSATION;
    if (before == NULL && actor->role != ROLE_CHANNEL && command->channel.size == 0)
        return REASON_CHANNEL_NEEDED;
    if (before != NULL && actor->role == ROLE_CHANNEL && !text_equal(before->channel, actor->id))
        return REASON_NOT_YOUR_CHANNEL;
    if (command->has_version && command->version != (before == NULL ? 0 : before->version))
        return REASON_STALE;
    bool is_beyond = command->seen.kind == SEEN_UP_TO && command->seen.seq > circumstances->known_seq;
    return is_beyond || circumstances->is_seen_elsewhere ? REASON_STALE : REASON_NONE;
}

static void conversation_create(const struct actor *actor, const struct command *command, struct bytes name,
                                struct conversation *conversation_r)
{
    *conversation_r = (struct conversation){.automation_enabled = true};
    conversation_set_words(conversation_r, command->conversation, name, bytes_make(NULL, 0));
    conversation_r->channel =
        actor->role == ROLE_CHANNEL ? text_ref(actor->id) : text_create(command->channel);
}

static void refuse(struct judging *judging, enum reason reason)
{
    judging->decision->verdict = VERDICT_REFUSED;
    judging->decision->reason = reason;
    if (reason == REASON_PAUSED)
        judging->decision->pause = judging->now.pause;
    if (reason == REASON_PAUSED || reason == REASON_NOT_HOLDER)
        text_assign(&judging->decision->holder, conversation_holder(&judging->now));
    if (reason == REASON_PAUSED && action_does(judging->command->action, DOES_NOTE_PAUSED) &&
        !judging->now.bot_blocked)
        record_bot_blocked(judging);
}

/* The refusal is temporary: nothing is done, and dues are not carried out either. */
static void refuse_for_want_of_room(struct judging *judging)
{
    decision_finish(judging->decision);
    judging->decision->verdict = VERDICT_REFUSED;
    judging->decision->reason = REASON_WORKSPACE_FULL;
}

/* Judges the rest: already so → may speak → needs → holder → seen → take → room. */
static void judge(struct judging *judging)
{
    struct conversation after;
    conversation_copy(&judging->now, &after);
    rule_change(judging, &after);
    if (rule_is_already_so(judging, &after)) {
        judging->decision->verdict = VERDICT_UNCHANGED;
        goto out;
    }
    enum reason reason = rule_refuses(judging, &judging->decision->since_seq);
    if (reason != REASON_NONE) {
        refuse(judging, reason);
        goto out;
    }
    bool opens_one_more = after.list == LIST_OPEN && judging->now.list != LIST_OPEN;
    if (opens_one_more && judging->circumstances->is_full) {
        refuse_for_want_of_room(judging);
        goto out;
    }
    judging->decision->verdict = VERDICT_DONE;
    record_command(judging, &after);
out:
    conversation_finish(&after);
}

void conversation_decide(const struct conversation *before, const struct actor *actor,
                         const struct command *command, const struct circumstances *circumstances,
                         struct decision *decision_r)
{
    *decision_r = (struct decision){0};
    enum reason reason = judge_standing(before, actor, command, circumstances);
    if (reason != REASON_NONE) {
        decision_r->verdict = VERDICT_REFUSED;
        decision_r->reason = reason;
        return;
    }

    struct judging judging = {
        .actor = actor,
        .command = command,
        .circumstances = circumstances,
        .decision = decision_r,
        .name = clean_name(command->name, CONVERSATION_NAME_BYTES_MAX),
        .body = clean_lines(command->body),
    };
    if (before == NULL)
        conversation_create(actor, command, text_bytes(judging.name), &judging.now);
    else
        conversation_copy(before, &judging.now);
    record_dues(&judging);
    judge(&judging);
    conversation_finish(&judging.now);
    text_unref(&judging.name);
    text_unref(&judging.body);
}
