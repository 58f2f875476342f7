#ifndef RELEVO_APP_DESK_PRIVATE_H
#define RELEVO_APP_DESK_PRIVATE_H

#include "app/desk/batch.h"
#include "app/desk/desk.h"
#include "app/node/worklist.h"
#include "app/ports/store.h"
#include "core/meter.h"

/* The body of a desk, and the functions that its files share. */

struct desk {
    struct node *node;
    struct desks *desks;
    struct text *workspace;
    int64_t workspace_id;
    enum desk_state state;
    /* The database is another one: the desk starts over as soon as the store has no request of it. */
    bool wants_reload;
    struct alarm alarm;     /* by the monotonic clock: the next try to load, or to record agents */
    struct alarm due;       /* by the database's clock: the first due of the roster, while READY */
    struct work work;       /* on the worklist while there is something to do */
    struct list ready_link; /* in desks->ready, while READY */
    struct list idle_link;  /* in desks->idle, while nobody wants it */
    int64_t idle_since_ms;  /* on the monotonic clock */

    struct roster roster;
    struct marks past; /* the marks of the roster before the one that is being loaded; else none */
    struct sync_cache frames;
    struct sync_checks checks;
    struct list subscribers;   /* struct subscriber: all that have signed in to this workspace */
    int64_t subscribers_count; /* how many they are */
    struct shared_rate quota;  /* the rate of commands that all of them share */
    struct tail tail;          /* the end of the log, kept while it is READY and has followers */
    size_t followers_count;    /* consumers and open threads */
    struct desk_presence presence;

    struct map agent_changes; /* changes of names and roles that wait to be recorded (agents.c) */
    struct rate agent_changes_rate;

    /* It holds struct task by command id: all that are not settled, except catch-ups and copies. */
    struct map under_way;
    struct list queue;    /* struct task, in the order of coming */
    struct weight weight; /* the size of its tasks that are not settled; part of desks->weight */
    size_t queued_count;  /* the tasks in the queue, in reads and in places */
    struct list places;   /* struct desk_place: places of the log that are being looked up for commands */
    struct map reads;     /* struct desk_read by conversation id: conversations that the store is asked for */
    struct rate refusals; /* limits how often a connection too many is told at once */
    struct fair_group arrivals_turn; /* its group in node.arrivals */
    struct fair_group lookups_turn;  /* its group in node.lookups */
    struct fair_group reads_turn;    /* its group in node.reads */
    struct fair_source reads_source; /* the one source of that group */
    int64_t asked_head_seq;          /* the roster's seq when the store was last asked where the log ends */
    /* A hint says that the log goes up to here; 0: there is no hint that has not been looked into. */
    int64_t hinted_seq;

    struct batch batch; /* valid while is_committing */
    struct store_append append;
    bool is_committing;
    int64_t sent_us;  /* when the last batch was handed to the store, on the monotonic clock */
    bool is_settling; /* the tasks of the batch are being settled (desk_settle) */
    struct pushes pushes;
    struct meter commands; /* commands that have come, whatever became of them */
    struct meter lookups;  /* look-ups that clients asked for */
    int64_t log_readings;  /* how often the log has been read to its end */
    bool met_lock; /* the last append found the workspace locked: the next append waits for the lock */
    /* After a batch failed for an unforeseen reason: how many of its commands are still to be tried one by
     * one. */
    size_t suspects_count;
    struct store_load load;
};

/* Puts the desk on the worklist of this turn. */
static inline void desk_note_work(struct desk *desk)
{
    worklist_add(&desk->node->worklist, &desk->work);
}

/* Gives the notice to all subscribers. */
void desk_give_notice(struct desk *desk, const struct desk_notice *notice);

/* The log has grown by so many transitions: drops some of the rows that are no longer needed, and starts
 * dashboards that are too far behind afresh (slow_clients.c). */
void desk_forget(struct desk *desk, int64_t transitions_count);

/* Changes the state, and does what belongs to it. */
void desk_enter_state(struct desk *desk, enum desk_state state);

/* Asks the store to fill the roster. */
void desk_load(struct desk *desk);

/* The database is another one, and the store has no request of the desk: gives up what was known, so that it
 * is loaded anew. Of the tasks that wait only clients' commands are kept. */
void desk_start_over(struct desk *desk);

/* Puts the task into under_way, or takes it out. Catch-ups are never in it. */
void desk_note_task(struct desk *desk, struct task *task);
void desk_forget_task(struct desk *desk, const struct task *task);

/* Refuses the command with this reason. This and the next three answer the task and its copies, free them,
 * and null the pointer. */
void desk_refuse(struct desk *desk, struct task **task, enum reason reason);

/* Gives the answer that the task's decision comes to. `append` is the append that committed everything that
 * the decision rests on; NULL: the decision rests on nothing that was pending. */
void desk_answer_decision(struct desk *desk, struct task **task, const struct store_append *append);

/* Gives the stored outcome of the first copy of this command. */
void desk_answer_stored(struct desk *desk, struct task **task, const struct stored_outcome *stored);

/* Answers `unknown`: nobody can tell whether the command was carried out. */
void desk_answer_unknown(struct desk *desk, struct task **task);

/* Puts the tasks, in their order, in front of the queue. */
void desk_put_first(struct desk *desk, struct list *tasks);

/* The tasks waited for the store, and this is the outcome. With STORE_OK they go in front of the queue, in
 * their order. Otherwise they are refused (unavailable or internal). */
void desk_end_wait(struct desk *desk, struct list *tasks, enum store_outcome outcome);

/* Puts the task behind those that wait for the conversation that it names; the store is asked for it once. */
void desk_read(struct desk *desk, struct task *task);

/* Whether the task cannot be judged yet, because its author may have seen more of the log than this node, or
 * another log. If so, the task waits: in `later`, until the log has been read to its end
 * (task->waits_for_log), or until a place has been looked up, or behind another task about the same
 * conversation. */
bool desk_clears_up_seen(struct desk *desk, struct list *later, struct task *task);

/* When the oldest task was submitted that waits for a place to be looked up, and the oldest that waits for a
 * conversation; INT64_MAX: none does. */
int64_t desk_places_since_us(const struct desk *desk);
int64_t desk_reads_since_us(const struct desk *desk);

/* The keys of desk->under_way and desk->reads. */
struct bytes desk_task_key(const void *task);
struct bytes desk_read_key(const void *read);

/* Sets the desk's alarm `due` to the first due of the roster. */
void desk_watch_dues(struct desk *desk);

/* Whether a hint says that the log goes further than what has been applied. */
static inline bool desk_is_behind(const struct desk *desk)
{
    return desk->hinted_seq > desk->roster.seq;
}

/* agents.c: desk_change_agents records the changes that are allowed now. */
void desk_agents_init(struct desk *desk);
void desk_agents_finish(struct desk *desk);
void desk_change_agents(struct desk *desk);

/* Judges what is queued, as far as one batch can hold it, and hands the batch to the store. Where there is
 * nothing to commit, but somebody waits for what others have committed, the log is read. */
void desk_decide(struct desk *desk);

/* Hands the batch to the store. The answer settles its tasks, and brings what others have committed. */
void desk_commit(struct desk *desk);

/* Reads the log by an append without items. The batch has no items (asserted). */
void desk_read_log(struct desk *desk);

/* Settles the batch. The store has answered, and what it committed has been applied. Each command gets its
 * answer, or goes in front of the queue to be judged again. */
void desk_settle(struct desk *desk);

/* failover.c: desk_keep_past keeps the marks of the roster, which is about to be given up. desk_note_loss,
 * once the new roster is loaded, counts and logs what it lacks. */
void desk_keep_past(struct desk *desk);
void desk_note_loss(struct desk *desk);

#endif
