#ifndef RELEVO_APP_NODES_H
#define RELEVO_APP_NODES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/list.h"
#include "core/alarms.h"

/* The other nodes on this database, as far as they have been heard of. One that is silent for
 * LIMIT_NODE_SILENT_MS has gone, and whoever was with it. Times are of the monotonic clock. */
struct nodes {
    struct list each;
    int count;
    struct alarms *alarms;
    void (*lose)(struct nodes *nodes, uint64_t number); /* one has fallen silent */
};

void nodes_init(struct nodes *nodes, struct alarms *alarms,
                void (*lose)(struct nodes *nodes, uint64_t number));
void nodes_finish(struct nodes *nodes);

/* This node is there. False where it is not noted, as LIMIT_NODES others are: who is with it is not to be
 * believed either, for nobody would notice its end. */
MUST_USE bool nodes_hear(struct nodes *nodes, uint64_t number, int64_t now_ms);

#endif
