#ifndef RELEVO_CORE_QUOTAS_H
#define RELEVO_CORE_QUOTAS_H

#include <stdint.h>

/* What one workspace may take of a node, so that the others have theirs: generous, and an operator's to say
 * (docs/operating.md, "What one workspace may take"). */
struct quotas {
    int64_t connections;    /* one more is closed with 4102 */
    int64_t commands_per_s; /* and as many at once; more are refused `too_fast` */
    int64_t open;           /* conversations; what would open one more is refused `workspace_full` */
    int64_t lookups_per_s;  /* and twice as many at once; more wait */
};

/* What of it has been found to be used up, as it is counted and logged. */
#define QUOTA_LIST(X)                                                                                        \
    X(CONNECTIONS, "connections")                                                                            \
    X(COMMANDS, "commands")                                                                                  \
    X(OPEN, "open")

enum quota {
#define X(NAME, name) QUOTA_##NAME,
    QUOTA_LIST(X)
#undef X
        QUOTA_COUNT
};

/* "connections" … */
const char *quota_name(enum quota quota);

#endif
