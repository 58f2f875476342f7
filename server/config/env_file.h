#ifndef RELEVO_CONFIG_ENV_FILE_H
#define RELEVO_CONFIG_ENV_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"

/* A file of settings, in lines NAME=value. It says what it says to systemd's EnvironmentFile=
 * (systemd.exec(5)), so that one file can be for both:
 *
 *   - Blank lines, and lines that begin with # or ;, say nothing.
 *   - Blanks around the name and around the value do not count.
 *   - A value, or a part of it at its beginning, may stand in '…', where every character stands for itself,
 *     or in "…", where \ before " \ ` $ stands for the character alone. Both may hold line ends.
 *   - Outside of quotes, \ stands for the character after it; before a line's end, here and in "…", it goes
 *     on in the next line.
 *   - Where a name stands twice, the later one counts.
 *
 * What systemd passes over in silence is an error here: a line that is no assignment, and quotes that do not
 * end. So is a comment that ends in \: versions of systemd differ about the line after it. */

enum {
    ENV_FILE_BYTES = 64 * 1024, /* of all its text, at most */
};

struct assignment {
    char *name;
    char *value;
    int line; /* where it begins, from 1 */
};

struct env_file {
    struct assignment *items;
    size_t count;
    bool is_exposed; /* others can read it */
};

/* Takes the text over into *file_r, which the caller finishes, whatever is returned: NULL, or what is wrong
 * in line *line_r; a constant. */
const char *env_file_parse(struct bytes text, struct env_file *file_r, int *line_r);

/* The same of the file at `path`. *line_r is 0 where it is not about a line. */
const char *env_file_read(const char *path, struct env_file *file_r, int *line_r);

/* What counts of this name; NULL: it is not there. */
const struct assignment *env_file_find(const struct env_file *file, const char *name);

void env_file_finish(struct env_file *file);

#endif
