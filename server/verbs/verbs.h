#ifndef RELEVO_VERBS_VERBS_H
#define RELEVO_VERBS_VERBS_H

#include "config/config.h"
#include "verbs/exit.h"

/* The subcommands: each does its work and returns what the process exits with (verbs/exit.h). */

#define X(NAME, name, purpose) int verb_##name(const struct config *config);
VERB_LIST(X)
#undef X

#endif
