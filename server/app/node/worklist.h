#ifndef RELEVO_APP_NODE_WORKLIST_H
#define RELEVO_APP_NODE_WORKLIST_H

#include "base/list.h"

/* What is to be done in this turn of the loop, in the order of the kinds. Work that one kind adds to a later
 * kind is done in the same turn. Work that it adds to its own or an earlier kind is done in the next turn. */

enum work_kind {
    WORK_ARRIVALS, /* sessions that have signed in join */
    WORK_DESKS,    /* a desk loads, or decides what is queued and hands it to the store */
    WORK_READS,    /* the store is asked for what commands wait for */
    WORK_LOOKUPS,  /* the store is asked for what clients look up */
    WORK_DISCARD,  /* rosters that have been given up are freed, a part in each turn */
    WORK_COUNT,
};

struct work {
    struct list link;
    enum work_kind kind;
    void (*run)(struct work *work);
};

struct worklist {
    struct list of_kind[WORK_COUNT];
};

static inline void work_init(struct work *work, enum work_kind kind, void (*run)(struct work *work))
{
    list_init(&work->link);
    work->kind = kind;
    work->run = run;
}

void worklist_init(struct worklist *worklist);

/* Puts the work on the list; it is run once. Does nothing where it is on the list already. */
void worklist_add(struct worklist *worklist, struct work *work);

/* Takes the work off the list. Does nothing where it is not on it. */
static inline void work_remove(struct work *work)
{
    list_remove(&work->link);
}

/* Runs all work that is on the list. Work is off the list before it runs, and may add and remove any work,
 * itself too. */
void worklist_run(struct worklist *worklist);

bool worklist_is_empty(const struct worklist *worklist);

#endif
