#ifndef RELEVO_BASE_TEXT_H
#define RELEVO_BASE_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

/* A counted, immutable string. Many rows share one agent's name, and a copy of a conversation shares all its
 * strings with the original: a copy costs a reference, not bytes. The empty string is NULL, and every
 * function takes NULL. */
struct text {
    int32_t references;
    uint32_t size;
    char data[]; /* NUL-terminated for logs and SQL; size does not count the NUL */
};

/* The caller owns one reference. No bytes give NULL. */
struct text *text_create(struct bytes bytes);

/* As text_create, of several runs of bytes, one after the other. */
struct text *text_join(const struct bytes *parts, size_t parts_count);

/* One more reference to the same string. */
struct text *text_ref(struct text *text);

/* Gives the reference up and nulls the caller's pointer. */
void text_unref(struct text **text);

/* Makes *place hold `text` (one more reference) and gives up what it held. Safe when both are the same. */
void text_assign(struct text **place, struct text *text);

/* Makes *place hold these bytes; keeps the present string where it is equal already. */
void text_assign_bytes(struct text **place, struct bytes bytes);

static inline struct bytes text_bytes(const struct text *text)
{
    return text == NULL ? bytes_make(NULL, 0) : bytes_make(text->data, text->size);
}

/* NUL-terminated; "" for NULL. */
static inline const char *text_string(const struct text *text)
{
    return text == NULL ? "" : text->data;
}

static inline bool text_equal(const struct text *a, const struct text *b)
{
    return a == b || bytes_equal(text_bytes(a), text_bytes(b));
}

#endif
