#ifndef RELEVO_STORE_JOB_PRIVATE_H
#define RELEVO_STORE_JOB_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include <libpq-fe.h>

#include "store/job.h"

/* Between the files of the jobs: migrate.c, revoke.c, job_tail.c, preflight.c. */

enum { JOB_SENTENCE_SIZE = 1024 };

struct job {
    PGconn *pg;
    char sentence[JOB_SENTENCE_SIZE]; /* of the last that was not done */
    char sqlstate[6];                 /* the same; "" for what the database has not said */
};

struct job_options {
    const char *conninfo;
    const char *name; /* for operators: the session's application_name, unless conninfo has one */
    bool only_reads;  /* a standby will do */
    bool is_unproven; /* whether a pooler keeps the session does not matter, or is asked later */
    const char *statement_timeout; /* NULL: each statement takes the time that it takes */
};

/* Connects, with the patience of some seconds. The connection is to be ended, whatever comes of it. */
MUST_USE enum job_result job_connect(struct job *job, const struct job_options *options);

/* Connects, and sets the session up as a server's. Where something is in between, the session is proven. The
 * connection is to be ended, whatever comes of it. */
MUST_USE enum job_result job_begin(struct job *job, const struct job_options *options);

/* DONE where nothing between us and the database, such as a pooler, gives our session's transactions to
 * others (store/pooler.h). A second connection is needed for it, for a moment. */
MUST_USE enum job_result job_prove_session(struct job *job, const struct job_options *options);

/* Says the sentence; returns the result, which is not DONE. */
enum job_result job_say(struct job *job, enum job_result result, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* DONE where the statement went well. What waiting does not heal is REFUSED, with what would be right; else
 * it is said that `what` failed. */
enum job_result job_judge(struct job *job, const char *what, const PGresult *result);

/* Says that `what` failed, and why. */
enum job_result job_fail(struct job *job, const char *what, const PGresult *result);

/* The sentence on the heap, NULL where the job is DONE. */
char *job_sentence(const struct job *job, enum job_result result);

/* Disconnects. May be said more than once. */
void job_end(struct job *job);

#endif
