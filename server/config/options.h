#ifndef RELEVO_CONFIG_OPTIONS_H
#define RELEVO_CONFIG_OPTIONS_H

#include "config/config.h"

/* How much of a value may be shown. */
enum secrecy {
    SECRECY_NONE = 0, /* all of it */
    SECRECY_PASSWORD, /* a database's connection string: all but its password */
    SECRECY_WHOLE,    /* nothing but its size */
};

/* One setting. The table of them all drives parsing, checking, --help, the suggestions and `relevo config`;
 * docs/operating.md is held against it. A secret can also be read from a file, without the line's end there.
 */
struct option {
    const char *flag;      /* without the dashes; NULL: not for the command line, which others can read */
    const char *variable;  /* of the environment; NULL: the command line only */
    const char *file_flag; /* the same, to name a file that holds the value; NULL: there is no such way */
    const char *file_variable;
    const char *value_name; /* NULL: a switch */
    const char *fallback;   /* what holds where nothing is said; NULL: nothing does */
    unsigned verbs;         /* of which subcommands */
    bool reloads; /* a server that runs takes another value when it is told to read again (SIGHUP) */
    bool is_list; /* may be said more than once on the command line; each adds to the others */
    enum secrecy secrecy;
    /* Takes the value over into the config. NULL, or what would have been right; a constant. */
    const char *(*set)(struct config *config, const char *value);
    const char *help;
};

extern const struct option options[];
extern const size_t options_count;

/* The option that the variable is of, be it of its value or of a file; NULL: of none. */
const struct option *option_of_variable(const char *name);

/* What was said of it. */
static inline const struct setting *setting_of(const struct config *config, const struct option *option)
{
    return &config->settings[option - options];
}

/* The file that the setting's value stands in; NULL: in none. */
static inline const char *setting_file(const struct config *config, const struct setting *setting)
{
    bool is_among_others = setting->file == NULL && setting->source == SOURCE_FILE;
    return is_among_others ? config->env_file_name : setting->file;
}

#endif
