#ifndef RELEVO_CONFIG_FILE_H
#define RELEVO_CONFIG_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* Reads whole files that settings name: a secret, or a file of settings. */

enum {
    FILE_TEXT_BYTES = 8192, /* of the text, with its NUL */
};

/* Reads all that a file holds, less than `room` bytes, with the same outcome as below. */
const char *file_read(const char *path, char *text_r, size_t room, size_t *size_r, bool *is_exposed_r);

/* Reads the text that a file holds, without the line's end after it. NULL, or what would have been right; a
 * constant. *is_exposed_r: other users of this machine can read the file too. A file in /run/secrets is not
 * called so: there, container engines mount what they hand to one container, readable by everyone in it. */
const char *file_read_text(const char *path, char text_r[FILE_TEXT_BYTES], bool *is_exposed_r);

#endif
