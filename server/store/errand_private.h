#ifndef RELEVO_STORE_ERRAND_PRIVATE_H
#define RELEVO_STORE_ERRAND_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include <libpq-fe.h>

#include "store/errand.h"

/* Between the files of the errands: migrate.c, revoke.c, follow.c, checkup.c. */

enum { ERRAND_SENTENCE_SIZE = 1024 };

struct errand {
    PGconn *pg;
    char sentence[ERRAND_SENTENCE_SIZE]; /* of the last that was not done */
    char sqlstate[6];                    /* the same; "" for what the database has not said */
};

struct errand_options {
    const char *conninfo;
    const char *name; /* for operators: the session's application_name, unless conninfo has one */
    bool only_reads;  /* a standby will do */
    bool is_unproven; /* whether a pooler keeps the session does not matter, or is asked later */
    const char *statement_timeout; /* NULL: each statement takes the time that it takes */
};

/* Sets the session up as a server's. */
MUST_USE enum errand_result errand_set_up(struct errand *errand, const struct errand_options *options);

/* Connects, with the patience of some seconds, and sets the session up. Where something is in between, the
 * session is proven. The errand is to be ended, whatever comes of it. */
MUST_USE enum errand_result errand_begin(struct errand *errand, const struct errand_options *options);

/* DONE where nothing between us and the database, such as a pooler, gives our session's transactions to
 * others (store/pooler.h). A second connection is needed for it, for a moment. */
MUST_USE enum errand_result errand_prove_session(struct errand *errand, const struct errand_options *options);

/* Says the sentence; returns the result, which is not DONE. */
enum errand_result errand_say(struct errand *errand, enum errand_result result, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* DONE where the statement went well. What waiting does not heal is REFUSED, with what would be right; else
 * it is said that `what` failed. */
enum errand_result errand_judge(struct errand *errand, const char *what, const PGresult *result);

/* Says that `what` failed, and why. */
enum errand_result errand_fail(struct errand *errand, const char *what, const PGresult *result);

/* The sentence on the heap, NULL where the errand is DONE. */
char *errand_sentence(const struct errand *errand, enum errand_result result);

/* Disconnects. May be said more than once. */
void errand_end(struct errand *errand);

#endif
