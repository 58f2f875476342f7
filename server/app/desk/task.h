#ifndef RELEVO_APP_DESK_TASK_H
#define RELEVO_APP_DESK_TASK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/list.h"
#include "base/text.h"
#include "core/command.h"
#include "core/decision.h"

struct answer;
struct chain;

enum task_kind {
    TASK_COMMAND,    /* a client's */
    TASK_DUE,        /* the server's: what is due, such as the end of a pause */
    TASK_AGENT_SEEN, /* the server's: an agent has signed in */
    TASK_CATCH_UP,   /* no command: what other nodes have done is read */
};

/* What the frames of tasks come to, which are kept until they are settled: here, and in a larger whole. */
struct weight {
    size_t bytes;
    struct weight *whole; /* or NULL */
};

/* Whether the place up to which a command's author has seen the conversation is one of this log. */
enum seen_place { SEEN_UNJUDGED, SEEN_HERE, SEEN_ELSEWHERE };

/* One command on its way: who gave it, what it asks for, and what it has come to so far. It is on one list at
 * a time (link): its desk's queue, a read's (while the conversation that it names is fetched), a batch's, or
 * the copies of another task with its id. */
struct task {
    struct list link;
    enum task_kind kind;
    /* Tells the waiter that the task is settled, once: what comes of it holds for whoever has been told the
     * log up to gate_seq. NULL: nobody waits, or not any more. */
    void (*done)(struct task *task, const struct answer *answer, int64_t gate_seq);
    void *waiter;
    struct list waiter_link; /* in the waiter's tasks */
    struct list copies;      /* other copies of the same command, which get the same answer */
    int64_t heard_us;        /* when it came, on the monotonic clock */
    struct actor actor;      /* holds the id */
    struct command command;  /* borrows from frame */
    struct text *agent_name; /* agent_seen, else NULL */
    int tries;
    int64_t absent_seq; /* when the roster was here, the store had no such conversation; -1: not asked */
    enum seen_place seen_place; /* of a command that says in which history it was seen */
    int64_t waits_for_log;      /* for the desk's reading of the log with this number; 0: it does not */

    /* While it is in a batch. */
    struct decision decision;
    struct chain *chain; /* of its conversation, if the batch changes that one */
    int64_t item;        /* its place in the append, or -1: it does not go to the store */
    int64_t judged_seq;  /* what it was judged on is all of the log up to here (it may be pending) */

    struct weight *weight; /* that it is part of; NULL: of none */
    size_t frame_size;
    uint8_t frame[]; /* a copy of the frame that brought the command */
};

/* For a command that came in this frame, which is copied into task->frame. */
struct task *task_create(struct bytes frame);

/* The server's own: carries out what is due first in the (committed) conversation. */
struct task *task_create_due(const struct conversation *conversation);

/* The server's own: an agent has signed in under this id, name and role. */
struct task *task_create_agent_seen(struct command_id id, struct text *agent, struct text *name,
                                    enum role role);

struct task *task_create_catch_up(void);

/* The waiter, among whose tasks it is from now on, is told by done() when it is settled. */
void task_await(struct task *task, struct list *tasks, void *waiter,
                void (*done)(struct task *task, const struct answer *answer, int64_t gate_seq));

/* Nobody waits for the task any more; it goes on. */
void task_stop_waiting(struct task *task);

/* Makes it part of a weight, which outlives it, until it is destroyed. */
void task_weigh(struct task *task, struct weight *weight);

/* When the first of these came, which are in the order of coming, but for what goes before them again;
 * INT64_MAX: there is none. */
int64_t tasks_since_us(const struct list *tasks);

/* Takes it off every list. Nulls the pointer. It has no copies. */
void task_destroy(struct task **task);
void task_destroy_copies(struct task *task);

#endif
