#include "base/frame.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"

struct frame *frame_create(uint8_t **memory, size_t size)
{
    assert(size <= UINT32_MAX);
    struct frame *frame = alloc_zeroed(sizeof(*frame));
    frame->references = 1;
    frame->size = (uint32_t)size;
    frame->payload = *memory + FRAME_HEADROOM_SIZE;
    *memory = NULL;
    return frame;
}

struct frame *frame_ref(struct frame *frame)
{
    assert(frame->references > 0);
    assert(frame->references < INT32_MAX);
    frame->references++;
    return frame;
}

void frame_unref(struct frame **frame)
{
    struct frame *given_up = *frame;
    *frame = NULL;
    if (given_up == NULL)
        return;
    assert(given_up->references > 0);
    if (--given_up->references > 0)
        return;
    free(given_up->payload - FRAME_HEADROOM_SIZE);
    free(given_up);
}
