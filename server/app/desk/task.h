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
    TASK_COMMAND,    /* a client's command */
    TASK_DUE,        /* the server's own: it carries out what is due, such as the end of a pause */
    TASK_AGENT_SEEN, /* the server's own: it records an agent who has signed in */
    TASK_CATCH_UP,   /* no command: the log is read for what other nodes have committed */
};

/* The size of the frames of tasks that are not settled. A weight may be part of a larger one. */
struct weight {
    size_t bytes;
    struct weight *whole; /* the larger weight, or NULL */
};

/* Whether the seq and mark up to which a command's author has seen the conversation belong to this log. */
enum seen_place { SEEN_UNJUDGED, SEEN_HERE, SEEN_ELSEWHERE };

/* One command on its way: who gave it, what it asks for, and what has become of it so far. Its link is on one
 * list at a time: its desk's queue, a read's tasks (while the conversation that it names is fetched), a
 * place's tasks (while a place is looked up), a batch's tasks, or the copies of another task with the same
 * id. */
struct task {
    struct list link;
    enum task_kind kind;
    /* Tells the waiter that the task is settled; it is called once. The answer may be sent to whoever has
     * been told the log up to gate_seq. NULL: nobody waits, or nobody waits any more. */
    void (*done)(struct task *task, const struct answer *answer, int64_t gate_seq);
    void *waiter;            /* whoever waits, for done() */
    struct list waiter_link; /* in the waiter's list of tasks */
    struct list copies;      /* other tasks with the same command, which get the same answer */
    int64_t heard_us;        /* when it was submitted, in microseconds of the monotonic clock */
    struct actor actor;      /* the task owns its id */
    struct command command;  /* borrows from `frame` */
    struct text *agent_name; /* of a TASK_AGENT_SEEN, else NULL */
    int tries;               /* how often it has met a conflict */
    /* When the roster was at this seq, the store had no such conversation; -1: that is not known. */
    int64_t absent_seq;
    enum seen_place seen_place; /* whether it was seen in this log, for a command that names a place */
    /* It waits until the desk has read the log so many times (desk->log_readings); 0: it does not wait. */
    int64_t waits_for_log;

    /* These are valid while it is in a batch. */
    struct decision decision;
    struct chain *chain; /* the chain of its conversation; NULL: the batch does not change that */
    int64_t item;        /* its index in batch.items, or -1: it does not go to the store */
    int64_t judged_seq;  /* it was judged on all of the log up to this seq, which may be pending */

    struct weight *weight; /* the weight that it is part of; NULL: none */
    size_t frame_size;
    uint8_t frame[]; /* a copy of the frame that brought the command */
};

/* Creates the task of a command that came in this frame, which is copied into task->frame. */
struct task *task_create(struct bytes frame);

/* Creates a task of the server's own that carries out what is due first in the (committed) conversation. */
struct task *task_create_due(const struct conversation *conversation);

/* Creates a task of the server's own that records an agent with this id, name and role. */
struct task *task_create_agent_seen(struct command_id id, struct text *agent, struct text *name,
                                    enum role role);

/* Creates a task that is settled when the log has been read. */
struct task *task_create_catch_up(void);

/* Makes the task one of the waiter's `tasks`; done() tells the waiter when it is settled. */
void task_await(struct task *task, struct list *tasks, void *waiter,
                void (*done)(struct task *task, const struct answer *answer, int64_t gate_seq));

/* Nobody waits for the task any more; it is carried out all the same. */
void task_stop_waiting(struct task *task);

/* Adds the task's frame to a weight and to the larger weights that it is part of, until the task is
 * destroyed. The weight must outlive the task. */
void task_weigh(struct task *task, struct weight *weight);

/* When the first of these tasks was submitted, in microseconds of the monotonic clock; INT64_MAX: there is
 * none. */
int64_t tasks_since_us(const struct list *tasks);

/* Takes the task off every list and frees it. Nulls the pointer. It must have no copies (asserted):
 * task_destroy_copies destroys them. */
void task_destroy(struct task **task);
void task_destroy_copies(struct task *task);

#endif
