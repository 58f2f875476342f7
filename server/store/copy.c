#include "store/copy.h"

#include <string.h>

static const char signature[11] = "PGCOPY\n\377\r\n"; /* its NUL belongs to it */

/* False where there are fewer. */
static bool take_bytes(struct bytes *message, size_t size, const uint8_t **data_r)
{
    if (message->size < size)
        return false;
    *data_r = message->data;
    *message = bytes_make(message->data + size, message->size - size);
    return true;
}

static bool take_int2(struct bytes *message, int *value_r)
{
    const uint8_t *data;
    if (!take_bytes(message, 2, &data))
        return false;
    *value_r = (int16_t)(uint16_t)(data[0] << 8 | data[1]);
    return true;
}

static bool take_int4(struct bytes *message, int32_t *value_r)
{
    const uint8_t *data;
    if (!take_bytes(message, 4, &data))
        return false;
    *value_r =
        (int32_t)((uint32_t)data[0] << 24 | (uint32_t)data[1] << 16 | (uint32_t)data[2] << 8 | data[3]);
    return true;
}

/* A flag of the upper half stands for something that a reader must know, and we know none. */
static bool take_header(struct bytes *message)
{
    const uint8_t *data;
    int critical_flags;
    int flags;
    int32_t extension_size;
    return take_bytes(message, sizeof(signature), &data) && memcmp(data, signature, sizeof(signature)) == 0 &&
           take_int2(message, &critical_flags) && critical_flags == 0 && take_int2(message, &flags) &&
           take_int4(message, &extension_size) && extension_size >= 0 &&
           take_bytes(message, (size_t)extension_size, &data);
}

static bool pass_fields(struct bytes *message, int count)
{
    const uint8_t *data;
    for (int i = 0; i < count; i++) {
        int32_t size;
        if (!take_int4(message, &size) || size < -1)
            return false;
        if (size > 0 && !take_bytes(message, (size_t)size, &data))
            return false;
    }
    return true;
}

enum copy_step copy_take(struct copy *copy, struct bytes *message, struct fields *fields_r)
{
    int count;
    if (!copy->has_begun && !take_header(message))
        return COPY_BROKEN;
    copy->has_begun = true;
    if (message->size == 0)
        return COPY_DONE;
    if (copy->has_ended || !take_int2(message, &count))
        return COPY_BROKEN;
    if (count == -1) {
        copy->has_ended = true;
        return message->size == 0 ? COPY_DONE : COPY_BROKEN;
    }
    *fields_r = fields_of_tuple(message->data, count);
    return count >= 0 && pass_fields(message, count) ? COPY_ROW : COPY_BROKEN;
}
