#ifndef RELEVO_APP_NODE_LOOKUP_H
#define RELEVO_APP_NODE_LOOKUP_H

#include "app/node/turns.h"
#include "app/ports/store.h"

/* A request to the store that waits for its turn, and has it until it is answered. There are two queues: of
 * what clients look up (node.lookups), where people are sources, and of what commands wait for (node.reads),
 * where a workspace's commands are one source. Few are in the store's hands at once; so what the server
 * itself has to know there (revocations, pauses, heads) never waits behind many, and what nobody waits for
 * any more is never asked. */

struct lookup;

struct lookup_ops {
    /* Its turn has come: writes down what is asked, in lookup->request. False: it cannot be asked now, and is
     * answered STORE_AWAY. */
    bool (*ask)(struct lookup *lookup);
    /* It has been answered, and is idle again: request->outcome says how. */
    void (*done)(struct lookup *lookup);
};

struct lookup {
    struct fair_item item;
    struct turns *turns;
    struct store_request *request; /* done and context are the lookup's */
    const struct lookup_ops *ops;
};

void lookup_init(struct lookup *lookup, struct turns *turns, struct store_request *request,
                 const struct lookup_ops *ops);

/* The idle lookup waits for its turn: of this workspace, among what the source looks up. */
void lookup_wait(struct lookup *lookup, struct fair_group *workspace, struct fair_source *source);

/* The idle lookup is asked now, out of turn: what must not be lost, though its asker goes. */
void lookup_ask_at_once(struct lookup *lookup, struct fair_group *workspace);

/* Nobody wants it any more: idle where it only waited. True: it is in the store's hands. */
bool lookup_leave(struct lookup *lookup);

static inline bool lookup_is_idle(const struct lookup *lookup)
{
    return lookup->item.state == FAIR_IDLE;
}

static inline bool lookup_is_asked(const struct lookup *lookup)
{
    return lookup->item.state == FAIR_TAKEN;
}

/* The turn of one has come: what its queue takes. */
void lookup_take(struct fair_item *item);

#endif
