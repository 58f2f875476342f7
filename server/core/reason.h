#ifndef RELEVO_CORE_REASON_H
#define RELEVO_CORE_REASON_H

#include <stdbool.h>
#include <stdint.h>

/* Why a command, or a request, was refused: one closed list. Number, name and sentence travel to the client
 * (PROTOCOL.md, "Reasons"); the numbers are stored with a command's outcome and never change. `temporary`:
 * nothing was done, and the same command may be sent again with the same id. */
#define REASON_LIST(X)                                                                                       \
    X(1, BAD_VALUE, "bad_value", false,                                                                      \
      "A field is missing, or has a value that the protocol does not allow")                                 \
    X(2, UNKNOWN_COMMAND, "unknown_command", false, "There is no command with this name")                    \
    X(3, ID_REUSED, "id_reused", false, "This command id has been used for another command")                 \
    X(4, FORBIDDEN, "forbidden", false, "This role may not give this command")                               \
    X(5, UNKNOWN_CONVERSATION, "unknown_conversation", false, "There is no conversation with this id")       \
    X(6, CHANNEL_NEEDED, "channel_needed", false,                                                            \
      "To create the conversation the command must name its channel")                                        \
    X(7, NOT_YOUR_CHANNEL, "not_your_channel", false, "The conversation belongs to another channel")         \
    X(8, STALE, "stale", false,                                                                              \
      "The conversation has changed since the version that the command was decided on")                      \
    X(9, NOT_OPEN, "not_open", false, "The conversation is not open")                                        \
    X(10, UNKNOWN_AGENT, "unknown_agent", false, "There is no agent with this id in the workspace")          \
    X(11, UNKNOWN_MESSAGE, "unknown_message", false, "The conversation has no message with this number")     \
    X(12, CONTACT_WROTE, "contact_wrote", false, "The contact has written since what was seen")              \
    X(13, NOT_HOLDER, "not_holder", false, "Another agent holds the conversation")                           \
    X(14, PAUSED, "paused", false, "The automation is paused: a person has the conversation")                \
    X(15, AUTOMATION_OFF, "automation_off", false, "The automation is switched off for this conversation")   \
    X(16, BUSY, "busy", true, "Too many others are changing this conversation right now")                    \
    X(17, TOO_MANY, "too_many", true, "Too many commands of this connection are waiting for their answer")   \
    X(18, UNAVAILABLE, "unavailable", true, "The server can have nothing committed now; nothing was done")   \
    X(19, INTERNAL, "internal", false, "The server failed to carry out the command; nothing was done")       \
    X(20, TOO_FAST, "too_fast", true,                                                                        \
      "Too many commands of this person, or of the workspace, within a short time")                          \
    X(21, ANSWERED, "answered", false, "Somebody else has answered the contact since what was seen")         \
    X(22, WAITS_FOR_PERSON, "waits_for_person", false, "The contact waits for a person")                     \
    X(23, TOO_SLOW, "too_slow", true, "The database took too long to look this up")                          \
    X(24, WORKSPACE_FULL, "workspace_full", true,                                                            \
      "The workspace has as many open conversations as it may have")

enum reason {
    REASON_NONE = 0,
#define X(number, NAME, name, temporary, sentence) REASON_##NAME = number,
    REASON_LIST(X)
#undef X
};

/* The size of an array that is indexed by reason; [0] is no reason. */
enum {
#define X(number, ...) +1
    REASON_COUNT = 1 REASON_LIST(X)
#undef X
};

/* The reason's name, such as "stale"; "none" for REASON_NONE. */
const char *reason_name(enum reason reason);
const char *reason_sentence(enum reason reason);
bool reason_is_temporary(enum reason reason);

/* Finds the reason with this number, as stored. False: there is none. */
bool reason_from_number(int64_t number, enum reason *reason_r);

#endif
