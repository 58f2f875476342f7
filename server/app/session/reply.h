#ifndef RELEVO_APP_SESSION_REPLY_H
#define RELEVO_APP_SESSION_REPLY_H

#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "protocol/message.h"

/* What a client is owed for what it asked. */

struct session;

/* The answer to a command. A dashboard's leaves after the rows that it rests on (outbox.c,
 * session_due_answer); a program's leaves at once. */
struct owed_answer {
    struct list link;
    int64_t gate_seq;          /* a dashboard's leaves when its rows and its threads have reached this seq */
    struct answer answer;      /* its row is looked up when it leaves; the answer owns its holder */
    struct text *conversation; /* the conversation whose row it shows; NULL: none */
    int64_t heard_us;          /* when the command came, on the monotonic clock */
    int64_t settled_us;        /* when its answer was known, on the monotonic clock */
};

/* Any other reply: it waits for no rows and for no answer. It is part of a time_reply or of a query. */
enum reply_kind { REPLY_TIME, REPLY_QUERY };
struct reply {
    struct list link;
    enum reply_kind kind;
};

struct time_reply {
    struct reply reply;
    int64_t ref;
};

/* The replies of a session. */
struct replies {
    struct list answers;    /* struct owed_answer, in the order in which they leave */
    struct list others;     /* struct reply, in the order in which they leave */
    size_t unsettled_bytes; /* the size of the commands that are not settled */
    /* Commands whose answer has not left: those that are not settled, and `answers`. */
    int commands_in_flight;
    int requests_in_flight; /* messages with a ref whose reply has not left */
};

void replies_init(struct replies *replies);

/* Frees all replies, except queries, which queries_forget frees. */
void replies_finish(struct replies *replies);

/* The answers rest on another database: they wait for no seq any more, and `done` becomes `unknown`, as what
 * was done may be lost. */
void replies_void_answers(struct replies *replies);

void owed_answer_destroy(struct owed_answer *owed);

/* Owes the answer of a command of this session; to a dashboard it leaves after the rows up to gate_seq. A
 * temporary refusal says how long to wait. `conversation` is the one whose row goes with it, or NULL. The
 * command came at heard_us, on the monotonic clock. */
void session_answer(struct session *session, const struct answer *answer, struct text *conversation,
                    int64_t gate_seq, int64_t heard_us);

/* Owes the reply, which leaves after those that are owed already. It stays part of its owner. */
void session_owe(struct session *session, struct reply *reply);

/* Owes the client the time, with its ref. */
void session_owe_time(struct session *session, int64_t ref);

#endif
