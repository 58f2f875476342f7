#include <criterion/criterion.h>

#include "base/alloc.h"
#include "base/bytes.h"

#define TEXT(string) bytes_make("" string, sizeof(string) - 1)

Test(bytes, well_formed_utf8_is_text)
{
    static const char *const cases[] = {
        "",
        "plain",
        "\xC2\x80",         /* U+0080, the smallest of two bytes */
        "\xDF\xBF",         /* U+07FF, the greatest */
        "\xE0\xA0\x80",     /* U+0800 */
        "\xED\x9F\xBF",     /* U+D7FF, before the surrogates */
        "\xEE\x80\x80",     /* U+E000, after them */
        "\xEF\xBF\xBF",     /* U+FFFF */
        "\xF0\x90\x80\x80", /* U+10000 */
        "\xF4\x8F\xBF\xBF", /* U+10FFFF */
        "¿Qué es? \xF0\x9F\x98\x80",
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        cr_assert(bytes_are_text(bytes_of_string(cases[i]), false), "case %zu", i);
}

Test(bytes, malformed_utf8_is_no_text)
{
    static const char *const cases[] = {
        "\x80", /* a continuation alone */
        "\xBF",
        "\xC0\x80", /* overlong U+0000 */
        "\xC1\xBF", /* overlong U+007F */
        "\xC2",     /* cut off */
        "\xC2z",    /* not continued */
        "\xC2\xC2",
        "\xE0\x9F\xBF", /* overlong U+07FF */
        "\xE0\xA0",
        "\xE1\x80",
        "\xE1\x80z",
        "\xED\xA0\x80",     /* U+D800, a surrogate */
        "\xED\xBF\xBF",     /* U+DFFF */
        "\xF0\x8F\xBF\xBF", /* overlong U+FFFF */
        "\xF0\x90\x80",
        "\xF1\x80\x80z",
        "\xF4\x90\x80\x80", /* U+110000 */
        "\xF5\x80\x80\x80",
        "\xF8\x88\x80\x80\x80", /* five bytes */
        "\xFE",
        "\xFF",
        "ok\xE2\x82", /* good at first */
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        cr_assert_not(bytes_are_text(bytes_of_string(cases[i]), true), "case %zu", i);
}

/* The whole space of two and three bytes, against the code point that they would spell. */
Test(bytes, every_two_and_three_bytes_are_text_exactly_if_they_spell_code_points)
{
    for (unsigned value = 0; value < 1u << 24; value++) {
        uint8_t data[3] = {(uint8_t)(value >> 16), (uint8_t)(value >> 8), (uint8_t)value};
        if (data[0] < 0xC0)
            continue;
        bool continued1 = data[1] >> 6 == 2;
        bool continued2 = data[2] >> 6 == 2;
        unsigned two = (data[0] & 0x1Fu) << 6 | (data[1] & 0x3Fu);
        unsigned three = (data[0] & 0x0Fu) << 12 | (data[1] & 0x3Fu) << 6 | (data[2] & 0x3Fu);
        size_t expected = 0;
        if (data[0] >> 5 == 6 && continued1 && two >= 0x80)
            expected = 2;
        if (data[0] >> 4 == 14 && continued1 && continued2 && three >= 0x800 &&
            (three < 0xD800 || three > 0xDFFF))
            expected = 3;
        if (bytes_character_size(bytes_make(data, 3)) != expected)
            cr_assert_fail("%02x %02x %02x", data[0], data[1], data[2]);
    }
}

Test(bytes, control_characters_are_no_text_but_for_tab_and_line_feed_in_lines)
{
    for (int byte = 0; byte < 0x20; byte++) {
        uint8_t data[] = {'a', (uint8_t)byte, 'b'};
        cr_assert_not(bytes_are_text(bytes_make(data, 3), false), "%02x", byte);
        cr_assert_eq(bytes_are_text(bytes_make(data, 3), true), byte == '\t' || byte == '\n', "%02x", byte);
    }
    cr_assert_not(bytes_are_text(TEXT("a\x7F"), true));
    cr_assert(bytes_are_text(TEXT(" ~"), false));
}

Test(bytes, no_bytes_are_text)
{
    cr_assert(bytes_are_text(bytes_make(NULL, 0), false));
    cr_assert_eq(bytes_character_size(bytes_make(NULL, 0)), 0);
}

Test(bytes, a_cut_ends_at_a_characters_end_and_is_as_long_as_can_be)
{
    static const size_t ends[] = {0, 1, 3, 6, 10}; /* of a, é, €, 😀 */
    struct bytes text = TEXT("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
    for (size_t size_max = 0; size_max <= 12; size_max++) {
        size_t expected = 0;
        for (size_t i = 0; i < ARRAY_COUNT(ends); i++)
            expected = ends[i] <= size_max ? ends[i] : expected;
        struct bytes cut = bytes_cut_text(text, size_max);
        cr_assert_eq(cut.size, expected, "%zu", size_max);
        cr_assert_eq(cut.data, text.data);
        cr_assert(bytes_are_text(cut, false));
    }
}

Test(bytes, equal_bytes_are_equal_wherever_they_lie)
{
    char one[] = "abc";
    char other[] = "abc";
    cr_assert(bytes_equal(bytes_of_string(one), bytes_of_string(other)));
    cr_assert_not(bytes_equal(TEXT("abc"), TEXT("abd")));
    cr_assert_not(bytes_equal(TEXT("abc"), TEXT("ab")));
    cr_assert(bytes_equal(TEXT(""), bytes_make(NULL, 0)));
    cr_assert(bytes_equal(bytes_of_string(NULL), bytes_make(NULL, 0)));
    cr_assert(bytes_equal(bytes_make("a\0b", 3), bytes_make("a\0b", 3)));
    cr_assert_not(bytes_equal(bytes_make("a\0b", 3), bytes_make("a\0c", 3)));
}
