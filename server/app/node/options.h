#ifndef RELEVO_APP_NODE_OPTIONS_H
#define RELEVO_APP_NODE_OPTIONS_H

#include <stdint.h>

#include "app/ports/credential.h"
#include "app/ports/store.h"
#include "base/hash.h"
#include "core/quotas.h"
#include "core/roster.h"
#include "protocol/limits.h"

/* What a node is given to begin with. */

/* What time it is, told by whoever drives the node. */
struct moment {
    int64_t mono_us; /* monotonic microseconds */
    int64_t wall_ms; /* Unix milliseconds by this machine's clock: for a token's expiry only */
};

/* What tests have smaller. */
struct node_limits {
    int64_t desk_idle_ms; /* a desk that nobody has wanted for so long goes */
    int64_t lag_back;     /* a client that is more transitions behind is started afresh */
    struct roster_limits roster;
};
#define NODE_LIMITS                                                                                          \
    ((struct node_limits){                                                                                   \
        .desk_idle_ms = LIMIT_DESK_IDLE_MS, .lag_back = LIMIT_LAG_BACK, .roster = ROSTER_LIMITS})

/* What holds where an operator has said nothing else. */
#define QUOTAS                                                                                               \
    ((struct quotas){.connections = LIMIT_WORKSPACE_CONNECTIONS,                                             \
                     .commands_per_s = LIMIT_WORKSPACE_COMMANDS_PER_S,                                       \
                     .open = LIMIT_WORKSPACE_OPEN,                                                           \
                     .lookups_per_s = LIMIT_WORKSPACE_LOOKUPS_PER_S})

struct node_options {
    struct store *store; /* its listener becomes the hub; start it after hub_create */
    struct credential_checker credentials;
    struct hash_key random; /* 128 unguessable bits */
    struct node_limits limits;
    struct quotas quotas; /* of each workspace */
    struct moment now;
};

#endif
