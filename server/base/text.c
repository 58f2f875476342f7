#include "base/text.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

struct text *text_create(struct bytes bytes)
{
    if (bytes.size == 0)
        return NULL;
    assert(bytes.size < UINT32_MAX - sizeof(struct text));
    struct text *text = alloc_zeroed(sizeof(*text) + bytes.size + 1);
    text->references = 1;
    text->size = (uint32_t)bytes.size;
    memcpy(text->data, bytes.data, bytes.size);
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
