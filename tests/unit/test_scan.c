#include <criterion/criterion.h>
#include <stdlib.h>

#include "protocol/limits.h"
#include "protocol/scan.h"

/* What the vectors do not say: the bounds exactly, and every header there is. */

/* Scans a copy that ends where the frame ends, so that a read beyond is caught. */
static enum scan_result scan(const uint8_t *data, size_t size)
{
    uint8_t *frame = malloc(size);
    memcpy(frame, data, size);
    enum scan_result result = scan_frame(bytes_make(frame, size));
    free(frame);
    return result;
}

/* {"x": [[… nil …]]}, `arrays` deep inside the map. */
static enum scan_result scan_nested(size_t arrays)
{
    uint8_t frame[64] = {0x81, 0xa1, 'x'};
    memset(frame + 3, 0x91, arrays);
    frame[3 + arrays] = 0xc0;
    return scan(frame, 4 + arrays);
}

Test(scan, allows_exactly_the_depth_limit)
{
    cr_assert_eq(scan_nested(LIMIT_DEPTH - 1), SCAN_OK);
    cr_assert_eq(scan_nested(LIMIT_DEPTH), SCAN_TOO_DEEP);
}

Test(scan, leaves_the_depth_that_it_has_walked_out_of)
{
    /* {"x": [[[]], [[]], [[]]]} */
    static const uint8_t frame[] = {0x81, 0xa1, 'x', 0x93, 0x91, 0x90, 0x91, 0x90, 0x91, 0x90};
    cr_assert_eq(scan(frame, sizeof(frame)), SCAN_OK);
}

/* {"x": [nil, nil …]}: two elements in the map and as many as asked in the array. */
static enum scan_result scan_elements(size_t elements)
{
    uint8_t frame[6 + LIMIT_ELEMENTS] = {0x81, 0xa1, 'x', 0xdc, (uint8_t)(elements >> 8), (uint8_t)elements};
    memset(frame + 6, 0xc0, elements);
    return scan(frame, 6 + elements);
}

Test(scan, allows_exactly_the_limit_of_elements)
{
    cr_assert_eq(scan_elements(LIMIT_ELEMENTS - 2), SCAN_OK);
    cr_assert_eq(scan_elements(LIMIT_ELEMENTS - 1), SCAN_TOO_MANY);
}

Test(scan, counts_elements_over_the_whole_frame)
{
    /* {"x": [nil × 126], "y": [nil × 126]} has 4 + 252 elements; one more is too many. */
    uint8_t frame[512] = {0x82, 0xa1, 'x', 0xdc, 0, 126};
    memset(frame + 6, 0xc0, 126);
    memcpy(frame + 132, (const uint8_t[]){0xa1, 'y', 0xdc, 0, 126}, 5);
    memset(frame + 137, 0xc0, 127);
    cr_assert_eq(scan(frame, 263), SCAN_OK);
    frame[136] = 127;
    cr_assert_eq(scan(frame, 264), SCAN_TOO_MANY);
}

/* What the format allows, told apart from the scan's own table: the length of the smallest object that begins
 * with this byte; 0 where there may be none. */
static size_t smallest_object(unsigned byte)
{
    if (byte < 0x80 || byte >= 0xe0 || byte == 0x80 || byte == 0x90 || byte == 0xa0)
        return 1;
    if (byte < 0x90)
        return 1 + 2 * (byte - 0x80);
    if (byte < 0xa0)
        return 1 + (byte - 0x90);
    if (byte < 0xc0)
        return 1 + (byte - 0xa0);
    switch (byte) {
    case 0xc0:
    case 0xc2:
    case 0xc3: return 1;
    case 0xc4:
    case 0xd9:
    case 0xcc:
    case 0xd0: return 2;
    case 0xc5:
    case 0xda:
    case 0xcd:
    case 0xd1:
    case 0xdc:
    case 0xde: return 3;
    case 0xc6:
    case 0xdb:
    case 0xce:
    case 0xd2:
    case 0xdd:
    case 0xdf: return 5;
    case 0xcf:
    case 0xd3: return 9;
    }
    return 0;
}

Test(scan, steps_over_each_header_by_its_length_and_no_further)
{
    for (unsigned byte = 0; byte < 256; byte++) {
        uint8_t frame[64] = {0x81, 0xa1, 'x', (uint8_t)byte};
        size_t size = smallest_object(byte);
        if (size == 0) {
            cr_assert_eq(scan(frame, sizeof(frame)), SCAN_FORBIDDEN_TYPE, "0x%02x", byte);
            continue;
        }
        cr_assert_eq(scan(frame, 3 + size), SCAN_OK, "0x%02x", byte);
        cr_assert_eq(scan(frame, 3 + size + 1), SCAN_TRAILING, "0x%02x", byte);
        for (size_t cut = 3; cut < 3 + size; cut++)
            cr_assert_eq(scan(frame, cut), SCAN_TRUNCATED, "0x%02x cut to %zu", byte, cut);
    }
}

Test(scan, reads_lengths_with_the_most_significant_byte_first)
{
    uint8_t frame[3 + 3 + 0x0102] = {0x81, 0xa1, 'x', 0xda, 0x01, 0x02};
    cr_assert_eq(scan(frame, sizeof(frame)), SCAN_OK);
    frame[4] = 0x02;
    frame[5] = 0x01;
    cr_assert_eq(scan(frame, sizeof(frame)), SCAN_TRUNCATED);
}

Test(scan, never_lets_containers_together_announce_more_than_is_left)
{
    /* The outer array is owed two more elements when the inner one takes the last byte. */
    static const uint8_t frame[] = {0x81, 0xa1, 'x', 0x93, 0x91, 0xc0};
    cr_assert_eq(scan(frame, sizeof(frame)), SCAN_TRUNCATED);
    /* Nor a text. */
    static const uint8_t text[] = {0x81, 0xa1, 'x', 0x92, 0xa1, 'y'};
    cr_assert_eq(scan(text, sizeof(text)), SCAN_TRUNCATED);
}

Test(scan, has_a_sentence_for_every_result_that_fits_a_close_reason)
{
    for (enum scan_result result = SCAN_OK; result <= SCAN_FORBIDDEN_TYPE; result++) {
        size_t size = strlen(scan_result_sentence(result));
        cr_assert(size > 0 && size <= 60);
    }
}
