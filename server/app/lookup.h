#ifndef RELEVO_APP_LOOKUP_H
#define RELEVO_APP_LOOKUP_H

#include "app/turns.h"

/* A look into the store that waits for its turn. There are two queues: of what clients look up
 * (node.lookups), where people are sources, and of what commands wait for (node.reads), where a workspace's
 * commands are one source. Few are in the store's hands at once; so what the server itself has to know there
 * (revocations, pauses, heads) never waits behind many, and what nobody waits for any more is never asked. */

struct lookup {
    struct fair_item item;
    struct turns *turns;
    void (*ask)(struct lookup *lookup); /* its turn has come: hands it to the store, or ends it */
};

void lookup_init(struct lookup *lookup, struct turns *turns, void (*ask)(struct lookup *lookup));

/* The idle lookup waits for its turn: of this workspace, among what the source looks up. */
void lookup_wait(struct lookup *lookup, struct fair_group *workspace, struct fair_source *source);

/* The idle lookup is asked now, out of turn: what must not be lost, though its asker goes. */
void lookup_ask_at_once(struct lookup *lookup, struct fair_group *workspace);

/* The store has answered, or was not asked after all. */
void lookup_end(struct lookup *lookup);

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
