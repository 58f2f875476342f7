#include <criterion/criterion.h>

#include "base/alloc.h"
#include "core/clean.h"
#include "support/leak.h"
#include "support/random.h"

/* What people send, and what is recorded of it. */

#define TEXT(string) bytes_make("" string, sizeof(string) - 1)
#define BROKEN       "\xEF\xBF\xBD" /* U+FFFD */

enum { NAME_MAX = 255 };

struct sent {
    struct bytes raw;
    const char *lines;
    const char *name;
};

TestSuite(clean, .fini = end_without_leak);

Test(clean, what_people_send_is_recorded_so)
{
    const struct sent cases[] = {
        {TEXT(""), "", ""},
        {TEXT("¿Qué tal? 😀 ‮abc‬"), "¿Qué tal? 😀 ‮abc‬", "¿Qué tal? 😀 ‮abc‬"},
        {TEXT("one\r\ntwo"), "one\ntwo", "one two"},
        {TEXT("one\rtwo\vthree\ffour\nfive"), "one\ntwo\nthree\nfour\nfive", "one two three four five"},
        {TEXT("one\n\r\r\ntwo"), "one\n\n\ntwo", "one   two"},
        {TEXT("a\tb"), "a\tb", "a b"},
        {TEXT("paid\0"), "paid", "paid"},
        {TEXT("a\x1B[31mb\x7F"), "a[31mb", "a[31mb"},
        {TEXT("a\xC2\x85z"), "a\xC2\x85z", "a\xC2\x85z"}, /* C1 is no control of ours */
        {TEXT("x\xED\xA0\xBD"), "x" BROKEN BROKEN BROKEN, "x" BROKEN BROKEN BROKEN}, /* half an emoji */
        {TEXT("x\xF0\x9F\x98"), "x" BROKEN, "x" BROKEN}, /* one that was cut off */
        {TEXT("\xE2\x82y"), BROKEN "y", BROKEN "y"},
        {TEXT("\xC0\x80\xFF"), BROKEN BROKEN BROKEN, BROKEN BROKEN BROKEN},
        {TEXT("\xEF\xBF\xBD"), BROKEN, BROKEN},
        {TEXT("\0\x01\x7F"), "", ""},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct text *lines = clean_lines(cases[i].raw);
        struct text *name = clean_name(cases[i].raw, NAME_MAX);
        cr_assert_str_eq(text_string(lines), cases[i].lines, "case %zu", i);
        cr_assert_str_eq(text_string(name), cases[i].name, "case %zu", i);
        cr_assert_eq(clean_leaves_nothing(cases[i].raw), lines == NULL, "case %zu", i);
        text_unref(&lines);
        text_unref(&name);
    }
}

/* Pieces that meet in every way: controls, whole characters, and the beginnings and ends of others. */
static size_t random_raw(struct random *random, uint8_t *raw, size_t room)
{
    static const char *const pieces[] = {"a",        "\r",       "\n",   "\t",       "\v", "\x7F", "\xC3\xA9",
                                         "\xE2\x82", "\xF0\x9F", "\x98", "\xED\xA0", "€",  "😀",    "\xFF"};
    size_t size = 0;
    size_t wanted = random_below(random, (uint32_t)room - 4);
    while (size < wanted) {
        const char *piece = pieces[random_below(random, ARRAY_COUNT(pieces))];
        memcpy(raw + size, piece, strlen(piece));
        size += strlen(piece);
        if (random_once_in(random, 4))
            raw[size++] = (uint8_t)random_below(random, 256);
    }
    return size < room ? size : room;
}

static void check_lines(struct bytes raw)
{
    struct text *once = clean_lines(raw);
    struct text *twice = clean_lines(text_bytes(once));
    cr_assert(text_equal(once, twice));
    cr_assert(bytes_are_text(text_bytes(once), true));
    cr_assert_leq(text_bytes(once).size, CLEAN_GROWTH * raw.size);
    cr_assert_eq(clean_leaves_nothing(raw), once == NULL);
    if (bytes_are_text(raw, true))
        cr_assert(bytes_equal(raw, text_bytes(once)));
    text_unref(&once);
    text_unref(&twice);
}

/* Cut at every size, it is the beginning of the whole, and the next character would not have fitted. */
static void check_name(struct bytes raw)
{
    struct text *whole = clean_name(raw, SIZE_MAX);
    struct bytes all = text_bytes(whole);
    cr_assert(bytes_are_text(all, false));
    for (size_t size_max = 0; size_max <= all.size + 1; size_max++) {
        struct text *cut = clean_name(raw, size_max);
        struct text *again = clean_name(text_bytes(cut), size_max);
        cr_assert(text_equal(cut, again));
        cr_assert(bytes_equal(text_bytes(cut), bytes_cut_text(all, size_max)));
        cr_assert(bytes_are_text(text_bytes(cut), false));
        text_unref(&cut);
        text_unref(&again);
    }
    text_unref(&whole);
}

Test(clean, whatever_is_sent_becomes_text_and_stays_what_it_has_become)
{
    struct random random = {.state = 7};
    for (int i = 0; i < 3000; i++) {
        uint8_t raw[48];
        struct bytes bytes = bytes_make(raw, random_raw(&random, raw, sizeof(raw)));
        check_lines(bytes);
        check_name(bytes);
    }
}

Test(clean, of_a_name_as_long_as_a_frame_only_what_is_kept_takes_memory)
{
    enum { SIZE = 256 * 1024 };
    uint8_t *raw = alloc_array(SIZE, 1);
    memset(raw, 0xFF, SIZE);
    struct text *name = clean_name(bytes_make(raw, SIZE), NAME_MAX);
    cr_assert_eq(text_bytes(name).size, NAME_MAX);
    text_unref(&name);
    free(raw);
}
