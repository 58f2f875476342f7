#ifndef RELEVO_CORE_DECISION_H
#define RELEVO_CORE_DECISION_H

#include <stdbool.h>
#include <stdint.h>

#include "core/command.h"
#include "core/conversation.h"
#include "core/due.h"
#include "core/reason.h"
#include "core/role.h"
#include "core/transition.h"

/* What a decision rests on besides the conversation and the command. */
struct circumstances {
    int64_t now_ms;           /* the database's clock, as estimated */
    int64_t default_pause_ms; /* the workspace's */
    int64_t known_seq;        /* what has been read of the log: `seen` beyond it is of another history, */
    bool is_seen_elsewhere;   /* as is one whose epoch and mark are not this log's */
    bool assignee_is_known;   /* assign: whether the workspace has that agent */
    bool is_full;             /* the workspace has as many Open conversations as it may have */
    int64_t next_seq;         /* the pending number for the first transition of this decision (-1, -2, …) */
};

enum verdict {
    VERDICT_DONE,
    VERDICT_UNCHANGED, /* it was so already */
    VERDICT_REFUSED,
};

/* What a command comes to. Also a refused or unchanged command may bring a transition: what is due is carried
 * out before anything is judged (`expire`), and the first bot message refused in a pause is recorded
 * (`bot_blocked`). */
enum { DECISION_TRANSITIONS_MAX = DUE_COUNT + 1 };
struct decision {
    enum verdict verdict;
    enum reason reason;  /* VERDICT_REFUSED */
    struct pause pause;  /* PAUSED: the one that stands; its end may be pending */
    struct text *holder; /* PAUSED, NOT_HOLDER: who has the conversation; NULL: nobody */
    int64_t since_seq;   /* ANSWERED, CONTACT_WROTE: of the message that came since; it may be pending */
    int transitions_count;
    struct transition transitions[DECISION_TRANSITIONS_MAX];
};

void decision_finish(struct decision *decision);

/* Judges a command and changes nothing (PROTOCOL.md, "Commands"). `before` is NULL where the conversation
 * does not exist. The command's id has been looked up before (that is the store's and the desk's part). The
 * caller finishes *decision_r. The server itself acts with the role ROLE_SERVER and no id.
 *
 * Order: role → exists → channel → expected version and the history of `seen` → already so → may speak →
 * needs → holder → seen → take → room.
 * - Exists: contact_message, send_message, open, bot_message and assign to somebody create what they name;
 *   created by a channel, it is that channel's, by others, command->channel's (else channel_needed). A
 *   channel may touch only its own (not_your_channel).
 * - The expected version is compared with `before`, ahead of the dues that the command itself puts in
 *   front. What does not exist has version 0.
 * - What is due (core/due.h) is carried out by a transition in front, whatever becomes of the command, once
 *   it got past role, exists and version: a pause that has run out is ended by an `expire`. (What was set by
 *   this very batch is not due: it stands until the next one.)
 * - The `expire` command is for one pause, command->due_seq; another one, or too early, is `unchanged`.
 * - A decision is `unchanged` where the row would show nothing else than before, with two exceptions: `open`
 *   without an explicit pause leaves an open and paused conversation alone, even if the default would extend
 *   the pause; and a message_status that is not about the newest message is always recorded, as no row shows
 *   it.
 * - `seen`: what somebody else has written to the contact after it refuses (answered), then what the contact
 *   has (contact_wrote). What is pending is later than any place that somebody can have seen.
 * - Room: what would open one more where the workspace is full is refused, and what is open goes on. As that
 *   is temporary it brings no transition, not even of what is due: the id is free for the same command again.
 *
 * Of a transition, `message` is the number of the message that it stores (contact_message, send_message,
 * bot_message), tells of (message_status) or reads up to (mark_read). Its before_seq is the seq of the state
 * that it was decided on: pending where that is of the same batch. Its command id is the command's; of what
 * is due it is due_command_id's. */
void conversation_decide(const struct conversation *before, const struct actor *actor,
                         const struct command *command, const struct circumstances *circumstances,
                         struct decision *decision_r);

#endif
