#ifndef RELEVO_PROTOCOL_MESSAGE_H
#define RELEVO_PROTOCOL_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "core/command.h"
#include "core/conversation.h"
#include "core/reason.h"
#include "core/role.h"
#include "core/roster.h"

/* What travels, as plain data. Everything a client sends borrows from the frame it was decoded from. */

enum message_type {
    MESSAGE_HELLO,
    MESSAGE_COMMAND,
    MESSAGE_PAGE,
    MESSAGE_TIME,
    MESSAGE_RESYNC,
};

/* Where a client says it has got to. */
struct resume {
    struct bytes epoch;
    int64_t seq;
};

struct message_hello {
    struct bytes token;
    bool has_resume;
    struct resume resume;
};

/* Older Completed rows: those that came into the list before the transition `before_list_seq`. */
struct message_page {
    int64_t ref;             /* the client's, given back in the answer */
    int64_t before_list_seq; /* 0: the newest */
    int64_t limit;           /* 1 to LIMIT_PAGE_ROWS */
};

struct message_time {
    int64_t ref;
};

/* The client's counts or digest disagree with a sync frame that ended at `seq`. */
struct message_resync {
    int64_t seq;
};

struct message {
    enum message_type type;
    union {
        struct message_hello hello;
        struct command command;
        struct message_page page;
        struct message_time time;
        struct message_resync resync;
    };
};

/* What the server sends. */

struct welcome {
    struct bytes workspace;
    const struct text *agent_id; /* whoever signed in, whatever the role */
    const struct text *agent_name;
    enum role role;
    struct bytes epoch;
    int64_t seq;  /* where the first sync will begin: the client's own after a resume, else 0 */
    bool resumed; /* false: drop everything, all comes anew */
    int64_t now_ms;
    int64_t default_pause_ms;
    int64_t token_expires_ms;
};

/* Rows and agents that changed after `from`; all up to `to`. */
struct sync {
    bool fresh; /* the first piece of a walk from nothing: the receiver drops all; `from` is 0 */
    int64_t from;
    int64_t to;
    const struct row *const *rows;
    size_t rows_count;
    const struct agent *const *agents;
    size_t agents_count;
    bool at_tail; /* counts and digest stand in it */
    struct counts counts;
    uint32_t digest;
};

enum outcome {
    OUTCOME_DONE = 1,
    OUTCOME_UNCHANGED = 2,
    OUTCOME_REFUSED = 3,
    OUTCOME_UNKNOWN = 4,
};

struct answer {
    struct command_id id;
    enum outcome outcome;
    int64_t seq;        /* done: of its transition; else 0 */
    enum reason reason; /* refused */
    const char *detail; /* bad_value, unknown_command: the field's name; else NULL */
    int64_t until_ms;   /* refused `paused`: until when; 0: until somebody ends it */
    int64_t message;    /* done, a message: its number; else 0 */
    /* Refused because of how it stands (`stale`, `contact_wrote`, `not_holder` …): as it stands now; else
     * NULL. */
    const struct conversation *conversation;
};

struct page {
    int64_t ref;
    const struct conversation *const *conversations;
    size_t conversations_count;
    int64_t next_before_list_seq; /* for the next page; 0: there is none */
};

#endif
