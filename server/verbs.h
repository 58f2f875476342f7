#ifndef RELEVO_VERBS_H
#define RELEVO_VERBS_H

#include "config/config.h"
#include "store/errand.h"

/* The subcommands: each does its work and returns what the process exits with. */

enum {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,  /* the world was against it */
    EXIT_USAGE = 2,   /* the command line is wrong */
    EXIT_CONFIG = 78, /* EX_CONFIG: the environment, a file or the database is not as it must be */
};

/* Says "relevo: …" on stderr and returns the code. */
int exit_saying(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What an errand to the database has come to: says its sentence, if there is one, and gives it up. Returns
 * the code. */
int exit_after(enum errand_result result, char **sentence);

int verb_serve(const struct config *config);
int verb_migrate(const struct config *config);
int verb_token(const struct config *config);
int verb_secret(const struct config *config);
int verb_revoke(const struct config *config);
int verb_tail(const struct config *config);
int verb_health(const struct config *config);
int verb_top(const struct config *config);
int verb_config(const struct config *config);
int verb_check(const struct config *config);

#endif
