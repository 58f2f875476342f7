#ifndef RELEVO_APP_NODE_WORKLIST_H
#define RELEVO_APP_NODE_WORKLIST_H

#include "base/list.h"

/* What is to be done in this turn of the loop, in the order of the kinds: what one kind leaves for a later
 * one is done in the same turn; what it leaves for itself or for an earlier one, in the next. */

enum work_kind {
    WORK_ARRIVALS, /* who has signed in joins */
    WORK_DESKS,    /* a desk loads, decides what is queued, hands it to the store */
    WORK_READS,    /* the store is asked for what commands wait for, */
    WORK_LOOKUPS,  /* and for what clients look up */
    WORK_DISCARD,  /* rosters that have been given up are freed, bit by bit */
    WORK_KINDS,
};

struct work {
    struct list link;
    enum work_kind kind;
    void (*run)(struct work *work);
};

struct worklist {
    struct list of_kind[WORK_KINDS];
};

static inline void work_init(struct work *work, enum work_kind kind, void (*run)(struct work *work))
{
    list_init(&work->link);
    work->kind = kind;
    work->run = run;
}

void worklist_init(struct worklist *worklist);

/* It is to be run once; harmless where that is so already. */
void worklist_add(struct worklist *worklist, struct work *work);

/* It is not to be run; harmless where that is so already. */
static inline void work_remove(struct work *work)
{
    list_remove(&work->link);
}

/* Runs all that there is to do. What is run is on the list no more, and may add and remove any, itself too.
 */
void worklist_run(struct worklist *worklist);

bool worklist_is_empty(const struct worklist *worklist);

#endif
