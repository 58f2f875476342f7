#ifndef RELEVO_BASE_BYTES_H
#define RELEVO_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A borrowed run of bytes. A run without bytes may have data NULL. */
struct bytes {
    const uint8_t *data;
    size_t size;
};

static inline struct bytes bytes_make(const void *data, size_t size)
{
    return (struct bytes){.data = data, .size = size};
}

/* The bytes of a NUL-terminated string, without the NUL. NULL gives no bytes. */
static inline struct bytes bytes_of_string(const char *string)
{
    return bytes_make(string, string == NULL ? 0 : strlen(string));
}

static inline bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* The size of the well-formed UTF-8 character (RFC 3629) that the bytes begin with; 0 where they begin with
 * none. */
size_t bytes_character_size(struct bytes bytes);

/* How many of the bytes make up the beginning of a character that is cut short; 1 where the first begins
 * none. There are bytes, and they begin with no whole character. */
size_t bytes_broken_size(struct bytes bytes);

/* Whether the bytes are well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms, up to U+10FFFF)
 * without control characters below U+0020 other than, where `lines` is set, tab and line feed; and without
 * U+007F. */
bool bytes_are_text(struct bytes bytes, bool lines);

/* The longest beginning of well-formed UTF-8 text that has at most size_max bytes and ends with a whole
 * character. */
struct bytes bytes_cut_text(struct bytes text, size_t size_max);

#endif
