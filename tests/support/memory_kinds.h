#ifndef RELEVO_TESTS_SUPPORT_MEMORY_KINDS_H
#define RELEVO_TESTS_SUPPORT_MEMORY_KINDS_H

#include "app/store.h"

/* What can be asked of a store. */

/* Those of STORE_REQUESTS that only look, and have no more to them. */
#define LOOKS(X)                                                                                             \
    X(READ, read)                                                                                            \
    X(PAGE, page)                                                                                            \
    X(DUE, due)                                                                                              \
    X(HEADS, heads)                                                                                          \
    X(REVOCATIONS, revocations)                                                                              \
    X(LOG, log)                                                                                              \
    X(HISTORY, history)                                                                                      \
    X(FIND, find)

enum request_kind {
#define X(NAME, name) REQUEST_##NAME,
    STORE_REQUESTS(X)
#undef X
};

/* Of what is asked, a struct store_…, by kind. */
void memory_kind_set_outcome(enum request_kind kind, void *asked, enum store_outcome outcome);

/* Empties the results. */
void memory_kind_clear(enum request_kind kind, void *asked);

#endif
