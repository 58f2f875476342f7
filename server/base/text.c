#include "base/text.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

struct text *text_create(struct bytes bytes)
{
    return text_join(&bytes, 1);
}

struct text *text_join(const struct bytes *parts, size_t parts_count)
{
    size_t size = 0;
    for (size_t i = 0; i < parts_count; i++)
        size += parts[i].size;
    if (size == 0)
        return NULL;
    assert(size < UINT32_MAX - sizeof(struct text));
    struct text *text = alloc_zeroed(sizeof(*text) + size + 1);
    text->references = 1;
    for (size_t i = 0; i < parts_count; i++) {
        if (parts[i].size > 0)
            memcpy(text->data + text->size, parts[i].data, parts[i].size);
        text->size += (uint32_t)parts[i].size;
    }
    return text;
}

struct text *text_ref(struct text *text)
{
    if (text != NULL) {
        assert(text->references > 0);
        assert(text->references < INT32_MAX);
        text->references++;
    }
    return text;
}

void text_unref(struct text **text)
{
    struct text *given_up = *text;
    *text = NULL;
    if (given_up == NULL)
        return;
    assert(given_up->references > 0);
    if (--given_up->references == 0)
        free(given_up);
}

void text_assign(struct text **place, struct text *text)
{
    struct text *before = *place;
    *place = text_ref(text);
    text_unref(&before);
}

void text_assign_bytes(struct text **place, struct bytes bytes)
{
    if (bytes_equal(text_bytes(*place), bytes))
        return;
    struct text *before = *place;
    *place = text_create(bytes);
    text_unref(&before);
}
