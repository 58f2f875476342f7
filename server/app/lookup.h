#ifndef RELEVO_APP_LOOKUP_H
#define RELEVO_APP_LOOKUP_H

#include "app/turns.h"

/* A look into the store that waits for its turn. There are two queues: of what clients look up
 * (hub.lookups), where people are sources, and of what commands wait for (hub.reads), where a workspace's
 * commands are one source. Few are in the store's hands at once; so what the server itself has to know there
 * (revocations, pauses, heads) never waits behind many, and what nobody waits for any more is never asked. */

struct hub;
struct desk;
struct principal;

struct lookup {
    struct fair_item item;
    struct turns *turns;
    void (*ask)(struct lookup *lookup); /* its turn has come: hands it to the store, or ends it */
};

void lookup_init(struct lookup *lookup, struct turns *turns, void (*ask)(struct lookup *lookup));

/* The idle lookup waits for its turn among what this person looks up; or among what commands of this desk
 * wait for. */
void lookup_wait(struct lookup *lookup, struct desk *desk, struct principal *principal);
void lookup_wait_for_commands(struct lookup *lookup, struct desk *desk);

/* The idle lookup is asked now, out of turn: what must not be lost, though its asker goes. */
void lookup_ask_at_once(struct lookup *lookup, struct desk *desk);

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
