#include "support/fold.h"

#include <assert.h>

#include "base/alloc.h"

enum { LATIN_BEGIN = 0xc0, LATIN_END = 0x180, MARKS_BEGIN = 0x300, MARKS_END = 0x370 };

/* clang-format off */
static const char *const latin[] = {
    "a", "a", "a", "a", "a", "a", "æ", "c", "e", "e", "e", "e", "i", "i", "i", "i",
    "ð", "n", "o", "o", "o", "o", "o", "×", "ø", "u", "u", "u", "u", "y", "þ", "ß",
    "a", "a", "a", "a", "a", "a", "æ", "c", "e", "e", "e", "e", "i", "i", "i", "i",
    "ð", "n", "o", "o", "o", "o", "o", "÷", "ø", "u", "u", "u", "u", "y", "þ", "y",
    "a", "a", "a", "a", "a", "a", "c", "c", "c", "c", "c", "c", "c", "c", "d", "d",
    "đ", "đ", "e", "e", "e", "e", "e", "e", "e", "e", "e", "e", "g", "g", "g", "g",
    "g", "g", "g", "g", "h", "h", "ħ", "ħ", "i", "i", "i", "i", "i", "i", "i", "i",
    "i", "ı", "ij", "ij", "j", "j", "k", "k", "ĸ", "l", "l", "l", "l", "l", "l", "l·",
    "l·", "ł", "ł", "n", "n", "n", "n", "n", "n", "ʼn", "ŋ", "ŋ", "o", "o", "o", "o",
    "o", "o", "œ", "œ", "r", "r", "r", "r", "r", "r", "s", "s", "s", "s", "s", "s",
    "s", "s", "t", "t", "t", "t", "ŧ", "ŧ", "u", "u", "u", "u", "u", "u", "u", "u",
    "u", "u", "u", "u", "w", "w", "y", "y", "y", "z", "z", "z", "z", "z", "z", "s",
};
/* clang-format on */

static uint32_t character_of(struct bytes character)
{
    const uint8_t *data = character.data;
    return character.size == 2 ? (uint32_t)(data[0] & 0x1f) << 6 | (data[1] & 0x3f) : 0;
}

static struct bytes fold_character(struct bytes character, char *place)
{
    uint32_t code = character_of(character);
    if (character.size == 1) {
        *place = (char)character.data[0];
        if (*place >= 'A' && *place <= 'Z')
            *place = (char)(*place - 'A' + 'a');
        return bytes_make(place, 1);
    }
    if (code >= LATIN_BEGIN && code < LATIN_END)
        return bytes_of_string(latin[code - LATIN_BEGIN]);
    if (code >= MARKS_BEGIN && code < MARKS_END)
        return bytes_make(NULL, 0);
    return character;
}

struct text *fold(struct bytes name)
{
    char folded[1024];
    size_t size = 0;
    while (name.size > 0) {
        char place;
        size_t character_size = bytes_character_size(name);
        assert(character_size > 0);
        struct bytes piece = fold_character(bytes_make(name.data, character_size), &place);
        assert(size + piece.size <= sizeof(folded));
        if (piece.size > 0)
            memcpy(folded + size, piece.data, piece.size);
        size += piece.size;
        name = bytes_make(name.data + character_size, name.size - character_size);
    }
    return text_create(bytes_make(folded, size));
}
