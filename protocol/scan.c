#include "protocol/scan.h"

#include "protocol/limits.h"

/* The containers that are open, from the outermost inwards: how many elements each is still owed. An element
 * takes one byte at the least, so their sum may never exceed the bytes that are left: a header cannot
 * announce more than the frame can hold. */
struct scan {
    const uint8_t *next;
    size_t left;
    size_t owed[LIMIT_DEPTH];
    size_t depth;
    size_t owed_sum;
    size_t elements;
};

/* What a format byte says about the bytes that follow it
 * (https://github.com/msgpack/msgpack/blob/master/spec.md). */
enum shape {
    SHAPE_FIXED,     /* `size` bytes of value */
    SHAPE_COUNTED,   /* a length of `size` bytes, then as many bytes */
    SHAPE_ARRAY,     /* a count of `size` bytes, then as many elements */
    SHAPE_MAP,       /* a count of `size` bytes, then as many keys and values */
    SHAPE_FORBIDDEN, /* extensions, floats, 0xc1 */
};

struct format {
    enum shape shape;
    size_t size;
};

/* The formats from 0xc0 to 0xdf, which carry no value in the byte itself. */
static const struct format formats[32] = {
    {SHAPE_FIXED, 0},     /* 0xc0 nil */
    {SHAPE_FORBIDDEN, 0}, /* 0xc1 never used */
    {SHAPE_FIXED, 0},     /* 0xc2 false */
    {SHAPE_FIXED, 0},     /* 0xc3 true */
    {SHAPE_COUNTED, 1},   /* 0xc4 bin8 */
    {SHAPE_COUNTED, 2},   /* 0xc5 bin16 */
    {SHAPE_COUNTED, 4},   /* 0xc6 bin32 */
    {SHAPE_FORBIDDEN, 0}, /* 0xc7 ext8 */
    {SHAPE_FORBIDDEN, 0}, /* 0xc8 ext16 */
    {SHAPE_FORBIDDEN, 0}, /* 0xc9 ext32 */
    {SHAPE_FORBIDDEN, 0}, /* 0xca float32 */
    {SHAPE_FORBIDDEN, 0}, /* 0xcb float64 */
    {SHAPE_FIXED, 1},     /* 0xcc uint8 */
    {SHAPE_FIXED, 2},     /* 0xcd uint16 */
    {SHAPE_FIXED, 4},     /* 0xce uint32 */
    {SHAPE_FIXED, 8},     /* 0xcf uint64 */
    {SHAPE_FIXED, 1},     /* 0xd0 int8 */
    {SHAPE_FIXED, 2},     /* 0xd1 int16 */
    {SHAPE_FIXED, 4},     /* 0xd2 int32 */
    {SHAPE_FIXED, 8},     /* 0xd3 int64 */
    {SHAPE_FORBIDDEN, 0}, /* 0xd4 fixext1 */
    {SHAPE_FORBIDDEN, 0}, /* 0xd5 fixext2 */
    {SHAPE_FORBIDDEN, 0}, /* 0xd6 fixext4 */
    {SHAPE_FORBIDDEN, 0}, /* 0xd7 fixext8 */
    {SHAPE_FORBIDDEN, 0}, /* 0xd8 fixext16 */
    {SHAPE_COUNTED, 1},   /* 0xd9 str8 */
    {SHAPE_COUNTED, 2},   /* 0xda str16 */
    {SHAPE_COUNTED, 4},   /* 0xdb str32 */
    {SHAPE_ARRAY, 2},     /* 0xdc array16 */
    {SHAPE_ARRAY, 4},     /* 0xdd array32 */
    {SHAPE_MAP, 2},       /* 0xde map16 */
    {SHAPE_MAP, 4},       /* 0xdf map32 */
};

static uint64_t load_be(const uint8_t *place, size_t size)
{
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++)
        value = value << 8 | place[i];
    return value;
}

/* Steps over bytes that the frame must have besides what it owes already. */
static enum scan_result scan_skip(struct scan *scan, uint64_t size)
{
    if (size > scan->left || scan->left - size < scan->owed_sum)
        return SCAN_TRUNCATED;
    scan->next += size;
    scan->left -= (size_t)size;
    return SCAN_OK;
}

static enum scan_result scan_enter(struct scan *scan, uint64_t elements)
{
    if (scan->depth == LIMIT_DEPTH)
        return SCAN_TOO_DEEP;
    if (elements > scan->left - scan->owed_sum)
        return SCAN_TRUNCATED;
    if (elements > LIMIT_ELEMENTS - scan->elements)
        return SCAN_TOO_MANY;
    scan->owed[scan->depth++] = (size_t)elements;
    scan->owed_sum += (size_t)elements;
    scan->elements += (size_t)elements;
    return SCAN_OK;
}

/* What the format byte announces: for a value that is in the byte itself, what is left to read. */
static struct format format_of(uint8_t byte, uint64_t *count_r)
{
    *count_r = 0;
    if (byte >= 0xc0 && byte <= 0xdf)
        return formats[byte - 0xc0];
    if (byte >= 0x80 && byte <= 0x8f) {
        *count_r = byte & 0x0f;
        return (struct format){SHAPE_MAP, 0};
    }
    if (byte >= 0x90 && byte <= 0x9f) {
        *count_r = byte & 0x0f;
        return (struct format){SHAPE_ARRAY, 0};
    }
    if (byte >= 0xa0 && byte <= 0xbf) {
        *count_r = byte & 0x1f;
        return (struct format){SHAPE_COUNTED, 0};
    }
    return (struct format){SHAPE_FIXED, 0};
}

/* Reads the header of one object and, where it is no container, steps over its value. */
static enum scan_result scan_object(struct scan *scan)
{
    uint64_t count;
    struct format format = format_of(*scan->next, &count);
    enum scan_result result = scan_skip(scan, 1);
    if (result != SCAN_OK)
        return result;
    const uint8_t *argument = scan->next;
    result = scan_skip(scan, format.size);
    if (result != SCAN_OK)
        return result;
    if (format.size > 0)
        count = load_be(argument, format.size);
    switch (format.shape) {
    case SHAPE_FIXED: return SCAN_OK;
    case SHAPE_COUNTED: return scan_skip(scan, count);
    case SHAPE_ARRAY: return scan_enter(scan, count);
    case SHAPE_MAP: return scan_enter(scan, 2 * count);
    case SHAPE_FORBIDDEN: return SCAN_FORBIDDEN_TYPE;
    }
    return SCAN_FORBIDDEN_TYPE;
}

static bool is_map(uint8_t byte)
{
    return (byte >= 0x80 && byte <= 0x8f) || byte == 0xde || byte == 0xdf;
}

enum scan_result scan_frame(struct bytes frame)
{
    if (frame.size == 0)
        return SCAN_EMPTY;
    if (!is_map(frame.data[0]))
        return SCAN_NOT_A_MAP;
    struct scan scan = {.next = frame.data, .left = frame.size};
    enum scan_result result = scan_object(&scan);
    while (result == SCAN_OK && scan.depth > 0) {
        if (scan.owed[scan.depth - 1] == 0) {
            scan.depth--;
            continue;
        }
        scan.owed[scan.depth - 1]--;
        scan.owed_sum--;
        result = scan_object(&scan);
    }
    if (result == SCAN_OK && scan.left > 0)
        return SCAN_TRAILING;
    return result;
}

const char *scan_result_sentence(enum scan_result result)
{
    switch (result) {
    case SCAN_OK: return "the frame is one map";
    case SCAN_EMPTY: return "the frame is empty";
    case SCAN_TRUNCATED: return "the frame announces more than it has";
    case SCAN_TRAILING: return "the frame goes on after its map";
    case SCAN_NOT_A_MAP: return "the frame is not a map";
    case SCAN_TOO_DEEP: return "the frame's maps and arrays nest too deep";
    case SCAN_TOO_MANY: return "the frame has too many elements";
    case SCAN_FORBIDDEN_TYPE: return "the frame has a float or an extension type";
    }
    return "";
}
