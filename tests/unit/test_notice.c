#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "protocol/limits.h"
#include "store/notice.h"
#include "support/random.h"

#define BYTES(string) bytes_make("" string, sizeof(string) - 1)

static struct notice notice;

static void assert_says(struct bytes expected)
{
    cr_assert(bytes_equal(notice_bytes(&notice), expected));
}

/* Takes the first line from memory of its own and of its exact size, so that a sanitizer sees every byte read
 * beyond it. Of words no more is returned than how many bytes they are. */
static struct notice_line take_first(struct bytes text)
{
    struct notice_line line;
    uint8_t *data = alloc_array(text.size, 1);
    memcpy(data, text.data, text.size);
    struct bytes rest = bytes_make(data, text.size);
    cr_assert(notice_take_line(&rest, &line));
    free(data);
    line.words.data = NULL;
    return line;
}

static void assert_garbage(struct bytes text)
{
    cr_assert_eq(take_first(text).kind, NOTICE_GARBAGE, "%.*s", (int)text.size, text.data);
}

Test(notice, says_hints_and_words_in_lines)
{
    cr_assert(notice_add_hint(&notice, 12, 345));
    assert_says(BYTES("12:345"));
    cr_assert(notice_add_words(&notice, 7, BYTES("Ana is typing: ñ")));
    cr_assert(notice_add_hint(&notice, LIMIT_INTEGER, LIMIT_INTEGER));
    assert_says(BYTES("12:345\n7 Ana is typing: ñ\n9007199254740991:9007199254740991"));
}

Test(notice, asks_who_is_there_and_says_so_beside_the_rest)
{
    cr_assert(notice_add_question(&notice));
    assert_says(BYTES("here?"));
    cr_assert(notice_add_hint(&notice, 12, 345));
    cr_assert(notice_add_here(&notice));
    assert_says(BYTES("here?\n12:345\nhere"));
    struct notice_line line;
    struct bytes text = notice_bytes(&notice);
    static const enum notice_line_kind kinds[] = {NOTICE_QUESTION, NOTICE_HINT, NOTICE_HERE};
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        cr_assert(notice_take_line(&text, &line));
        cr_assert_eq(line.kind, kinds[i], "%zu", i);
    }
    cr_assert_not(notice_take_line(&text, &line));
}

Test(notice, is_understood)
{
    struct notice_line line;
    notice_add_hint(&notice, LIMIT_INTEGER, 1);
    notice_add_words(&notice, 1, BYTES(" 2:3 "));
    notice_add_hint(&notice, 1, LIMIT_INTEGER);
    struct bytes text = notice_bytes(&notice);

    cr_assert(notice_take_line(&text, &line));
    cr_assert_eq(line.kind, NOTICE_HINT);
    cr_assert_eq(line.workspace_id, LIMIT_INTEGER);
    cr_assert_eq(line.seq, 1);
    cr_assert(notice_take_line(&text, &line));
    cr_assert_eq(line.kind, NOTICE_WORDS);
    cr_assert_eq(line.workspace_id, 1);
    cr_assert(bytes_equal(line.words, BYTES(" 2:3 ")));
    cr_assert(notice_take_line(&text, &line));
    cr_assert_eq(line.kind, NOTICE_HINT);
    cr_assert_eq(line.workspace_id, 1);
    cr_assert_eq(line.seq, LIMIT_INTEGER);
    cr_assert_not(notice_take_line(&text, &line));
}

Test(notice, has_room_for_the_longest_words_and_takes_nothing_that_does_not_fit)
{
    uint8_t words[LIMIT_TELL_BYTES];
    memset(words, 'x', sizeof(words));
    cr_assert(notice_add_words(&notice, LIMIT_INTEGER, bytes_make(words, sizeof(words))));
    size_t size = notice.size;
    cr_assert_not(notice_add_words(&notice, LIMIT_INTEGER, bytes_make(words, sizeof(words))));
    cr_assert_eq(notice.size, size);
    size_t rest = NOTICE_BYTES_MAX - size;
    cr_assert_not(notice_add_words(&notice, 1, bytes_make(words, rest - 2)));
    cr_assert(notice_add_words(&notice, 1, bytes_make(words, rest - 3)));
    cr_assert_eq(notice.size, NOTICE_BYTES_MAX);
    cr_assert_not(notice_add_hint(&notice, 1, 1));
    cr_assert_eq(notice.size, NOTICE_BYTES_MAX);
}

Test(notice, knows_garbage)
{
    assert_garbage(BYTES("\n"));
    assert_garbage(BYTES("hello"));
    assert_garbage(BYTES(":"));
    assert_garbage(BYTES(" "));
    assert_garbage(BYTES("1"));
    assert_garbage(BYTES("1:"));
    assert_garbage(BYTES("1 "));
    assert_garbage(BYTES(":1"));
    assert_garbage(BYTES(" 1:1"));
    assert_garbage(BYTES("1;1"));
    assert_garbage(BYTES("1:1 "));
    assert_garbage(BYTES("1:1:1"));
    assert_garbage(BYTES("1: 1"));
    assert_garbage(BYTES("-1:1"));
    assert_garbage(BYTES("1:-1"));
    assert_garbage(BYTES("+1:1"));
    assert_garbage(BYTES("0:1"));
    assert_garbage(BYTES("1:0"));
    assert_garbage(BYTES("01:1"));
    assert_garbage(BYTES("0x1:1"));
    assert_garbage(BYTES("1.5:1"));
    assert_garbage(BYTES("9007199254740992:1"));
    assert_garbage(BYTES("1:9007199254740992"));
    assert_garbage(BYTES("1:18446744073709551617"));
    assert_garbage(BYTES("1:99999999999999999999999999999999999999999999999999"));
    assert_garbage(BYTES("{\"table\":\"conversation\"}"));
    assert_garbage(BYTES("her"));
    assert_garbage(BYTES("here!"));
    assert_garbage(BYTES("here??"));
    assert_garbage(BYTES("here "));
    assert_garbage(BYTES(" here"));
    assert_garbage(BYTES("Here"));
    assert_garbage(BYTES("1here"));
    assert_garbage(BYTES("1 a\x01b"));
    assert_garbage(BYTES("1 a\rb"));
    assert_garbage(BYTES("1 a\0b"));
    assert_garbage(BYTES("1 \177"));
    assert_garbage(BYTES("1 \xff"));
    assert_garbage(BYTES("1 \xc0\xaf"));
}

Test(notice, takes_words_no_longer_than_they_may_be)
{
    static char text[LIMIT_TELL_BYTES + 3] = "1 ";
    memset(text + 2, 'x', sizeof(text) - 2);
    cr_assert_eq(take_first(bytes_make(text, sizeof(text) - 1)).kind, NOTICE_WORDS);
    assert_garbage(bytes_make(text, sizeof(text)));
}

Test(notice, understands_what_stands_among_garbage)
{
    struct bytes text = BYTES("\n1:2\nhello\n\n3 words\n");
    static const enum notice_line_kind kinds[] = {NOTICE_GARBAGE, NOTICE_HINT, NOTICE_GARBAGE, NOTICE_GARBAGE,
                                                  NOTICE_WORDS};
    struct notice_line line;
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        cr_assert(notice_take_line(&text, &line));
        cr_assert_eq(line.kind, kinds[i], "%zu", i);
    }
    cr_assert_not(notice_take_line(&text, &line));
}

Test(notice, survives_any_bytes)
{
    static const char likely[] = "0123456789: \nxhere?";
    struct random random = {.state = 1};
    for (int round = 0; round < 20000; round++) {
        uint8_t data[24];
        size_t size = 1 + random_below(&random, sizeof(data));
        for (size_t i = 0; i < size; i++)
            data[i] = random_once_in(&random, 8) ? (uint8_t)random_below(&random, 256)
                                                 : (uint8_t)likely[random_below(&random, sizeof(likely) - 1)];
        struct notice_line line = take_first(bytes_make(data, size));
        cr_assert_geq(line.workspace_id, 0);
        cr_assert_leq(line.workspace_id, LIMIT_INTEGER);
        if (line.kind == NOTICE_HINT)
            cr_assert(line.seq > 0 && line.seq <= LIMIT_INTEGER);
        if (line.kind == NOTICE_WORDS)
            cr_assert(line.words.size > 0 && line.words.size <= size - 2);
    }
}
