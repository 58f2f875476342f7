#include "base/log_json.h"

#include <stdbool.h>
#include <stdio.h>

/* What is left to read, and what has been written. */
struct json {
    struct bytes rest;
    char *place;
    size_t size;
};

static void json_put(struct json *json, char character)
{
    json->place[json->size++] = character;
}

static void json_put_all(struct json *json, const char *text)
{
    size_t size = strlen(text);
    memcpy(json->place + json->size, text, size);
    json->size += size;
}

/* One character of a string. */
static void json_put_character(struct json *json, struct bytes character)
{
    uint8_t first = character.data[0];
    bool is_control =
        first < 0x20 || first == 0x7F || (character.size == 2 && first == 0xC2 && character.data[1] < 0xA0);
    if (is_control) {
        int code = character.size == 2 ? character.data[1] : first;
        json->size += (size_t)snprintf(json->place + json->size, sizeof("\\u0000"), "\\u%04x", code);
        return;
    }
    if (first == '"' || first == '\\')
        json_put(json, '\\');
    memcpy(json->place + json->size, character.data, character.size);
    json->size += character.size;
}

static void json_put_string(struct json *json, struct bytes text)
{
    json_put(json, '"');
    while (text.size > 0) {
        size_t size = bytes_character_size(text);
        if (size == 0)
            json_put_all(json, "\xEF\xBF\xBD");
        else
            json_put_character(json, bytes_make(text.data, size));
        size = size == 0 ? 1 : size;
        text = bytes_make(text.data + size, text.size - size);
    }
    json_put(json, '"');
}

static void json_skip(struct json *json, size_t size)
{
    json->rest = bytes_make(json->rest.data + size, json->rest.size - size);
}

/* What stands before the first of these two characters, or before the end. */
static struct bytes json_take_until(struct json *json, char one, char other)
{
    struct bytes rest = json->rest;
    size_t size = 0;
    while (size < rest.size && rest.data[size] != (uint8_t)one && rest.data[size] != (uint8_t)other)
        size++;
    json_skip(json, size);
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
static uint8_t json_take_byte(struct json *json)
{
    const uint8_t *data = json->rest.data;
    size_t size = 1;
    uint8_t byte = data[0];
    if (byte == '\\' && json->rest.size >= 2 && (data[1] == '"' || data[1] == '\\' || data[1] == 'n')) {
        byte = data[1] == 'n' ? '\n' : data[1];
        size = 2;
    } else if (byte == '\\' && json->rest.size >= 4 && data[1] == 'x' && hex_value(data[2]) >= 0 &&
               hex_value(data[3]) >= 0) {
        byte = (uint8_t)(hex_value(data[2]) * 16 + hex_value(data[3]));
        size = 4;
    }
    json_skip(json, size);
    return byte;
}

/* Bytes come one by one, while characters are what is written: so few wait. */
static void json_put_quoted(struct json *json)
{
    uint8_t waiting[4];
    size_t count = 0;
    json_put(json, '"');
    while (count > 0 || (json->rest.size > 0 && json->rest.data[0] != '"')) {
        while (count < sizeof(waiting) && json->rest.size > 0 && json->rest.data[0] != '"')
            waiting[count++] = json_take_byte(json);
        size_t size = bytes_character_size(bytes_make(waiting, count));
        if (size == 0)
            json_put_all(json, "\xEF\xBF\xBD");
        else
            json_put_character(json, bytes_make(waiting, size));
        size = size == 0 ? 1 : size;
        count -= size;
        memmove(waiting, waiting + size, count);
    }
    if (json->rest.size > 0)
        json_skip(json, 1);
    json_put(json, '"');
}

static void json_put_value(struct json *json)
{
    json_skip(json, 1); /* the "=" */
    if (json->rest.size > 0 && json->rest.data[0] == '"') {
        json_skip(json, 1);
        json_put_quoted(json);
        return;
    }
    struct bytes value = json_take_until(json, ' ', ' ');
    if (is_number(value)) {
        memcpy(json->place + json->size, value.data, value.size);
        json->size += value.size;
    } else {
        json_put_string(json, value);
    }
}

size_t log_json_write(struct bytes line, char *place)
{
    struct json json = {.rest = line, .place = place};
    json_put(&json, '{');
    for (;;) {
        while (json.rest.size > 0 && json.rest.data[0] == ' ')
            json_skip(&json, 1);
        if (json.rest.size == 0)
            break;
        if (json.size > 1)
            json_put(&json, ',');
        json_put_string(&json, json_take_until(&json, '=', ' '));
        json_put(&json, ':');
        if (json.rest.size > 0 && json.rest.data[0] == '=')
            json_put_value(&json);
        else
            json_put_all(&json, "true");
    }
    json_put(&json, '}');
    return json.size;
}

size_t log_json_write_string(struct bytes text, char *place)
{
    struct json json = {.place = place};
    json_put_string(&json, text);
    return json.size;
}
