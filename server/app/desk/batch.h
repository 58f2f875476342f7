#ifndef RELEVO_APP_DESK_BATCH_H
#define RELEVO_APP_DESK_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "app/desk/task.h"
#include "app/ports/store.h"
#include "base/map.h"
#include "core/roster.h"

/* What one append of a desk is made of: commands that are decided in order, each on the committed state plus
 * what the batch has decided before. The batch changes neither the roster nor the store. */

/* A conversation that the batch changes, in its state after everything decided so far. */
struct chain {
    struct conversation state;
    int64_t first_item; /* the index of the first item about it: all items about it have the same fate */
};

struct batch {
    struct list tasks; /* struct task, in the order of judging */
    struct store_item *items;
    size_t items_count;
    int64_t transitions_count;
    int64_t opened;   /* how many more conversations are Open after it than before; may be negative */
    int64_t open_max; /* with so many Open conversations the workspace is full; batch_init sets no limit */
    size_t bytes;     /* the size of the frames that its items came in */
    struct chain *chains;
    size_t chains_count;
    struct map chains_by_id;
    size_t tasks_room;
};

/* The batch has room for tasks_max tasks with an item. */
void batch_init(struct batch *batch, size_t tasks_max, struct hash_key hash_key);

/* Gives up the items and chains. The tasks must have been taken off (asserted). */
void batch_finish(struct batch *batch);

/* Where the state is on which a task is judged. */
enum batch_ground {
    GROUND_HERE,     /* in the batch or the roster, or the conversation is known not to exist */
    GROUND_UNKNOWN,  /* the store must be asked */
    GROUND_NEXT_ONE, /* the batch has an item about this agent already: the task waits for the next batch */
};
enum batch_ground batch_ground(const struct batch *batch, const struct roster *roster,
                               const struct task *task);

/* Whether the command names a seq or a version that this node has not reached. */
bool batch_is_ahead(const struct batch *batch, const struct roster *roster, const struct task *task);

/* Decides the task (its ground is GROUND_HERE) and appends it to the batch. It becomes an item if it brings
 * transitions, or if its outcome has to be kept because it is a resend. Otherwise it has no item (task->item
 * is -1). */
void batch_judge(struct batch *batch, const struct roster *roster, struct task *task, int64_t now_ms);

/* Whether the task's outcome is kept, if the task is a resend. A temporary refusal is not kept: the command
 * is judged again when it is sent again. Nor is a due's: the row tells whether it was carried out. */
static inline bool batch_task_is_kept(const struct task *task)
{
    const struct decision *decision = &task->decision;
    if (task->kind == TASK_DUE)
        return false;
    return decision->verdict != VERDICT_REFUSED || !reason_is_temporary(decision->reason);
}

/* Whether the task can be answered at once: it has no item, and does not rest on anything that this batch
 * decided. */
static inline bool batch_task_stands_alone(const struct task *task)
{
    return task->item < 0 && task->chain == NULL;
}

#endif
