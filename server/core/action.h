#ifndef RELEVO_CORE_ACTION_H
#define RELEVO_CORE_ACTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

/* Everything that can happen in a workspace: what a command asks for, what a transition of the log did. The
 * numbers are stored and never change. Three are the server's own and no client can ask for them. */
#define ACTION_LIST(X)                                                                                       \
    X(1, REOPEN, "reopen")                                                                                   \
    X(2, ASSIGN, "assign")                                                                                   \
    X(3, SEND_MESSAGE, "send_message")                                                                       \
    X(4, OPEN, "open")                                                                                       \
    X(5, KEEP_OPEN, "keep_open")                                                                             \
    X(6, RESUME_BOT, "resume_bot")                                                                           \
    X(7, COMPLETE, "complete")                                                                               \
    X(8, UNLINK, "unlink")                                                                                   \
    X(9, SET_AUTOMATION, "set_automation")                                                                   \
    X(10, CONTACT_MESSAGE, "contact_message")                                                                \
    X(11, BOT_MESSAGE, "bot_message")                                                                        \
    X(12, MARK_READ, "mark_read")                                                                            \
    X(13, MESSAGE_STATUS, "message_status")                                                                  \
    X(14, EXPIRE, "expire")           /* the pause ran out */                                                \
    X(15, BOT_BLOCKED, "bot_blocked") /* the first bot message of a pause that was refused */                \
    X(16, AGENT_SEEN, "agent_seen")   /* an agent signed in, newly or with another name or role */           \
    X(17, ERASE, "erase")             /* the contact's name and all messages are wiped, for good */

enum action {
#define X(number, NAME, name) ACTION_##NAME = number,
    ACTION_LIST(X)
#undef X
};

/* Of an array by action; [0] is none of them. */
enum {
#define X(number, ...) +1
    ACTION_ROOM = 1 ACTION_LIST(X)
#undef X
};

/* "reopen" … */
const char *action_name(enum action action);

/* The action with this name that a client may command. False where there is none. */
bool action_parse(struct bytes name, enum action *action_r);

/* The action with this number, as stored. False where there is none. */
bool action_from_number(int64_t number, enum action *action_r);

#endif
