#ifndef RELEVO_CORE_QUOTAS_H
#define RELEVO_CORE_QUOTAS_H

#include <stdint.h>

/* What one workspace may take of a node, so that enough is left for the others. Operators set it
 * (docs/operating.md, "What one workspace may take"). */
struct quotas {
    int64_t connections;    /* at a time; one more is closed with 4102 */
    int64_t commands_per_s; /* the burst is one second's; more are refused `too_fast` */
    int64_t open; /* open conversations; a command that would open one more is refused `workspace_full` */
    int64_t lookups_per_s; /* the burst is two seconds'; more wait */
};

/* The quotas that can be used up, by the names under which that is counted and logged. */
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

/* The quota's name, such as "connections". */
const char *quota_name(enum quota quota);

#endif
