#ifndef RELEVO_CORE_CONVERSATION_H
#define RELEVO_CORE_CONVERSATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "core/action.h"
#include "core/command.h"
#include "core/reason.h"
#include "core/role.h"

/* Which of the two lists a conversation is in. Status and listing in one: Open implies listed, so "open and in no list" cannot even
 * be said. The service status is `open` in LIST_OPEN and `completed` otherwise. Stored; the numbers never change. */
enum conversation_list {
    LIST_NONE = 0,      /* completed, in neither list: new, or unlinked */
    LIST_OPEN = 1,      /* open */
    LIST_COMPLETED = 2, /* completed and listed */
};

/* Stored; the numbers never change. */
enum pause_kind {
    PAUSE_NONE = 0,
    PAUSE_UNTIL = 1,           /* until pause.until_ms */
    PAUSE_UNTIL_COMPLETED = 2, /* until somebody completes, unlinks or resumes */
};

struct pause {
    enum pause_kind kind;
    int64_t until_ms; /* Unix milliseconds by the database's clock; 0 but for PAUSE_UNTIL */
};

/* A number or a time that only the commit will give. Until then a transition is numbered by its place in the batch, as
 * -1, -2, …; a time is AT_PENDING. Everything decided on top of it carries the same marks, and transition_stamp resolves them. */
#define AT_PENDING INT64_C(-1)
static inline bool seq_is_pending(int64_t seq)
{
    return seq < 0;
}

/* The state of one conversation, as committed (or, in a decision, as it will be). A plain value that holds its strings. */
struct conversation {
    struct text *id;
    struct text *channel;
    struct text *name;               /* of the contact; may be empty */
    enum conversation_list list;
    int64_t list_seq;                /* of the transition that brought it into (or out of) its list; 0: never listed */
    struct text *assignee;           /* NULL: nobody */
    bool automation_enabled;
    struct pause pause;
    int64_t pause_seq;               /* of the transition that set the pause; 0 without one */
    bool bot_blocked;                /* a bot message was refused in this pause, and that has been recorded */
    int64_t version;                 /* counts changes of list, assignee, automation and pause */
    int64_t seq;                     /* of the last transition, whatever it was */
    int64_t received;                /* messages from the contact, ever; they are numbered from 1 */
    int64_t sent;                    /* messages to the contact, ever; they are numbered from 1 */
    int64_t unread;                  /* of the received */
    enum delivery delivery;          /* of the newest message to the contact */
    int64_t waiting_since_ms;        /* the oldest contact message that nobody has answered; 0: none */
    struct text *preview;            /* the beginning of the last message */
    enum role preview_role;          /* who wrote it: ROLE_CHANNEL stands for the contact. 0 before the first */
    int64_t preview_at_ms;
    enum action last_action;         /* the last that changed `version`; 0 before the first */
    struct text *last_by;
    enum role last_role;
    int64_t last_at_ms;
};

/* Makes *copy_r (zeroed or unset memory) a copy that shares the strings. */
void conversation_copy(const struct conversation *conversation, struct conversation *copy_r);

/* Gives the strings up and zeroes the value. */
void conversation_finish(struct conversation *conversation);

/* Asserts every invariant of a committed conversation:
 * - open ⇒ never list_seq 0; in no list ⇒ no assignee unless never listed … (written out where it is checked). */
void conversation_check(const struct conversation *conversation);

/* Automation enabled and no pause stands in the log. */
bool conversation_bot_may_speak(const struct conversation *conversation);

/* One step of the log: what was done and how the conversation stands after it. */
struct transition {
    int64_t seq;                 /* pending until the commit */
    int64_t at_ms;               /* AT_PENDING until the commit; never before the workspace's previous transition */
    struct command_id command;   /* of the command that brought it; reserved ids are the server's own */
    enum action action;
    enum role role;              /* of who did it */
    struct text *by;             /* NULL: the server */
    enum conversation_list from; /* the list before */
    int64_t before_seq;          /* conversation.seq before: what the store checks; 0: it did not exist */
    struct conversation after;
    struct text *body;           /* of a message; why a delivery failed; else NULL */
    int64_t message;             /* the number of the message that it brings or speaks of; else 0 */
    enum delivery delivery;      /* message_status */
};

void transition_finish(struct transition *transition);

/* Resolves what was pending: `seqs[n - 1]` is the seq given to the transition numbered -n in its batch. The transition's own seq
 * becomes its number, pending times become at_ms. */
void transition_stamp(struct transition *transition, const int64_t *seqs, int64_t at_ms);

/* What a decision rests on besides the conversation and the command. */
struct circumstances {
    int64_t now_ms;           /* the database's clock, as estimated */
    int64_t default_pause_ms; /* the workspace's */
    bool assignee_is_known;   /* assign: whether the workspace has that agent */
    int64_t next_seq;         /* the pending number for the first transition of this decision (-1, -2, …) */
};

enum verdict {
    VERDICT_DONE,
    VERDICT_UNCHANGED, /* it was so already */
    VERDICT_REFUSED,
};

/* What a command comes to. Also a refused or unchanged command may bring a transition: a pause whose time has passed is ended before
 * anything is judged (`expire`), and the first bot message refused in a pause is recorded (`bot_blocked`). */
enum { DECISION_TRANSITIONS_MAX = 2 };
struct decision {
    enum verdict verdict;
    enum reason reason;      /* VERDICT_REFUSED */
    const char *detail;      /* BAD_VALUE: the field; else NULL. A constant string. */
    int64_t until_ms;        /* PAUSED: when the pause ends; 0: when somebody ends it */
    int transitions_count;
    struct transition transitions[DECISION_TRANSITIONS_MAX];
};

void decision_finish(struct decision *decision);

/* Judges a command and changes nothing (design: the rules, "order of judging", "already so"). `before` is NULL where the conversation
 * does not exist. The command's id has been looked up before (that is the store's and the desk's part). The caller finishes
 * *decision_r. Each transition's before_seq is the seq of the state that it was decided on.
 *
 * Order: role → exists (and, for a channel, is its own) → expected version → already so → needs → holder → may speak. The expected
 * version is compared with `before`, ahead of an `expire` that the command itself puts in front. The `expire` is there whenever
 * the command got past role, exists and version. */
void conversation_decide(const struct conversation *before, const struct actor *actor, const struct command *command,
                         const struct circumstances *circumstances, struct decision *decision_r);

/* The id of the `expire` that ends the pause which pause_seq set: the same on every node, so that one of them lands. */
struct command_id conversation_expire_id(int64_t pause_seq);

#endif
