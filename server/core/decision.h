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
    int64_t known_seq;        /* how far the log has been read: `seen` beyond it belongs to another log */
    bool is_seen_elsewhere;   /* the epoch and mark of `seen` belong to another log */
    bool assignee_is_known;   /* assign: whether the workspace has that agent */
    bool is_full;             /* the workspace has as many Open conversations as it may have */
    int64_t next_seq;         /* the pending number for the first transition of this decision (-1, -2, …) */
};

enum verdict {
    VERDICT_DONE,
    VERDICT_UNCHANGED, /* the row already shows what was asked for */
    VERDICT_REFUSED,
};

/* What a command comes to. A refused or unchanged command may bring a transition, too: a due that has come is
 * carried out first (`expire`), and the first bot message that is refused in a pause is recorded
 * (`bot_blocked`). */
enum { DECISION_TRANSITIONS_MAX = DUE_COUNT + 1 };
struct decision {
    enum verdict verdict;
    enum reason reason;  /* VERDICT_REFUSED */
    struct pause pause;  /* PAUSED: the pause that stands; its end may be pending */
    struct text *holder; /* PAUSED, NOT_HOLDER: who has the conversation; NULL: nobody */
    int64_t since_seq;   /* ANSWERED, CONTACT_WROTE: of the message that is the reason; it may be pending */
    int transitions_count;
    struct transition transitions[DECISION_TRANSITIONS_MAX];
};

void decision_finish(struct decision *decision);

/* Judges a command and changes nothing (PROTOCOL.md, "Commands"). `before` is NULL where the conversation
 * does not exist. Desk and store have already looked up the command's id. The caller finishes *decision_r.
 * The server itself acts with the role ROLE_SERVER and no id.
 *
 * Order: role → exists → channel → expected version, and which log `seen` belongs to → already so → may speak
 * → needs → holder → seen → take → room.
 * - Exists: contact_message, send_message, open, bot_message and assign to somebody create the conversation
 *   that they name. If a channel creates it, it belongs to that channel; if anybody else does, to
 *   command->channel (none: channel_needed). A channel may change only its own conversations
 *   (not_your_channel).
 * - The expected version is compared with `before`, which is the state before any due is carried out. A
 *   conversation that does not exist has version 0.
 * - Once the command has passed role, exists and version, a due that has come (core/due.h) is carried out by
 *   a transition in front of the command's, whatever becomes of the command: a pause that has run out is
 *   ended by an `expire`. A due that this same batch has set has not come yet.
 * - The `expire` command ends the one pause that command->due_seq names. If another pause stands, or it is
 *   too early, it is `unchanged`.
 * - A decision is `unchanged` where the row would show nothing else than before, with two exceptions: `open`
 *   without an explicit pause leaves an open and paused conversation alone, even if the default would extend
 *   the pause; and a message_status that is not about the newest message is always recorded, as no row shows
 *   it.
 * - `seen`: the command is refused if somebody else has written to the contact after it (answered), or else
 *   if the contact has written after it (contact_wrote). What is pending is later than anything that a client
 *   can have seen.
 * - Room: where the workspace is full, a command that would open one more is refused. This refusal is
 *   temporary, so it brings no transition, not even that of a due: the same command may be sent again with
 *   the same id.
 *
 * A transition's `message` is the number of the message that it stores (contact_message, send_message,
 * bot_message), reports on (message_status) or reads up to (mark_read). Its before_seq is the seq of the
 * state that it was decided on, which is pending where the same batch has made that state. Its command id is
 * the command's; where it carries out a due, it is that of due_command_id. */
void conversation_decide(const struct conversation *before, const struct actor *actor,
                         const struct command *command, const struct circumstances *circumstances,
                         struct decision *decision_r);

#endif
