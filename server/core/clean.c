#include "core/clean.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* What stands for a piece of what was sent. */
struct piece {
    size_t size; /* of the bytes that were sent; 0: there are no more */
    struct bytes clean;
};

static bool is_control(uint8_t byte)
{
    return byte < 0x20 || byte == 0x7F;
}

static struct piece piece_of_control(struct bytes raw)
{
    uint8_t byte = raw.data[0];
    bool is_crlf = byte == '\r' && raw.size > 1 && raw.data[1] == '\n';
    size_t size = is_crlf ? 2 : 1;
    if (byte == '\r' || byte == '\v' || byte == '\f' || byte == '\n')
        return (struct piece){size, bytes_of_string("\n")};
    if (byte == '\t')
        return (struct piece){size, bytes_of_string("\t")};
    return (struct piece){size, bytes_make(NULL, 0)};
}

static struct piece piece_take(struct bytes raw)
{
    if (raw.size == 0)
        return (struct piece){0, raw};
    if (is_control(raw.data[0]))
        return piece_of_control(raw);
    size_t size = bytes_character_size(raw);
    if (size > 0)
        return (struct piece){size, bytes_make(raw.data, size)};
    return (struct piece){bytes_broken_size(raw), bytes_of_string("\xEF\xBF\xBD")};
}

/* Writes at most size_max bytes of cleaned text; returns how many. */
static size_t clean_into(struct bytes raw, bool is_name, uint8_t *room, size_t size_max)
{
    size_t size = 0;
    for (struct piece piece; (piece = piece_take(raw)).size > 0;) {
        raw = bytes_make(raw.data + piece.size, raw.size - piece.size);
        if (piece.clean.size == 0)
            continue;
        if (piece.clean.size > size_max - size)
            break;
        memcpy(room + size, piece.clean.data, piece.clean.size);
        if (is_name && is_control(room[size]))
            room[size] = ' ';
        size += piece.clean.size;
    }
    return size;
}

static struct text *clean(struct bytes raw, bool is_name, size_t size_max)
{
    if (raw.size <= size_max && bytes_are_text(raw, !is_name))
        return text_create(raw);
    size_t room_size = raw.size < size_max / CLEAN_GROWTH ? raw.size * CLEAN_GROWTH : size_max;
    uint8_t *room = alloc_array(room_size, 1);
    struct text *text = text_create(bytes_make(room, clean_into(raw, is_name, room, room_size)));
    free(room);
    return text;
}

struct text *clean_lines(struct bytes raw)
{
    return clean(raw, false, SIZE_MAX);
}

struct text *clean_name(struct bytes raw, size_t size_max)
{
    return clean(raw, true, size_max);
}

bool clean_leaves_nothing(struct bytes raw)
{
    for (struct piece piece; (piece = piece_take(raw)).size > 0;) {
        if (piece.clean.size > 0)
            return false;
        raw = bytes_make(raw.data + piece.size, raw.size - piece.size);
    }
    return true;
}
