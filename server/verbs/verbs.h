#ifndef RELEVO_VERBS_VERBS_H
#define RELEVO_VERBS_VERBS_H

#include "config/config.h"
#include "verbs/exit.h"

/* The subcommands: each does its work and returns what the process exits with (verbs/exit.h). */

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
