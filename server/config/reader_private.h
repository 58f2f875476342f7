#ifndef RELEVO_CONFIG_READER_PRIVATE_H
#define RELEVO_CONFIG_READER_PRIVATE_H

#include "config/config.h"
#include "config/options.h"

/* Reading a config, for its parts: the command line (config/flags.c), one setting (config/setting.c), the
 * rest and all together (config/config.c). */

enum {
    NAME_SIZE = 512,
};

struct reader {
    enum verb verb;
    struct config *config;
    char *const *environment;
    char **text_r;
};

/* Says what is wrong. Returns the result. */
enum config_result reader_fail(struct reader *reader, enum config_result result, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A setting as it was said: the value, or the name of a file that holds it. */
struct saying {
    const struct option *option;
    enum source source;
    bool names_file;
    int line;          /* of SOURCE_FILE */
    const char *value; /* of a switch: "yes" */
};

/* What it was said with, as in "--listen". */
void reader_name_saying(const struct reader *reader, const struct saying *saying, char name_r[NAME_SIZE]);

/* Takes over what was said. */
MUST_USE enum config_result reader_set(struct reader *reader, const struct saying *saying);

/* Sets what the command line says. */
MUST_USE enum config_result reader_read_flags(struct reader *reader, int count, char *const *arguments);

#endif
