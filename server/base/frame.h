#ifndef RELEVO_BASE_FRAME_H
#define RELEVO_BASE_FRAME_H

#include <stddef.h>
#include <stdint.h>

/* One encoded WebSocket message, made once and shared by everybody it goes to. In front of the payload lies
 * free room in which the transport writes its own header; it is the same for every receiver. One thread: the
 * count is not atomic. */
enum { FRAME_HEADROOM_SIZE = 16 };

struct frame {
    int32_t references;
    uint32_t size;    /* of the payload */
    uint8_t *payload; /* FRAME_HEADROOM_SIZE writable bytes lie before it */
};

/* Takes over `memory` (from alloc_*), whose payload begins after FRAME_HEADROOM_SIZE bytes and has `size`
 * bytes, and nulls the caller's pointer. The caller owns one reference. */
struct frame *frame_create(uint8_t **memory, size_t size);

struct frame *frame_ref(struct frame *frame);

/* Gives the reference up, nulls the caller's pointer; the last one frees the bytes. NULL is fine. */
void frame_unref(struct frame **frame);

#endif
