#ifndef RELEVO_CONFIG_HELP_H
#define RELEVO_CONFIG_HELP_H

#include "config/config.h"

/* What --help shows, from the table of options, without the last line feed. The caller frees it. */
char *help_make(enum verb verb);

#endif
