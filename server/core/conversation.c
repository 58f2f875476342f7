#include "core/conversation.h"

#include <assert.h>

void conversation_copy(const struct conversation *conversation, struct conversation *copy_r)
{
    *copy_r = *conversation;
    text_ref(copy_r->words);
    text_ref(copy_r->channel);
    text_ref(copy_r->assignee);
    text_ref(copy_r->last_by);
    text_ref(copy_r->answer_by);
}

void conversation_finish(struct conversation *conversation)
{
    text_unref(&conversation->words);
    text_unref(&conversation->channel);
    text_unref(&conversation->assignee);
    text_unref(&conversation->last_by);
    text_unref(&conversation->answer_by);
    *conversation = (struct conversation){0};
}

void conversation_set_words(struct conversation *conversation, struct bytes id, struct bytes name,
                            struct bytes preview)
{
    assert(id.size <= UINT8_MAX && name.size <= UINT8_MAX);
    struct text *before = conversation->words;
    conversation->words = text_join((const struct bytes[]){id, name, preview}, 3);
    conversation->id_size = (uint8_t)id.size;
    conversation->name_size = (uint8_t)name.size;
    text_unref(&before);
}

static void check_numbers(const struct conversation *conversation)
{
    assert(conversation->seq > 0);
    assert(conversation->list_seq >= 0);
    assert(conversation->list_seq <= conversation->seq);
    assert(conversation->pause_seq >= 0);
    assert(conversation->pause_seq <= conversation->seq);
    /* A transition adds at most one to the version, and seq counts those of the whole workspace. */
    assert(conversation->version >= 0);
    assert(conversation->version <= conversation->seq);
}

static void check_list(const struct conversation *conversation)
{
    switch (conversation->list) {
    case LIST_NONE: assert(conversation->assignee == NULL); return;
    case LIST_OPEN:
    case LIST_COMPLETED: assert(conversation->list_seq > 0); return;
    }
    assert(false && "a list that is none");
}

static void check_pause(const struct conversation *conversation)
{
    assert(conversation->pause.for_ms == 0);
    switch (conversation->pause.kind) {
    case PAUSE_NONE:
        assert(conversation->pause.until_ms == 0);
        assert(conversation->pause_seq == 0);
        assert(!conversation->bot_blocked);
        return;
    case PAUSE_UNTIL: assert(conversation->pause.until_ms > 0); break;
    case PAUSE_UNTIL_COMPLETED: assert(conversation->pause.until_ms == 0); break;
    }
    /* Whatever starts a pause also opens the conversation. Whatever takes it out of the Open list, or
     * disables the automation, ends the pause. */
    assert(conversation->pause_seq > 0);
    assert(conversation->list == LIST_OPEN);
    assert(conversation->automation_enabled);
}

static void check_messages(const struct conversation *conversation)
{
    assert(conversation->received >= 0);
    assert(conversation->sent >= 0);
    assert(conversation->unread >= 0);
    assert(conversation->unread <= conversation->received);
    assert(conversation->sent > 0 || conversation->delivery == DELIVERY_NONE);
    assert(conversation_preview(conversation).size <= CONVERSATION_PREVIEW_BYTES_MAX);

    bool has_messages = conversation->received + conversation->sent > 0;
    assert(has_messages == (conversation->preview_role != 0));
    assert(has_messages == (conversation->preview_at_ms > 0));
    assert(has_messages || conversation_preview(conversation).size == 0);
    assert(conversation->preview_role != ROLE_SERVER);
    assert(conversation->preview_role != ROLE_CHANNEL || conversation->received > 0);
    assert(conversation->preview_role == 0 || conversation->preview_role == ROLE_CHANNEL ||
           conversation->sent > 0);
}

static void check_answers(const struct conversation *conversation)
{
    assert((conversation->received > 0) == (conversation->contact_seq > 0));
    assert((conversation->sent > 0) == (conversation->answer_seq > 0));
    assert((conversation->answer_seq > 0) == (conversation->answer_by != NULL));
    assert((conversation->answer_seq > 0) == (conversation->answer_role != 0));
    assert(conversation->contact_seq <= conversation->seq);
    assert(conversation->answer_seq <= conversation->seq);
    assert(conversation->other_answer_seq == 0 || conversation->other_answer_seq < conversation->answer_seq);
    assert(conversation->person_seq <= conversation->answer_seq);
    assert(!role_is_person(conversation->answer_role) ||
           conversation->person_seq == conversation->answer_seq);
}

static void check_waiting(const struct conversation *conversation)
{
    assert(conversation->waiting_since_ms >= 0);
    assert(!conversation->waits_for_person || conversation->waiting_since_ms != 0);
    if (conversation->waiting_since_ms == 0)
        return;
    /* A person's answer ends the waiting; a bot's need not. */
    assert(!role_is_person(conversation->preview_role));
    assert(conversation->received > 0);
    assert(conversation->person_seq < conversation->contact_seq);
    /* Without automation only a person can answer. */
    assert(conversation->automation_enabled || conversation->list == LIST_OPEN);
}

static void check_last_change(const struct conversation *conversation)
{
    if (conversation->version == 0) {
        /* Nothing but messages has happened so far. */
        assert(conversation->last_action == 0);
        assert(conversation->last_by == NULL);
        assert(conversation->last_role == 0);
        assert(conversation->last_at_ms == 0);
        assert(conversation->list == LIST_NONE);
        assert(conversation->automation_enabled);
        return;
    }
    assert(action_does(conversation->last_action, DOES_CHANGE_VERSION));
    assert(action_is_allowed(conversation->last_action, conversation->last_role));
    assert((conversation->last_role == ROLE_SERVER) == (conversation->last_by == NULL));
    assert(conversation->last_at_ms > 0);
}

bool conversation_is_possible(const struct conversation *conversation)
{
    const struct conversation *c = conversation;
    bool has_end = c->pause.kind == PAUSE_UNTIL;
    return c->id_size > 0 && c->seq > 0 && c->list_seq <= c->seq && c->pause_seq <= c->seq &&
           c->unread <= c->received && has_end == (c->pause.until_ms > 0) &&
           (!has_end || (c->pause_seq > 0 && c->list == LIST_OPEN));
}

void conversation_check(const struct conversation *conversation)
{
    assert(conversation_is_possible(conversation));
    assert(conversation->id_size > 0);
    assert(conversation->channel != NULL);
    check_numbers(conversation);
    check_list(conversation);
    check_pause(conversation);
    check_messages(conversation);
    check_answers(conversation);
    check_waiting(conversation);
    check_last_change(conversation);
}

bool conversation_bot_may_speak(const struct conversation *conversation)
{
    return conversation->automation_enabled && conversation->pause.kind == PAUSE_NONE;
}

struct text *conversation_holder(const struct conversation *conversation)
{
    return conversation->list == LIST_OPEN ? conversation->assignee : NULL;
}

static bool role_is_of_kind(enum role a, enum role b)
{
    return a == b || (role_is_person(a) && role_is_person(b));
}

bool conversation_was_answered_by(const struct conversation *conversation, const struct actor *actor)
{
    return conversation->answer_seq != 0 && role_is_of_kind(conversation->answer_role, actor->role) &&
           text_equal(conversation->answer_by, actor->id);
}

void conversation_note_answer(struct conversation *conversation, const struct actor *actor, int64_t seq)
{
    if (!conversation_was_answered_by(conversation, actor))
        conversation->other_answer_seq = conversation->answer_seq;
    conversation->answer_seq = seq;
    conversation->answer_role = actor->role;
    text_assign(&conversation->answer_by, actor->id);
    if (role_is_person(actor->role))
        conversation->person_seq = seq;
}
