#ifndef RELEVO_STORE_STATEMENT_H
#define RELEVO_STORE_STATEMENT_H

#include <libpq-fe.h>

#include "app/ports/store.h"
#include "store/parameters.h"

/* How what is asked of the store (app/ports/store.h) is put to the database, a row for each kind. */

/* Which connection answers it. */
enum asked_of {
    ASKED_OF_NOBODY,  /* of a kind without a row, which is a bug */
    ASKED_OF_LANES,   /* store/lane.h, which knows how */
    ASKED_OF_LOADER,  /* store/loader.h, likewise */
    ASKED_OF_READER,  /* what commands, desks and the server itself wait for: one statement */
    ASKED_OF_LOOKUPS, /* what people and followers look up: one statement, of LIMIT_LOOKUP_MS at most */
};

struct statement {
    enum asked_of asked_of;
    const char *name; /* in sql/statements; with the rest NULL where lanes or the loader are asked */
    void (*ask)(struct store_request *request, struct parameters *parameters);
    /* False where that can be no answer to it: what has been taken is given up by whoever asked, as after any
     * other answer. */
    bool (*take)(struct store_request *request, const PGresult *result);
};

enum {
    STATEMENT_TEND = STORE_COUNT, /* the reader's own: partitions to come and to go */
    STATEMENT_KINDS,
    STATEMENTS_MAX = STATEMENT_KINDS + 2,
};

/* Every kind of what can be asked has one. */
const struct statement *statement_of(enum store_kind kind);

/* The statements that one of these connections has to know: of its questions, and "clock"; NULL ends them. */
void statement_list(enum asked_of whom, const char *statements_r[STATEMENTS_MAX]);

#endif
