#ifndef RELEVO_STORE_SQLSTATE_H
#define RELEVO_STORE_SQLSTATE_H

#include <stddef.h>

#include "store/fitness.h"

/* What PostgreSQL's errors come to, by their SQLSTATE
 * (https://www.postgresql.org/docs/15/errcodes-appendix.html). Those that only a pooler brings about are
 * store/pooler's. */

/* What an error that a pipeline ended with means for what was asked. In each case nothing was done. */
enum sqlstate_class {
    SQLSTATE_UNKNOWN,   /* nobody has foreseen it */
    SQLSTATE_PASSING,   /* others were in the way: the same again */
    SQLSTATE_SESSION,   /* this session, or this server, will not do it: a new connection */
    SQLSTATE_READ_ONLY, /* this session writes nothing now: others may, and it may again */
    SQLSTATE_FULL,      /* it cannot be done now: disk, memory or time is short */
};
enum sqlstate_class sqlstate_class_of(const char *sqlstate);

/* What an error of the first statements, or of the attempt to connect, comes to: FIT where it is none of
 * those that are known to last; else also the sentence. */
enum fitness_verdict sqlstate_judge(const char *sqlstate, const char *message, char *sentence_r,
                                    size_t sentence_size);

/* The SQLSTATE of a connection that was refused; "" for none. libpq keeps it to itself, but prints it where
 * errors are verbose: "FATAL:  28P01: password …". */
void sqlstate_find(const char *message, char sqlstate_r[6]);

#endif
