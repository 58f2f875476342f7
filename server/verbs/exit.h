#ifndef RELEVO_VERBS_EXIT_H
#define RELEVO_VERBS_EXIT_H

#include "store/job.h"

/* What the process exits with, and the sentence that says why. */

enum {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,  /* the world was against it */
    EXIT_USAGE = 2,   /* the command line is wrong */
    EXIT_CONFIG = 78, /* EX_CONFIG: the environment, a file or the database is not as it must be */
};

/* Says "relevo: …" on stderr and returns the code. */
int exit_saying(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What a job in the database has come to: says its sentence, if there is one, and gives it up. Returns
 * the code. */
int exit_after(enum job_result result, char **sentence);

#endif
