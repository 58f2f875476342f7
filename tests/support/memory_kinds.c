#include "support/memory_kinds.h"

void memory_kind_set_outcome(enum request_kind kind, void *asked, enum store_outcome outcome)
{
    switch (kind) {
#define X(NAME, name)                                                                                        \
    case REQUEST_##NAME: ((struct store_##name *)asked)->outcome = outcome; break;
        STORE_REQUESTS(X)
#undef X
    }
}

void memory_kind_clear(enum request_kind kind, void *asked)
{
    switch (kind) {
#define X(KIND, name, list)                                                                                  \
    case REQUEST_##KIND:                                                                                     \
        ((struct store_##name *)asked)->list = NULL;                                                         \
        ((struct store_##name *)asked)->list##_count = 0;                                                    \
        break;
        X(APPEND, append, foreign)
        X(PAGE, page, rows)
        X(FIND, find, rows)
        X(DUE, due, workspaces)
        X(LOG, log, transitions)
        X(HISTORY, history, transitions)
#undef X
    case REQUEST_READ: ((struct store_read *)asked)->result = (struct conversation){0}; break;
    case REQUEST_HEADS:
        ((struct store_heads *)asked)->seqs = NULL;
        ((struct store_heads *)asked)->marks_ms = NULL;
        break;
    case REQUEST_REVOCATIONS:
        ((struct store_revocations *)asked)->list = NULL;
        ((struct store_revocations *)asked)->count = 0;
        break;
    default: break;
    }
    if (kind == REQUEST_APPEND)
        ((struct store_append *)asked)->seqs = NULL;
}
