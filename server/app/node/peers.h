#ifndef RELEVO_APP_NODE_PEERS_H
#define RELEVO_APP_NODE_PEERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/list.h"
#include "core/alarms.h"

/* The other nodes on this database, as far as they have been heard of. One that is silent for
 * LIMIT_NODE_SILENT_MS has gone, and whoever was with it. Times are of the monotonic clock. */
struct peers {
    struct list each;
    int count;
    struct alarms *alarms;
    void (*lose)(struct peers *peers, uint64_t number); /* one has fallen silent */
    struct alarm beat; /* it is time to tell them that this node is there: at most so often */
    int64_t next_beat_ms;
};

void peers_init(struct peers *peers, struct alarms *alarms,
                void (*lose)(struct peers *peers, uint64_t number), void (*beat)(struct alarm *alarm));
void peers_finish(struct peers *peers);

/* This peer is there. False where it is not noted, as LIMIT_NODES others are: who is with it is not to be
 * believed either, for nobody would notice its end. */
MUST_USE bool peers_hear(struct peers *peers, uint64_t number, int64_t now_ms);

/* They are to be told that this node is there, as soon as that may be. */
void peers_set_beat(struct peers *peers);

#endif
