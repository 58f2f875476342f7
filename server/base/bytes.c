#include "base/bytes.h"

/* The second byte of a character says whether the form is overlong, a surrogate or beyond U+10FFFF; its
 * bounds depend on the first (RFC 3629, section 4). All bytes after it are plain continuations. */
struct utf8_form {
    size_t size; /* of the whole character; 0: no character begins with this byte */
    uint8_t second_min;
    uint8_t second_max;
};

static struct utf8_form utf8_form_of(uint8_t first)
{
    if (first < 0x80)
        return (struct utf8_form){1, 0, 0};
    if (first < 0xC2)
        return (struct utf8_form){0, 0, 0};
    if (first < 0xE0)
        return (struct utf8_form){2, 0x80, 0xBF};
    if (first < 0xF0)
        return (struct utf8_form){3, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF};
    if (first < 0xF5)
        return (struct utf8_form){4, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF};
    return (struct utf8_form){0, 0, 0};
}

size_t bytes_character_size(struct bytes bytes)
{
    if (bytes.size == 0)
        return 0;
    struct utf8_form form = utf8_form_of(bytes.data[0]);
    if (form.size == 0 || form.size > bytes.size)
        return 0;
    if (form.size > 1 && (bytes.data[1] < form.second_min || bytes.data[1] > form.second_max))
        return 0;
    for (size_t i = 2; i < form.size; i++) {
        if ((bytes.data[i] & 0xC0) != 0x80)
            return 0;
    }
    return form.size;
}

size_t bytes_broken_size(struct bytes bytes)
{
    struct utf8_form form = utf8_form_of(bytes.data[0]);
    if (form.size < 2 || bytes.size < 2 || bytes.data[1] < form.second_min || bytes.data[1] > form.second_max)
        return 1;
    size_t size = 2;
    while (size < bytes.size && size < form.size && (bytes.data[size] & 0xC0) == 0x80)
        size++;
    return size;
}

bool bytes_are_text(struct bytes bytes, bool lines)
{
    for (size_t at = 0; at < bytes.size;) {
        uint8_t first = bytes.data[at];
        if (first == 0x7F || (first < 0x20 && !(lines && (first == '\t' || first == '\n'))))
            return false;
        size_t size = bytes_character_size(bytes_make(bytes.data + at, bytes.size - at));
        if (size == 0)
            return false;
        at += size;
    }
    return true;
}

struct bytes bytes_cut_text(struct bytes text, size_t size_max)
{
    if (text.size <= size_max)
        return text;
    size_t size = size_max;
    while (size > 0 && (text.data[size] & 0xC0) == 0x80)
        size--;
    return bytes_make(text.data, size);
}
