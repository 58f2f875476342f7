#ifndef RELEVO_APP_NODE_TURNS_H
#define RELEVO_APP_NODE_TURNS_H

#include "app/node/worklist.h"
#include "core/alarms.h"
#include "core/fair_queue.h"

/* A fair queue whose items are taken in the turns of the loop. An item is taken as soon as its source and its
 * group may have a turn. A source that has used up its rate waits until it has earned a turn. */

struct node;

struct turns {
    struct node *node;
    struct fair_queue queue;
    struct work work;  /* on the worklist while an item may be taken now */
    struct alarm pace; /* rings when a source has earned a turn */
    int at_once_max;   /* at most so many items are taken in one turn of the loop */
    bool needs_store;  /* no item is taken while the store cannot be asked (node_can_ask) */
    /* An item has its turn. The taker calls turns_end now or later. */
    void (*take)(struct fair_item *item);
};

/* Completes the turns; the caller has initialized `queue`. There is no limit for one turn of the loop, and
 * the store is not needed; the caller may change both afterwards. */
void turns_init(struct turns *turns, struct node *node, enum work_kind kind,
                void (*take)(struct fair_item *item));

/* Adds the idle item to the queue (as fair_queue_add does). */
void turns_wait(struct turns *turns, struct fair_group *group, struct fair_source *source,
                struct fair_item *item);

/* Makes the taken item idle, so another one can be taken. */
void turns_end(struct turns *turns, struct fair_item *item);

/* Tries to take items in this turn of the loop. It is called when the store can be asked again. */
void turns_go_on(struct turns *turns);

#endif
