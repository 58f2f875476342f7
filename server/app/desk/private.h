#ifndef RELEVO_APP_DESK_PRIVATE_H
#define RELEVO_APP_DESK_PRIVATE_H

#include "app/desk/batch.h"
#include "app/desk/desk.h"
#include "app/node/worklist.h"
#include "app/ports/store.h"
#include "core/meter.h"

/* The body of a desk, and what is between its files. */

struct desk {
    struct node *node;
    struct desks *desks;
    struct text *workspace;
    int64_t workspace_id;
    enum desk_state state;
    /* The database is another one: start anew as soon as nothing is in the store\'s hands. */
    bool wants_reload;
    struct alarm alarm;     /* on the monotonic clock: the next try to load */
    struct alarm due;       /* on the database's clock: the first of the roster's, while READY */
    struct work work;       /* there is something to do */
    struct list ready_link; /* on the registry's, while READY */
    struct list idle_link;  /* on the registry's, while nobody wants it */
    int64_t idle_since_ms;

    struct roster roster;
    struct marks past; /* of the roster that is being loaded anew; else none */
    struct sync_cache frames;
    struct sync_checks checks;
    struct list subscribers;   /* all that have signed in to this workspace, */
    int64_t subscribers_count; /* so many */
    struct shared_rate quota;  /* that all of them may give */
    struct tail tail;          /* of the log, while it is READY and somebody follows it: */
    size_t followers_count;
    struct desk_presence presence;

    struct map agent_changes; /* of names and roles, that wait to be recorded (agents.c), */
    struct rate agent_changes_rate;

    struct map under_way; /* struct task by command id: all that are not settled, but catch-ups and copies */
    struct list queue;    /* tasks, in the order of coming */
    struct weight weight; /* of its tasks that are not settled; part of the registry's */
    size_t queued_count;  /* clients' tasks in the queue and in reads */
    struct list places;   /* struct desk_place: where commands were decided, being looked up */
    struct map reads;     /* struct desk_read by conversation id: what the store is being asked */
    struct rate refusals; /* connections that were one too many */
    struct fair_group arrivals_turn; /* in node.arrivals */
    struct fair_group lookups_turn;  /* in node.lookups */
    struct fair_group reads_turn;    /* in node.reads, */
    struct fair_source reads_source; /* where its commands are one source */
    int64_t asked_head_seq;          /* of the roster, when the store was last asked where the log ends */
    /* Some node is said to have committed so far; 0: what was said has been looked into. */
    int64_t hinted_seq;

    struct batch batch; /* while is_committing */
    struct store_append append;
    bool is_committing;
    int64_t sent_us;  /* when the last batch was handed to the store; */
    bool is_settling; /* it is being answered: what is settled was of it */
    struct pushes pushes;
    struct meter commands; /* that have come, whatever became of them */
    struct meter lookups;  /* into the store, that clients asked for */
    int64_t log_readings;  /* how often the log has been read to its end */
    bool met_lock;         /* the last append found a conversation locked: the next one waits for that */
    /* Of a batch that failed as nobody foresaw, so many commands are still to be tried, one by one. */
    size_t suspects_count;
    struct store_load load;
};

/* It has something to do in this turn. */
static inline void desk_note_work(struct desk *desk)
{
    worklist_add(&desk->node->worklist, &desk->work);
}

/* Tells all subscribers. */
void desk_give_notice(struct desk *desk, const struct desk_notice *notice);

/* The log has gone on by so many transitions: what is needed no more is let go, bit by bit. Clients that are
 * too far behind are started afresh (lagging.c). */
void desk_forget(struct desk *desk, int64_t transitions_count);

/* It stands so from now on. */
void desk_enter_state(struct desk *desk, enum desk_state state);

/* Asks the store for all that the desk has to know. */
void desk_load(struct desk *desk);

/* The database is another one, and nothing is in the store's hands: what was known is given up, and loaded
 * anew. Of what waits, only the clients' commands still mean something. */
void desk_start_over(struct desk *desk);

/* The task is under way from now on; or no more (harmless where it was not). */
void desk_note_task(struct desk *desk, struct task *task);
void desk_forget_task(struct desk *desk, const struct task *task);

/* Refuses the command. Nulls the pointer, as all that answer do. */
void desk_refuse(struct desk *desk, struct task **task, enum reason reason);

/* Gives the answer that the task's decision comes to. `append` is what committed all that it rests on; NULL:
 * it rests on nothing that was pending. */
void desk_answer_decision(struct desk *desk, struct task **task, const struct store_append *append);

/* Gives the first answer of a command that had been settled before. */
void desk_answer_stored(struct desk *desk, struct task **task, const struct stored_outcome *stored);

/* Says that nobody can tell whether it was carried out. */
void desk_answer_unknown(struct desk *desk, struct task **task);

/* Puts the tasks, in order, before everything that waits. */
void desk_put_first(struct desk *desk, struct list *tasks);

/* The store has been asked what these tasks waited for: they are judged next, in order, or refused where it
 * could not be asked. */
void desk_end_wait(struct desk *desk, struct list *tasks, enum store_outcome outcome);

/* Asks the store for the conversation that the task names; the task waits for it. */
void desk_read(struct desk *desk, struct task *task);

/* Whether the task cannot be judged yet, because its author may have seen more of the log than this node, or
 * another log. Then it has been put among `later`, to be judged when the log has been read to its end
 * (task->waits_for_log), or waits for a look-up, or behind another one. */
bool desk_clears_up_seen(struct desk *desk, struct list *later, struct task *task);

/* When the first came of those that wait for such a look-up, and of those that wait for a conversation;
 * INT64_MAX: none does.
 */
int64_t desk_places_since_us(const struct desk *desk);
int64_t desk_reads_since_us(const struct desk *desk);

/* What desk->under_way and desk->reads are keyed by. */
struct bytes desk_task_key(const void *task);
struct bytes desk_read_key(const void *read);

/* The roster has changed: the desk's alarm is set to the first of its dues. */
void desk_watch_dues(struct desk *desk);

/* Some node is said to have committed what has not been applied. */
static inline bool desk_is_behind(const struct desk *desk)
{
    return desk->hinted_seq > desk->roster.seq;
}

/* The desk's part in agents.c; what has waited long enough is recorded. */
void desk_agents_init(struct desk *desk);
void desk_agents_finish(struct desk *desk);
void desk_change_agents(struct desk *desk);

/* Judges what is queued, as far as one batch can hold it, and hands the batch to the store. Where there is
 * nothing to commit, and somebody waits for what others have done, the log is read. */
void desk_decide(struct desk *desk);

/* Hands the batch to the store: the answer settles it, and brings what others have committed. */
void desk_commit(struct desk *desk);

/* Reads what others have committed since: an append of nothing. The batch has no items (asserted). */
void desk_read_log(struct desk *desk);

/* The store has answered, and what it has committed is applied: each command of the batch gets its answer, or
 * goes before everything that waits, to be judged again. */
void desk_settle(struct desk *desk);

/* Before the roster is given up for what may be another log: what it knew of this one is kept. And, once
 * that is loaded: what it lacks is counted, and told. (loss.c) */
void desk_keep_past(struct desk *desk);
void desk_note_loss(struct desk *desk);

#endif
