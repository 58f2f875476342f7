#ifndef RELEVO_CORE_ACTION_H
#define RELEVO_CORE_ACTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "core/command_field.h"
#include "core/role.h"

/* Everything that can happen in a workspace: what a command asks for, and what a transition of the log did.
 * One row says everything about an action; if a part is left out, it does not compile. What the page shows of
 * an action is a row of web-demo/page/actions.ts.
 *
 * - The number: stored, in the log and in rows; it never changes. The numbers have no gaps.
 * - Which roles may give it as a command. An action that no client may give is the server's own.
 * - Which of a command's fields it needs, and which it may have, besides `conversation` and `version`
 *   (core/command_field.h). Other fields are ignored.
 * - What it does at most: a set of enum effect. decision.c asserts this of every step that it records.
 * - Its RULE: what becomes true, and what has to be true for it (struct rule, in core/rule.c). RECORDED:
 *   nobody can ask for it; it is recorded along with something else. */
/* clang-format off */
#define ACTION_LIST(X) \
    X(1, REOPEN, "reopen", BY_PEOPLE, NO_FIELD, WITH_PAUSE, \
      DOES_OPEN | DOES_START_PAUSE, \
      RULE(change_to_open)) \
    X(2, ASSIGN, "assign", BY_PEOPLE | BY_BOT, WITH_AGENT, WITH_PAUSE | WITH_CHANNEL | WITH_NAME, \
      DOES_CREATE_FOR_AGENT | DOES_OPEN | DOES_ASSIGN | DOES_START_PAUSE, \
      RULE(change_assign, .needs = need_known_agent, .holder = need_holder_to_release)) \
    X(3, SEND_MESSAGE, "send_message", BY_PEOPLE, \
      WITH_WORDS | WITH_SEEN, WITH_PAUSE | WITH_CHANNEL | WITH_NAME | WITH_PLACE_SEEN | WITH_TAKE, \
      DOES_CREATE | DOES_SEND | DOES_OPEN | DOES_ASSIGN | DOES_START_PAUSE, \
      RULE(change_send_message)) \
    X(4, OPEN, "open", BY_BOT, NO_FIELD, WITH_PAUSE | WITH_CHANNEL | WITH_NAME, \
      DOES_CREATE | DOES_OPEN | DOES_ASSIGN | DOES_START_PAUSE, \
      RULE(change_open)) \
    X(5, KEEP_OPEN, "keep_open", BY_PEOPLE, NO_FIELD, WITH_PAUSE, \
      DOES_START_PAUSE, \
      RULE(change_to_open, .needs = need_open)) \
    X(6, RESUME_BOT, "resume_bot", BY_PEOPLE, NO_FIELD, NO_FIELD, \
      DOES_END_PAUSE, \
      RULE(change_resume_bot)) \
    X(7, COMPLETE, "complete", BY_PEOPLE | BY_BOT, NO_FIELD, WITH_PLACE_SEEN, \
      DOES_CLOSE | DOES_END_PAUSE, \
      RULE(change_complete, .may_speak = need_bot_may_speak, .needs = need_nobody_waiting_for_person, \
           .holder = need_holder)) \
    X(8, UNLINK, "unlink", BY_PEOPLE | BY_BOT, NO_FIELD, WITH_PLACE_SEEN, \
      DOES_CLOSE | DOES_ASSIGN | DOES_END_PAUSE, \
      RULE(change_unlink, .may_speak = need_bot_may_speak, .needs = need_nobody_waiting_for_person, \
           .holder = need_holder)) \
    X(9, SET_AUTOMATION, "set_automation", BY_PEOPLE, WITH_ENABLED, NO_FIELD, \
      DOES_SWITCH | DOES_OPEN | DOES_ASSIGN | DOES_START_PAUSE | DOES_END_PAUSE, \
      RULE(change_set_automation)) \
    X(10, CONTACT_MESSAGE, "contact_message", BY_CHANNEL, WITH_BODY, WITH_NAME, \
      DOES_CREATE | DOES_RECEIVE | DOES_OPEN | DOES_ASSIGN, \
      RULE(change_contact_message)) \
    X(11, BOT_MESSAGE, "bot_message", BY_BOT, WITH_WORDS, WITH_CHANNEL | WITH_NAME | WITH_PLACE_SEEN, \
      DOES_CREATE | DOES_SEND | DOES_NOTE_PAUSED, \
      RULE(change_bot_message, .may_speak = need_bot_may_speak)) \
    X(12, MARK_READ, "mark_read", BY_PEOPLE, WITH_RECEIVED, NO_FIELD, \
      DOES_READ, \
      RULE(change_mark_read, .needs = need_received_message)) \
    X(13, MESSAGE_STATUS, "message_status", BY_CHANNEL, WITH_MESSAGE | WITH_STATUS, WITH_BODY, \
      DOES_REPORT, \
      RULE(change_message_status, .needs = need_sent_message, .is_news = is_news_of_older_message)) \
    /* The pause ran out (core/due.h). */ \
    X(14, EXPIRE, "expire", BY_SERVER, NO_FIELD, NO_FIELD, \
      DOES_END_PAUSE, \
      RULE(change_expire)) \
    /* The first bot message of a pause that was refused. */ \
    X(15, BOT_BLOCKED, "bot_blocked", BY_NOBODY, NO_FIELD, NO_FIELD, \
      DOES_NOTHING_ELSE, \
      RECORDED) \
    /* An agent signed in, newly or with another name or role. */ \
    X(16, AGENT_SEEN, "agent_seen", BY_NOBODY, NO_FIELD, NO_FIELD, \
      DOES_SIGN_IN, \
      RECORDED) \
    /* The contact's name and all messages are wiped, for good. */ \
    X(17, ERASE, "erase", BY_SUPERVISOR, NO_FIELD, NO_FIELD, \
      DOES_ERASE, \
      RULE(change_erase, .is_news = is_news_of_words))
/* clang-format on */

/* Sets of roles. */
enum {
    BY_NOBODY = 0,
    BY_SUPERVISOR = 1 << ROLE_SUPERVISOR,
    BY_PEOPLE = 1 << ROLE_AGENT | 1 << ROLE_SUPERVISOR,
    BY_BOT = 1 << ROLE_AUTOMATION,
    BY_CHANNEL = 1 << ROLE_CHANNEL,
    BY_SERVER = 1 << ROLE_SERVER, /* when a due has come (core/due.h) */
};

/* What an action can do. */
enum effect {
    DOES_NOTHING_ELSE = 0,
    DOES_CREATE = 1 << 0,           /* creates the conversation that it names, where there is none */
    DOES_CREATE_FOR_AGENT = 1 << 1, /* likewise, where it names somebody to assign it to */
    DOES_OPEN = 1 << 2,
    DOES_CLOSE = 1 << 3, /* moves it into the Completed list, or out of both lists */
    DOES_ASSIGN = 1 << 4,
    DOES_SWITCH = 1 << 5, /* the automation, on or off */
    DOES_START_PAUSE = 1 << 6,
    DOES_END_PAUSE = 1 << 7,
    DOES_RECEIVE = 1 << 8,      /* brings exactly one message of the contact */
    DOES_SEND = 1 << 9,         /* brings exactly one message to the contact */
    DOES_READ = 1 << 10,        /* marks as read what the contact has written, up to command.received */
    DOES_REPORT = 1 << 11,      /* reports what became of message command.message to the contact */
    DOES_NOTE_PAUSED = 1 << 12, /* where it is refused for a pause, bot_blocked is recorded */
    DOES_SIGN_IN = 1 << 13,     /* is about an agent, and about no conversation */
    DOES_ERASE = 1 << 14,       /* wipes the contact's name and all messages so far */

    DOES_BRING_MESSAGE = DOES_RECEIVE | DOES_SEND,
    /* What a row's `version` counts. */
    DOES_CHANGE_VERSION =
        DOES_OPEN | DOES_CLOSE | DOES_ASSIGN | DOES_SWITCH | DOES_START_PAUSE | DOES_END_PAUSE,
};
typedef unsigned effect_set;

enum action {
#define X(number, NAME, ...) ACTION_##NAME = number,
    ACTION_LIST(X)
#undef X
};

/* The size of an array that is indexed by action; [0] is no action. */
enum {
#define X(number, ...) +1
    ACTION_COUNT = 1 ACTION_LIST(X)
#undef X
};

/* The action's name as it travels, such as "reopen". */
const char *action_name(enum action action);

/* Whether the role may give this command (PROTOCOL.md, "Commands"). Whether an agent must also be the holder
 * is judged in conversation_decide. */
bool action_is_allowed(enum action action, enum role role);

/* The fields (core/command.h) that a command of this action must have, and those that it may have. */
command_field_set action_needed_fields(enum action action);
command_field_set action_optional_fields(enum action action);

/* Whether the action can do at least one of these; whether it can do all of these. */
bool action_does(enum action action, effect_set effects);
bool action_does_all(enum action action, effect_set effects);

/* Finds the action with this name that a client may command. False: there is none. */
bool action_parse(struct bytes name, enum action *action_r);

/* Finds the action with this number, as stored. False: there is none. */
bool action_from_number(int64_t number, enum action *action_r);

#endif
