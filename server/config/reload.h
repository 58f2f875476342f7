#ifndef RELEVO_CONFIG_RELOAD_H
#define RELEVO_CONFIG_RELOAD_H

#include "config/config.h"

/* Settings of a process that runs, read again: the same flags and the same environment, but what stands in
 * the files that they name may be another by now. */

/* As config_read. Nothing in *config_r points into `before`. */
MUST_USE enum config_result config_read_again(const struct config *before, struct config *config_r,
                                              char **text_r);

/* Which settings have another value in `after`, of those that reload, or of the others, as "--origin
 * --log-level"; among the others are variables that a file of settings has for libpq and the like. The caller
 * frees it. */
char *config_list_changes(const struct config *before, const struct config *after, bool that_reload);

/* Warns of files with secrets in them that others can read. */
void config_warn_of_exposed(const struct config *config);

#endif
