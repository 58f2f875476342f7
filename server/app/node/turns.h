#ifndef RELEVO_APP_NODE_TURNS_H
#define RELEVO_APP_NODE_TURNS_H

#include "app/node/worklist.h"
#include "core/alarms.h"
#include "core/fair_queue.h"

/* A fair queue whose items are taken in the turns of the loop: as soon as somebody may have his turn, and
 * whoever has spent his rate when he has earned one more. */

struct node;

struct turns {
    struct node *node;
    struct fair_queue queue;
    struct work work;                     /* while somebody may have his turn now */
    struct alarm pace;                    /* when somebody has earned one more */
    int at_once_max;                      /* so many are taken in one turn of the loop */
    bool needs_store;                     /* none is taken while the store cannot be asked */
    void (*take)(struct fair_item *item); /* it has its turn; turns_end is called now or later */
};

/* The queue has been initialized. All are taken that may be, with the store or without. */
void turns_init(struct turns *turns, struct node *node, enum work_kind kind,
                void (*take)(struct fair_item *item));

/* The idle item waits for its turn from now on (as fair_queue_add). */
void turns_wait(struct turns *turns, struct fair_group *group, struct fair_source *source,
                struct fair_item *item);

/* The taken item is idle again: there is a hand for another. */
void turns_end(struct turns *turns, struct fair_item *item);

/* Who may have his turn has it in this turn of the loop: to be said when the store can be asked again. */
void turns_go_on(struct turns *turns);

#endif
