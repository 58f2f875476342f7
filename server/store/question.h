#ifndef RELEVO_STORE_QUESTION_H
#define RELEVO_STORE_QUESTION_H

#include "store/parameters.h"
#include "store/request.h"

/* How a request that one statement answers is put to the database, and its answer taken. */
struct question {
    const char *statement; /* in sql/statements */
    void (*ask)(const struct request *request, struct parameters *parameters);
    /* False where that can be no answer to it: what has been taken is given up by whoever asked, as after any
     * other answer. */
    bool (*take)(const struct request *request, const PGresult *result);
};

/* Of this kind: any but a load or an append. */
const struct question *question_of(enum request_kind kind);

#endif
