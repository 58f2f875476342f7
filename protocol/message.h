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
#include "core/transition.h"

/* What travels, as plain data. Everything a client sends borrows from the frame it was decoded from. */

/* How it stands with what keeps everything (PROTOCOL.md, "time, state, bye"). */
enum store_state {
    STORE_STATE_DOWN,
    STORE_STATE_STUCK, /* it is read from, and commits nothing */
    STORE_STATE_UP,
};

enum message_type {
    MESSAGE_HELLO,
    MESSAGE_COMMAND,
    MESSAGE_PAGE,
    MESSAGE_TIME,
    MESSAGE_RESYNC,
    MESSAGE_WATCH,
    MESSAGE_UNWATCH,
    MESSAGE_HISTORY,
    MESSAGE_FIND,
    MESSAGE_ACKED,
    MESSAGE_PRESENCE,
};

/* Where a client says it has got to. */
struct resume {
    struct bytes epoch;
    int64_t seq;
    int64_t mark_ms; /* the time of the transition with that seq, as the client was told it */
};

/* Under which name automation or a channel follows the log. */
struct consumer_wish {
    struct bytes name;
    bool has_after;
    bool has_mark;   /* both or neither */
    int64_t after;   /* begin after this seq, whatever has been acknowledged; */
    int64_t mark_ms; /* the time of that transition */
};

struct message_hello {
    struct bytes token;
    bool has_resume;
    struct resume resume;
    bool has_consumer;
    struct consumer_wish consumer;
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

/* The client's counts or digest disagree with a sync frame that ended at `seq`: what it counts itself. */
struct message_resync {
    int64_t seq;
    int64_t open;
    int64_t completed;
    int64_t digest;
};

/* A thread is opened: what happened in the conversation, and then what happens. */
struct message_watch {
    int64_t ref;
    struct bytes conversation;
    int64_t after; /* the client has what happened in it up to this seq; 0: nothing */
};

struct message_unwatch {
    struct bytes conversation;
};

/* What happened in a conversation before a seq. */
struct message_history {
    int64_t ref;
    struct bytes conversation;
    int64_t before; /* 0: the newest */
    int64_t limit;  /* 1 to LIMIT_HISTORY_ROWS */
    bool messages_only;
};

struct message_find {
    int64_t ref;
    struct bytes text;
    int64_t limit; /* 1 to LIMIT_FIND_ROWS */
};

/* A consumer has dealt with everything up to seq. */
struct message_acked {
    int64_t seq;
};

/* What the agent has in front of him. */
struct message_presence {
    struct bytes conversation; /* empty: none */
    bool is_typing;
};

struct message {
    enum message_type type;
    union {
        struct message_hello hello;
        struct command command;
        struct message_page page;
        struct message_time time;
        struct message_resync resync;
        struct message_watch watch;
        struct message_unwatch unwatch;
        struct message_history history;
        struct message_find find;
        struct message_acked acked;
        struct message_presence presence;
    };
};

/* What the server sends. */

struct welcome {
    struct bytes workspace;
    const struct text *agent_id; /* whoever signed in, whatever the role */
    const struct text *agent_name;
    enum role role;
    struct bytes epoch;
    int64_t seq;           /* where the first sync will begin: the client's own after a resume, else 0 */
    int64_t mark_ms;       /* the time of the transition with that seq; 0: nobody can come back to there */
    bool resumed;          /* false: drop everything, all comes anew */
    struct bytes consumer; /* under which name the log is followed; empty: it is not */
    int64_t now_ms;
    int64_t default_pause_ms;
    int64_t token_expires_ms;
};

/* Rows and agents that changed after `from`; all up to `to`. */
struct sync {
    bool fresh; /* the first piece of a walk from nothing: the receiver drops all; `from` is 0 */
    int64_t from;
    int64_t to;
    int64_t mark_ms; /* the time of the transition `to`; 0: nobody can come back to there */
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
enum { OUTCOME_COUNT = OUTCOME_UNKNOWN + 1 }; /* of an array by outcome */

struct answer {
    struct command_id id;
    enum outcome outcome;
    int64_t seq;        /* done: of its transition; refused: that it was judged at, or 0 */
    enum reason reason; /* refused */
    const char *detail; /* bad_value, unknown_command: the field's name; else NULL */
    int64_t until_ms;   /* refused `paused`: until when; 0: until somebody ends it */
    int64_t message;    /* done, a message: its number; else 0 */
    int64_t retry_ms;  /* refused for a temporary reason: the least to wait before it is sent again; else 0 */
    int64_t since_seq; /* refused `answered`, `contact_wrote`: of the message that came since; else 0 */
    struct text *holder; /* refused `paused`, `not_holder`: who has the conversation; NULL: nobody */
    bool shows_row;      /* whoever answers adds the row that it was judged on, if that still stands: */
    /* Refused because of how it stands (`stale`, `contact_wrote`, `not_holder` …): as it stood when it was
     * judged; else NULL. */
    const struct conversation *conversation;
};

struct page {
    int64_t ref;
    const struct conversation *const *conversations;
    size_t conversations_count;
    int64_t next_before_list_seq; /* for the next page; 0: there is none */
};

/* Transitions, for a consumer: all that concern it after `from`, up to `to`. */
struct log_piece {
    int64_t from;
    int64_t to;
    int64_t mark_ms; /* the time of the transition `to`; 0: not known */
    bool too_old;    /* what was there after `from`, up to `to`, is kept no more */
    const struct transition *const *transitions;
    size_t transitions_count;
};

/* What happened in one conversation, in order. */
struct thread {
    struct bytes conversation;
    bool has_ref; /* it answers a watch */
    int64_t ref;
    bool fresh; /* what the client has of the thread is void, or there was nothing */
    int64_t to; /* the client has everything in it up to here */
    const struct transition *const *transitions;
    size_t transitions_count;
    int64_t next_before; /* fresh: for the history before it; 0: there is none */
    bool too_old;        /* fresh: there is none because it is kept no more */
};

/* What happened in one conversation, newest first. */
struct history {
    int64_t ref;
    struct bytes conversation;
    const struct transition *const *transitions;
    size_t transitions_count;
    int64_t next_before; /* for the next one; 0: there is none */
    bool too_old;        /* there is none because it is kept no more */
};

struct found {
    int64_t ref;
    const struct conversation *const *conversations;
    size_t conversations_count;
    bool more;
};

/* One agent, as others see him. */
struct person {
    const struct text *id;
    bool is_online;
    const struct text *conversation; /* what he has in front of him; NULL: none */
    bool is_typing;
};

struct people {
    bool fresh; /* whoever is not in it is not online */
    const struct person *each;
    size_t count;
};

#endif
