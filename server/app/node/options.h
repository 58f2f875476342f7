#ifndef RELEVO_APP_NODE_OPTIONS_H
#define RELEVO_APP_NODE_OPTIONS_H

#include <stdint.h>

#include "app/ports/credential.h"
#include "app/ports/store.h"
#include "base/hash.h"
#include "core/quotas.h"
#include "core/roster.h"
#include "protocol/limits.h"

/* What a node is created with. */

/* The time, told by whoever drives the node. */
struct moment {
    int64_t mono_us; /* monotonic microseconds */
    int64_t wall_ms; /* Unix milliseconds of this machine's clock; only a token's expiry is measured by it */
};

/* Limits that tests set lower. */
struct node_limits {
    int64_t desk_idle_ms; /* a desk that nobody has wanted for this long is unloaded */
    int64_t lag_back;     /* a dashboard that is more transitions behind than this is started afresh */
    struct roster_limits roster;
};
#define NODE_LIMITS                                                                                          \
    ((struct node_limits){                                                                                   \
        .desk_idle_ms = LIMIT_DESK_IDLE_MS, .lag_back = LIMIT_LAG_BACK, .roster = ROSTER_LIMITS})

/* The defaults, which an operator can change. */
#define QUOTAS                                                                                               \
    ((struct quotas){.connections = LIMIT_WORKSPACE_CONNECTIONS,                                             \
                     .commands_per_s = LIMIT_WORKSPACE_COMMANDS_PER_S,                                       \
                     .open = LIMIT_WORKSPACE_OPEN,                                                           \
                     .lookups_per_s = LIMIT_WORKSPACE_LOOKUPS_PER_S})

struct node_options {
    struct store *store; /* hub_create sets its listener; start the store after that */
    struct credential_checker credentials;
    struct hash_key random; /* 128 unguessable bits */
    struct node_limits limits;
    struct quotas quotas; /* the quotas of each workspace */
    struct moment now;    /* the time at which the node is created */
};

#endif
