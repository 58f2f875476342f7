#ifndef RELEVO_APP_DESK_BATCH_H
#define RELEVO_APP_DESK_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "app/desk/task.h"
#include "app/ports/store.h"
#include "base/map.h"
#include "core/roster.h"

/* What one append of a desk is made of: commands decided in order, each on the committed state plus what the
 * batch has already decided. Pure: it changes neither roster nor store. */

/* A conversation that the batch changes, as it will be after what has been decided so far. */
struct chain {
    struct conversation state;
    int64_t first_item; /* the first item about it: as that one comes out, all do */
};

struct batch {
    struct list tasks; /* in the order of judging */
    struct store_item *items;
    size_t items_count;
    int64_t transitions_count;
    int64_t opened;   /* so many conversations more are Open after it */
    int64_t open_max; /* the workspace is full with so many; whoever begins the batch may lower it */
    size_t bytes;     /* of the frames that its items came in */
    struct chain *chains;
    size_t chains_count;
    struct map chains_by_id;
    size_t tasks_room;
};

void batch_init(struct batch *batch, size_t tasks_max, struct hash_key hash_key);

/* Gives up items and chains; the tasks must have been taken off. */
void batch_finish(struct batch *batch);

/* Where the state that a task is to be judged on can be had. */
enum batch_ground {
    GROUND_HERE,     /* in the batch or the roster, or it is known not to exist */
    GROUND_UNKNOWN,  /* the store must be asked */
    GROUND_NEXT_ONE, /* the batch holds this agent already: the task waits for the next */
};
enum batch_ground batch_ground(const struct batch *batch, const struct roster *roster,
                               const struct task *task);

/* Whether the command speaks of a place or a version that this node has not come to. */
bool batch_is_ahead(const struct batch *batch, const struct roster *roster, const struct task *task);

/* Decides the task on GROUND_HERE and appends it to the batch: as an item if it brings transitions or its
 * outcome has to be kept (a resend); as a rider (item -1) otherwise. */
void batch_judge(struct batch *batch, const struct roster *roster, struct task *task, int64_t now_ms);

/* Whether what the task was judged to come to is kept, should it be a resend: what is refused for a while is
 * judged again when it comes again. */
static inline bool batch_task_is_kept(const struct task *task)
{
    const struct decision *decision = &task->decision;
    return decision->verdict != VERDICT_REFUSED || !reason_is_temporary(decision->reason);
}

/* Whether a rider can be answered at once: nothing that this batch decided bears on it. */
static inline bool batch_task_stands_alone(const struct task *task)
{
    return task->item < 0 && task->chain == NULL;
}

#endif
