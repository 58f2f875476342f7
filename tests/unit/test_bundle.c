#include <criterion/criterion.h>
#include <string.h>

#include "base/alloc.h"
#include "net/bundle.h"
#include "support/leak.h"

static struct bundle bundle;

static struct frame *make(size_t size, uint8_t filler)
{
    uint8_t *memory = alloc_zeroed(FRAME_HEADROOM_SIZE + size);
    memset(memory + FRAME_HEADROOM_SIZE, filler, size);
    return frame_create(&memory, size);
}

static void add(size_t size, uint8_t filler)
{
    struct frame *frame = make(size, filler);
    bundle_add(&bundle, &frame);
    cr_assert_null(frame);
}

static void end(void)
{
    bundle_clear(&bundle);
    end_without_leak();
}

TestSuite(bundle, .fini = end);

Test(bundle, one_frame_is_shared_and_not_copied)
{
    struct frame *frame = make(100, 'a');
    struct frame *given = frame_ref(frame);
    bundle_add(&bundle, &given);
    cr_assert_eq(bundle.count, 1);
    cr_assert_eq(bundle.first, frame);
    cr_assert_eq(bundle.size, 0);
    bundle_clear(&bundle);
    cr_assert_eq(bundle.count, 0);
    cr_assert_eq(frame->references, 1);
    frame_unref(&frame);
}

/* Each a whole binary message of a server's, with its length in the shortest form (RFC 6455, section 5.2). */
Test(bundle, several_frames_lie_in_order_each_with_its_header)
{
    static const struct {
        uint32_t size;
        uint8_t header[10];
        size_t header_size;
    } cases[] = {
        {0, {0x82, 0}, 2},
        {125, {0x82, 125}, 2},
        {126, {0x82, 126, 0, 126}, 4},
        {300, {0x82, 126, 1, 44}, 4},
        {65536, {0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0}, 10},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        add(cases[i].size, (uint8_t)('a' + i));
    cr_assert_eq(bundle.count, ARRAY_COUNT(cases));
    cr_assert_null(bundle.first);
    const uint8_t *at = bundle.bytes;
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        cr_assert_arr_eq(at, cases[i].header, cases[i].header_size);
        at += cases[i].header_size;
        for (uint32_t byte = 0; byte < cases[i].size; byte++)
            cr_assert_eq(at[byte], 'a' + i);
        at += cases[i].size;
    }
    cr_assert_eq(at - bundle.bytes, bundle.size);
}

Test(bundle, is_full_with_so_many_frames_or_so_many_bytes_even_of_one)
{
    for (int i = 0; i < BUNDLE_FRAMES; i++) {
        cr_assert_not(bundle_is_full(&bundle));
        add(50, 'a');
    }
    cr_assert(bundle_is_full(&bundle));
    bundle_clear(&bundle);
    add(BUNDLE_BYTES - 1, 'a');
    cr_assert_not(bundle_is_full(&bundle));
    add(1, 'b');
    cr_assert(bundle_is_full(&bundle));
    bundle_clear(&bundle);
    add(BUNDLE_BYTES, 'a');
    cr_assert(bundle_is_full(&bundle));
}

Test(bundle, the_largest_frame_fits_behind_the_most_that_leave_room_for_more)
{
    for (int i = 1; i < BUNDLE_FRAMES; i++)
        add((BUNDLE_BYTES - 1) / (BUNDLE_FRAMES - 1) - 4, 'a');
    cr_assert_not(bundle_is_full(&bundle));
    add(LIMIT_SENT_BYTES, 'b');
    cr_assert_leq(bundle.size, sizeof(bundle.bytes));
    cr_assert_eq(bundle.bytes[bundle.size - 1], 'b');
}
