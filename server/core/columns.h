#ifndef RELEVO_CORE_COLUMNS_H
#define RELEVO_CORE_COLUMNS_H

/* What the database keeps of a conversation and of a transition: one line for each column, X(KIND, name,
 * member). The names and their order are those of the tables conversation_columns and transition_columns
 * (sql/migrations); a test compares them. These lists say what is sent to the database and what is read from
 * it (store/append.c, store/row.c), and what a commit resolves (core/transition.c). Clients get another list,
 * in an order of its own (protocol/columns.c).
 *
 * SEQ is the seq of a transition; a SEQ and a TIME may be pending. DEADLINE is the time of a due
 * (core/due.h), such as the end of a pause; it can be pending in its own way (core/pause.h). A COUNT is 0 or
 * more. TEXT is at most as long as an id; TEXT_OR_NULL is null where there is none. NAME and PREVIEW are
 * parts of a conversation's words. */

/* The columns of struct conversation, besides its id and its seq. */
#define CONVERSATION_COLUMN_LIST(X)                                                                          \
    X(SEQ, list_seq, list_seq)                                                                               \
    X(SEQ, pause_seq, pause_seq)                                                                             \
    X(SEQ, contact_seq, contact_seq)                                                                         \
    X(SEQ, answer_seq, answer_seq)                                                                           \
    X(SEQ, other_answer_seq, other_answer_seq)                                                               \
    X(SEQ, person_seq, person_seq)                                                                           \
    X(COUNT, version, version)                                                                               \
    X(COUNT, received, received)                                                                             \
    X(COUNT, sent, sent)                                                                                     \
    X(COUNT, unread, unread)                                                                                 \
    X(DEADLINE, pause_until, pause.until_ms)                                                                 \
    X(TIME, waiting_since, waiting_since_ms)                                                                 \
    X(TIME, preview_at, preview_at_ms)                                                                       \
    X(TIME, last_at, last_at_ms)                                                                             \
    X(LIST, list, list)                                                                                      \
    X(PAUSE, pause, pause.kind)                                                                              \
    X(DELIVERY, delivery, delivery)                                                                          \
    X(ROLE, preview_role, preview_role)                                                                      \
    X(ACTION, last_action, last_action)                                                                      \
    X(ROLE, last_role, last_role)                                                                            \
    X(ROLE, answer_role, answer_role)                                                                        \
    X(BOOL, automation_enabled, automation_enabled)                                                          \
    X(BOOL, bot_blocked, bot_blocked)                                                                        \
    X(BOOL, waits_for_person, waits_for_person)                                                              \
    X(TEXT, channel, channel)                                                                                \
    X(NAME, name, name)                                                                                      \
    X(PREVIEW, preview, preview)                                                                             \
    X(TEXT_OR_NULL, assignee, assignee)                                                                      \
    X(TEXT_OR_NULL, last_by, last_by)                                                                        \
    X(TEXT_OR_NULL, answer_by, answer_by)

/* The columns of struct transition, besides its seq, its time, its body, and the conversation after it. */
#define TRANSITION_COLUMN_LIST(X)                                                                            \
    X(COMMAND, command_id, command)                                                                          \
    X(SEQ, before_seq, before_seq)                                                                           \
    X(COUNT, message, message)                                                                               \
    X(ACTION, action, action)                                                                                \
    X(ROLE, role, role)                                                                                      \
    X(LIST, from_list, from)                                                                                 \
    X(DELIVERY, reported, delivery)                                                                          \
    X(TEXT_OR_NULL, by, by)

enum {
#define X(...) +1
    CONVERSATION_COLUMNS_COUNT = 0 CONVERSATION_COLUMN_LIST(X),
    TRANSITION_COLUMNS_COUNT = 0 TRANSITION_COLUMN_LIST(X),
#undef X
};

#endif
