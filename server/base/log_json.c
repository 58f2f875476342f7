#include "base/log_json.h"

#include <stdbool.h>
#include <stdio.h>

/* What is left to read, and what has been written. */
struct writer {
    struct bytes rest;
    char *place;
    size_t size;
};

static void writer_put(struct writer *writer, char character)
{
    writer->place[writer->size++] = character;
}

static void writer_put_all(struct writer *writer, const char *text)
{
    size_t size = strlen(text);
    memcpy(writer->place + writer->size, text, size);
    writer->size += size;
}

/* One character of a string. */
static void writer_put_character(struct writer *writer, struct bytes character)
{
    uint8_t first = character.data[0];
    bool is_control =
        first < 0x20 || first == 0x7F || (character.size == 2 && first == 0xC2 && character.data[1] < 0xA0);
    if (is_control) {
        int code = character.size == 2 ? character.data[1] : first;
        writer->size += (size_t)snprintf(writer->place + writer->size, sizeof("\\u0000"), "\\u%04x", code);
        return;
    }
    if (first == '"' || first == '\\')
        writer_put(writer, '\\');
    memcpy(writer->place + writer->size, character.data, character.size);
    writer->size += character.size;
}

static void writer_put_string(struct writer *writer, struct bytes text)
{
    writer_put(writer, '"');
    while (text.size > 0) {
        size_t size = bytes_character_size(text);
        if (size == 0)
            writer_put_all(writer, "\xEF\xBF\xBD");
        else
            writer_put_character(writer, bytes_make(text.data, size));
        size = size == 0 ? 1 : size;
        text = bytes_make(text.data + size, text.size - size);
    }
    writer_put(writer, '"');
}

static void writer_skip(struct writer *writer, size_t size)
{
    writer->rest = bytes_make(writer->rest.data + size, writer->rest.size - size);
}

/* What stands before the first of these two characters, or before the end. */
static struct bytes writer_take_until(struct writer *writer, char one, char other)
{
    struct bytes rest = writer->rest;
    size_t size = 0;
    while (size < rest.size && rest.data[size] != (uint8_t)one && rest.data[size] != (uint8_t)other)
        size++;
    writer_skip(writer, size);
    return bytes_make(rest.data, size);
}

static size_t count_digits(struct bytes text, size_t from)
{
    size_t at = from;
    while (at < text.size && text.data[at] >= '0' && text.data[at] <= '9')
        at++;
    return at - from;
}

enum {
    NUMBER_SIZE_MAX = 18, /* what every reader of JSON can hold, if only as 64 bits */
};

/* A number as JSON writes one, without an exponent: none of ours has one, and an id may look so. */
static bool is_number(struct bytes text)
{
    size_t at = text.size > 0 && text.data[0] == '-';
    size_t digits = count_digits(text, at);
    if (text.size > NUMBER_SIZE_MAX || digits == 0 || (digits > 1 && text.data[at] == '0'))
        return false;
    at += digits;
    if (at == text.size)
        return true;
    size_t fraction = count_digits(text, at + 1);
    return text.data[at] == '.' && fraction > 0 && at + 1 + fraction == text.size;
}

static int hex_value(uint8_t digit)
{
    static const char digits[] = "0123456789abcdef";
    const char *found = digit == '\0' ? NULL : strchr(digits, digit);
    return found == NULL ? -1 : (int)(found - digits);
}

/* Takes one byte of a quoted value, of the escapes that log_quote makes; any other \ stands for itself. */
static uint8_t writer_take_byte(struct writer *writer)
{
    const uint8_t *data = writer->rest.data;
    size_t size = 1;
    uint8_t byte = data[0];
    if (byte == '\\' && writer->rest.size >= 2 && (data[1] == '"' || data[1] == '\\' || data[1] == 'n')) {
        byte = data[1] == 'n' ? '\n' : data[1];
        size = 2;
    } else if (byte == '\\' && writer->rest.size >= 4 && data[1] == 'x' && hex_value(data[2]) >= 0 &&
               hex_value(data[3]) >= 0) {
        byte = (uint8_t)(hex_value(data[2]) * 16 + hex_value(data[3]));
        size = 4;
    }
    writer_skip(writer, size);
    return byte;
}

/* Bytes come one by one, while characters are what is written: so few wait. */
static void writer_put_quoted(struct writer *writer)
{
    uint8_t waiting[4];
    size_t count = 0;
    writer_put(writer, '"');
    while (count > 0 || (writer->rest.size > 0 && writer->rest.data[0] != '"')) {
        while (count < sizeof(waiting) && writer->rest.size > 0 && writer->rest.data[0] != '"')
            waiting[count++] = writer_take_byte(writer);
        size_t size = bytes_character_size(bytes_make(waiting, count));
        if (size == 0)
            writer_put_all(writer, "\xEF\xBF\xBD");
        else
            writer_put_character(writer, bytes_make(waiting, size));
        size = size == 0 ? 1 : size;
        count -= size;
        memmove(waiting, waiting + size, count);
    }
    if (writer->rest.size > 0)
        writer_skip(writer, 1);
    writer_put(writer, '"');
}

static void writer_put_value(struct writer *writer)
{
    writer_skip(writer, 1); /* the "=" */
    if (writer->rest.size > 0 && writer->rest.data[0] == '"') {
        writer_skip(writer, 1);
        writer_put_quoted(writer);
        return;
    }
    struct bytes value = writer_take_until(writer, ' ', ' ');
    if (is_number(value)) {
        memcpy(writer->place + writer->size, value.data, value.size);
        writer->size += value.size;
    } else {
        writer_put_string(writer, value);
    }
}

size_t log_json_write(struct bytes line, char *place)
{
    struct writer writer = {.rest = line, .place = place};
    writer_put(&writer, '{');
    for (;;) {
        while (writer.rest.size > 0 && writer.rest.data[0] == ' ')
            writer_skip(&writer, 1);
        if (writer.rest.size == 0)
            break;
        if (writer.size > 1)
            writer_put(&writer, ',');
        writer_put_string(&writer, writer_take_until(&writer, '=', ' '));
        writer_put(&writer, ':');
        if (writer.rest.size > 0 && writer.rest.data[0] == '=')
            writer_put_value(&writer);
        else
            writer_put_all(&writer, "true");
    }
    writer_put(&writer, '}');
    return writer.size;
}

size_t log_json_write_string(struct bytes text, char *place)
{
    struct writer writer = {.place = place};
    writer_put_string(&writer, text);
    return writer.size;
}
