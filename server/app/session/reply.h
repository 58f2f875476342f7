#ifndef RELEVO_APP_SESSION_REPLY_H
#define RELEVO_APP_SESSION_REPLY_H

#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "protocol/message.h"

/* What is owed to a client for what it asked. */

struct session;

/* What a command came to. It leaves once the client has been told the rows that it rests on. */
struct owed_answer {
    struct list link;
    int64_t gate_seq;          /* leaves once the client's cursor is here */
    struct answer answer;      /* its row is looked up when it leaves. Holds the holder */
    struct text *conversation; /* whose row it shows; NULL: none */
    int64_t heard_us;          /* when the command came, on the monotonic clock, */
    int64_t settled_us;        /* and when its answer was known */
};

/* Any other reply: it waits for no rows, and for no answer. Part of what the reply is. */
enum reply_kind { REPLY_TIME, REPLY_QUERY };
struct reply {
    struct list link;
    enum reply_kind kind;
};

struct time_reply {
    struct reply reply;
    int64_t ref;
};

/* A session's. */
struct replies {
    struct list answers;    /* struct owed_answer, in the order in which they leave */
    struct list others;     /* struct reply, likewise */
    size_t unsettled_bytes; /* of the commands that wait */
    int commands_in_flight; /* those whose answer has not left: what waits, and `answers` */
    int requests_in_flight; /* messages with a ref whose reply has not left */
};

void replies_init(struct replies *replies);

/* Gives up all but what the store gave, which queries_forget gives up. */
void replies_finish(struct replies *replies);

/* What the answers rest on is another database's: their seqs mean nothing any more, and what was done may be
 * lost. */
void replies_void_answers(struct replies *replies);

void owed_answer_destroy(struct owed_answer *owed);

/* A command of this session's is settled: the answer, with how long to wait where it is refused for a while,
 * will leave once the client's cursor is at gate_seq. `conversation` (or NULL) is the one whose row goes with
 * it. The command came at heard_us, on the monotonic clock. */
void session_answer(struct session *session, const struct answer *answer, struct text *conversation,
                    int64_t gate_seq, int64_t heard_us);

/* The reply will leave after those that are owed already. */
void session_owe(struct session *session, struct reply *reply);

/* It will be told what time it is. */
void session_owe_time(struct session *session, int64_t ref);

#endif
