#ifndef RELEVO_APP_NODE_PEERS_H
#define RELEVO_APP_NODE_PEERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/list.h"
#include "core/alarms.h"

/* The other nodes on this database that this node has heard. A peer that is silent for LIMIT_NODE_SILENT_MS
 * counts as gone, and so do the people at it. Times are on the monotonic clock, in milliseconds. */
struct peers {
    struct list each; /* struct peer */
    int count;
    struct alarms *alarms;
    /* Called when a peer has fallen silent; it is no longer in the list. */
    void (*lose)(struct peers *peers, uint64_t number);
    struct alarm beat;    /* rings when this node tells the others that it is there */
    int64_t next_beat_ms; /* the next beat is not before this time */
};

/* `lose` is called when a peer has fallen silent; `beat` is the ring of peers->beat. */
void peers_init(struct peers *peers, struct alarms *alarms,
                void (*lose)(struct peers *peers, uint64_t number), void (*beat)(struct alarm *alarm));
void peers_finish(struct peers *peers);

/* Notes that this peer is there. False: it is not noted, because LIMIT_NODES others are. What it says of its
 * people must be ignored too, as nobody would notice when it goes. */
MUST_USE bool peers_hear(struct peers *peers, uint64_t number, int64_t now_ms);

/* Sets the alarm `beat` to ring as soon as next_beat_ms allows, unless it is set. */
void peers_set_beat(struct peers *peers);

#endif
