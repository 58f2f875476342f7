#ifndef RELEVO_APP_DESK_PRIVATE_H
#define RELEVO_APP_DESK_PRIVATE_H

#include "app/desk/desk.h"

/* Between the files of the desk. */

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

/* As desk_waits_since_us, of those that wait for such a look-up, and of those that wait for a conversation.
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
