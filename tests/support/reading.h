#ifndef RELEVO_TESTS_READING_H
#define RELEVO_TESTS_READING_H

#include "config/options.h"

#define SECRET "0123456789abcdef0123456789abcdef"

/* What config_read has made of what it was told. */
struct reading {
    enum config_result result;
    struct config config;
    char *text;
};

/* Reads space-separated arguments and assignments. */
struct reading read_config(enum verb verb, const char *arguments, const char *environment);

void reading_finish(struct reading *reading);

void assert_refused(enum verb verb, const char *arguments, const char *environment, enum config_result result,
                    const char *part);

/* What was said of the option with this flag. */
const struct setting *setting_find(const struct reading *reading, const char *flag);

#endif
