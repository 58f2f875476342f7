#ifndef RELEVO_APP_NODE_LOOKUP_H
#define RELEVO_APP_NODE_LOOKUP_H

#include "app/node/turns.h"
#include "app/ports/store.h"

/* A request to the store that waits for its turn, and holds its turn until it is answered. There are two
 * queues. In node.lookups are the requests of clients; each principal is one source. In node.reads are the
 * requests that commands wait for; a workspace's commands are one source. Only few requests are in the
 * store's hands at once, so the server's own requests (revocations, dues, heads) never wait behind many,
 * and a request that nobody waits for any more is never sent. */

struct lookup;

struct lookup_ops {
    /* The turn has come: writes the parameters into lookup->request. False: it cannot be asked now, and its
     * outcome is STORE_AWAY. */
    bool (*ask)(struct lookup *lookup);
    /* The store has answered, and the lookup is idle again: request->outcome says how. */
    void (*done)(struct lookup *lookup);
};

struct lookup {
    struct fair_item item;
    struct turns *turns;
    struct store_request *request; /* its `done` and `context` belong to the lookup */
    const struct lookup_ops *ops;
};

/* Makes the lookup idle. `request` stays the caller's, and must live as long as the lookup. */
void lookup_init(struct lookup *lookup, struct turns *turns, struct store_request *request,
                 const struct lookup_ops *ops);

/* Puts the idle lookup into the queue, in this workspace's group and among this source's items. */
void lookup_wait(struct lookup *lookup, struct fair_group *workspace, struct fair_source *source);

/* Asks the idle lookup now, out of turn. This is for what must be asked even though its asker goes. */
void lookup_ask_at_once(struct lookup *lookup, struct fair_group *workspace);

/* Nobody wants the answer any more. A lookup that only waited becomes idle, and the function returns false.
 * True: the store has it, and `done` will still be called. */
bool lookup_leave(struct lookup *lookup);

static inline bool lookup_is_idle(const struct lookup *lookup)
{
    return lookup->item.state == FAIR_IDLE;
}

static inline bool lookup_is_asked(const struct lookup *lookup)
{
    return lookup->item.state == FAIR_TAKEN;
}

/* The queue calls this when the turn of an item has come: asks the lookup that the item is part of. */
void lookup_take(struct fair_item *item);

#endif
