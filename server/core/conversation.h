#ifndef RELEVO_CORE_CONVERSATION_H
#define RELEVO_CORE_CONVERSATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "core/action.h"
#include "core/command.h"
#include "core/pause.h"
#include "core/role.h"

/* Which of the two lists a conversation is in. One field says both status and listing, so that "open and in
 * no list" cannot be expressed. The status is `open` in LIST_OPEN and `completed` otherwise. The numbers are
 * stored and never change. */
enum conversation_list {
    LIST_NONE = 0,      /* completed, in neither list: new, or unlinked */
    LIST_OPEN = 1,      /* open */
    LIST_COMPLETED = 2, /* completed and listed */
};

/* Some seqs and times are known only when the commit has been made. Until then they have placeholders: the
 * seq of a transition is its place in the batch, as -1, -2, …; a time is AT_PENDING. Later decisions of the
 * same batch carry the same placeholders. transition_stamp replaces them. */
#define AT_PENDING INT64_C(-1)
static inline bool seq_is_pending(int64_t seq)
{
    return seq < 0;
}

/* The bytes that a contact's name has at most. */
enum { CONVERSATION_NAME_BYTES_MAX = 255 };

/* Whether `seq` comes after `than_seq`. What is pending comes after everything that is committed. */
static inline bool seq_is_later(int64_t seq, int64_t than_seq)
{
    if (seq_is_pending(seq) && seq_is_pending(than_seq))
        return seq < than_seq;
    return seq_is_pending(seq) || (!seq_is_pending(than_seq) && seq > than_seq);
}

/* The bytes of a message that the preview holds at most; it is cut between two characters. */
enum { CONVERSATION_PREVIEW_BYTES_MAX = 120 };

/* The state of one conversation, as committed (or, in a decision, as it will be). It owns its strings. A desk
 * holds very many conversations, so the small members stand together at the end. */
struct conversation {
    struct text *words; /* id, name and preview, one after the other. NULL: there is no conversation */
    struct text *channel;
    struct text *assignee; /* NULL: nobody */
    struct text *last_by;
    struct text *answer_by; /* who wrote the newest message to the contact; NULL before the first */
    struct pause pause;
    int64_t pause_seq;   /* of the transition that set or changed the pause; 0 without one */
    int64_t list_seq;    /* of the transition that brought it into (or out of) its list; 0: never listed */
    int64_t version;     /* how many transitions have changed list, assignee, automation or pause */
    int64_t seq;         /* of the last transition of any action */
    int64_t received;    /* messages from the contact, ever; they are numbered from 1 */
    int64_t sent;        /* messages to the contact, ever; they are numbered from 1 */
    int64_t unread;      /* of the received */
    int64_t contact_seq; /* of the contact's newest message. This and the next three: 0 before the first */
    int64_t answer_seq;  /* of the newest message to the contact */
    int64_t other_answer_seq; /* of the newest message to the contact that answer_by has not written */
    int64_t person_seq;       /* of the newest message to the contact that a person has written */
    int64_t waiting_since_ms; /* when the oldest unanswered message of the contact came; 0: there is none */
    int64_t preview_at_ms;
    int64_t last_at_ms;
    enum conversation_list list : 8;
    enum delivery delivery : 8;  /* of the newest message to the contact */
    enum role preview_role : 8;  /* of the previewed message's author; ROLE_CHANNEL: the contact. Else 0 */
    enum action last_action : 8; /* the last that changed `version`; all last_* are 0 before it */
    enum role last_role : 8;
    enum role answer_role : 8; /* of answer_by */
    bool automation_enabled;
    bool bot_blocked;      /* a bot message was refused in this pause, and that has been recorded */
    bool waits_for_person; /* the contact waits, and a bot's answer does not end that */
    uint8_t id_size;
    uint8_t name_size;
};

/* The conversation's id; the contact's name, which may be empty; the beginning of the last message. They are
 * borrowed from `words`. */
static inline struct bytes conversation_id(const struct conversation *conversation)
{
    return bytes_make(text_bytes(conversation->words).data, conversation->id_size);
}

static inline struct bytes conversation_name(const struct conversation *conversation)
{
    const uint8_t *words = text_bytes(conversation->words).data;
    return bytes_make(words == NULL ? NULL : words + conversation->id_size, conversation->name_size);
}

static inline struct bytes conversation_preview(const struct conversation *conversation)
{
    struct bytes words = text_bytes(conversation->words);
    size_t before = (size_t)conversation->id_size + conversation->name_size;
    return bytes_make(words.data == NULL ? NULL : words.data + before, words.size - before);
}

/* Sets the words. The arguments may be parts of the present words. */
void conversation_set_words(struct conversation *conversation, struct bytes id, struct bytes name,
                            struct bytes preview);

/* Makes *copy_r, whose old value is not finished, a copy that shares the strings. */
void conversation_copy(const struct conversation *conversation, struct conversation *copy_r);

/* Releases the strings and zeroes the value. */
void conversation_finish(struct conversation *conversation);

/* Whether this value, none of whose numbers is negative, is a conversation that the code here can work with.
 * What a store says may be wrong. */
bool conversation_is_possible(const struct conversation *conversation);

/* Asserts every invariant of a committed conversation (the list is in conversation.c). */
void conversation_check(const struct conversation *conversation);

/* Whether the automation is enabled and no pause stands in the log. */
bool conversation_bot_may_speak(const struct conversation *conversation);

/* The holder: the assignee while the conversation is open; NULL: nobody. The assignee of a completed
 * conversation is only a record of who had it. The text is borrowed. */
struct text *conversation_holder(const struct conversation *conversation);

/* Whether the actor wrote the newest message to the contact. A writer is a kind (person, automation, channel)
 * and an id. */
bool conversation_was_answered_by(const struct conversation *conversation, const struct actor *actor);

/* Notes that the actor has written to the contact in the transition `seq`, which may be pending. */
void conversation_note_answer(struct conversation *conversation, const struct actor *actor, int64_t seq);

#endif
