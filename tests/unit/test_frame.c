#include <criterion/criterion.h>
#include <string.h>

#include "base/alloc.h"
#include "base/frame.h"
#include "support/leak.h"

static struct frame *make(const char *payload)
{
    size_t size = strlen(payload);
    uint8_t *memory = alloc_zeroed(FRAME_HEADROOM_SIZE + size);
    memcpy(memory + FRAME_HEADROOM_SIZE, payload, size);
    struct frame *frame = frame_create(&memory, size);
    cr_assert_null(memory);
    return frame;
}

TestSuite(frame, .fini = end_without_leak);

Test(frame, takes_the_memory_over_and_leaves_headroom_before_the_payload)
{
    struct frame *frame = make("hello");
    cr_assert_eq(frame->size, 5);
    cr_assert_arr_eq(frame->payload, "hello", 5);
    memset(frame->payload - FRAME_HEADROOM_SIZE, 0xFF, FRAME_HEADROOM_SIZE);
    frame_unref(&frame);
    cr_assert_null(frame);
}

Test(frame, lives_until_its_last_reference_is_given_up)
{
    struct frame *frame = make("hello");
    struct frame *other = frame_ref(frame);
    frame_unref(&frame);
    cr_assert_arr_eq(other->payload, "hello", 5);
    frame_unref(&other);
    frame_unref(&other); /* NULL is fine */
}
