#ifndef RELEVO_CONFIG_OPTIONS_H
#define RELEVO_CONFIG_OPTIONS_H

#include "config/config.h"

/* One thing that can be said. The table of them all drives parsing, checking, --help and the suggestions. */
struct option {
    const char *flag;       /* without the dashes; NULL: not for the command line, which others can read */
    const char *variable;   /* of the environment; NULL: the command line only */
    const char *value_name; /* NULL: a switch */
    const char *fallback;   /* what holds where nothing is said; NULL: nothing does */
    unsigned verbs;         /* of which subcommands */
    bool is_secret;         /* its value is never shown */
    /* Takes the value over into the config. NULL, or what would have been right; a constant. */
    const char *(*set)(struct config *config, const char *value);
    const char *help;
};

extern const struct option options[];
extern const size_t options_count;

#endif
