#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "store/copy.h"
#include "support/leak.h"
#include "support/random.h"

#define BYTES(string) bytes_make("" string, sizeof(string) - 1)

#define HEADER  "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0"
#define ROW     "\0\3\0\0\0\4\0\0\1\2\377\377\377\377\0\0\0\5hello"
#define TRAILER "\377\377"

/* In memory of its own and of its exact size, so that a sanitizer sees every byte read beyond it. */
static uint8_t *exact_copy(struct bytes bytes)
{
    uint8_t *copy = alloc_array(bytes.size + (bytes.size == 0), 1);
    memcpy(copy, bytes.data, bytes.size);
    return copy;
}

/* Takes all rows of the message, and reads every field of them. */
static enum copy_step take_all(struct copy *copy, struct bytes bytes, int *rows_count_r)
{
    uint8_t *data = exact_copy(bytes);
    struct bytes message = bytes_make(data, bytes.size);
    struct fields fields;
    enum copy_step step;
    *rows_count_r = 0;
    while ((step = copy_take(copy, &message, &fields)) == COPY_ROW) {
        ++*rows_count_r;
        while (fields.column < fields.columns_count) {
            struct text *text = fields_take_text(&fields);
            text_unref(&text);
        }
    }
    free(data);
    return step;
}

static void assert_broken(struct bytes bytes)
{
    struct copy copy = {0};
    int rows_count;
    cr_assert_eq(take_all(&copy, bytes, &rows_count), COPY_BROKEN);
}

TestSuite(copy, .fini = end_without_leak);

Test(copy, reads_the_fields_of_a_row)
{
    struct copy copy = {0};
    struct bytes message = BYTES(HEADER ROW);
    struct fields fields;
    cr_assert_eq(copy_take(&copy, &message, &fields), COPY_ROW);
    cr_assert_eq(fields.columns_count, 3);
    cr_assert_eq(fields_take_int(&fields), 0x102);
    cr_assert_null(fields_take_text(&fields));
    struct text *text = fields_take_text(&fields);
    cr_assert(bytes_equal(text_bytes(text), BYTES("hello")));
    text_unref(&text);
    cr_assert_eq(copy_take(&copy, &message, &fields), COPY_DONE);
    cr_assert_not(copy.has_ended);
}

Test(copy, reads_rows_however_they_are_grouped_into_messages)
{
    struct copy copy = {0};
    int rows_count;
    cr_assert_eq(take_all(&copy, BYTES(HEADER), &rows_count), COPY_DONE);
    cr_assert_eq(rows_count, 0);
    cr_assert_eq(take_all(&copy, BYTES(ROW), &rows_count), COPY_DONE);
    cr_assert_eq(rows_count, 1);
    cr_assert_eq(take_all(&copy, BYTES(ROW ROW TRAILER), &rows_count), COPY_DONE);
    cr_assert_eq(rows_count, 2);
    cr_assert(copy.has_ended);
}

Test(copy, takes_nothing_after_the_end)
{
    struct copy copy = {0};
    int rows_count;
    cr_assert_eq(take_all(&copy, BYTES(HEADER TRAILER), &rows_count), COPY_DONE);
    cr_assert_eq(take_all(&copy, BYTES(ROW), &rows_count), COPY_BROKEN);
}

Test(copy, passes_over_what_a_header_may_add)
{
    struct copy copy = {0};
    int rows_count;
    struct bytes message = BYTES("PGCOPY\n\377\r\n\0\0\0\0\7\0\0\0\3abc" ROW);
    cr_assert_eq(take_all(&copy, message, &rows_count), COPY_DONE);
    cr_assert_eq(rows_count, 1);
}

Test(copy, refuses_a_header_that_it_does_not_know)
{
    assert_broken(BYTES(""));
    assert_broken(BYTES("PGCOPY\n\377\n\n\0\0\0\0\0\0\0\0\0"));         /* mangled on its way */
    assert_broken(BYTES("PGCOPY\n\377\r\n\0\0\1\0\0\0\0\0\0"));         /* a critical flag */
    assert_broken(BYTES("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\1"));         /* more than there is */
    assert_broken(BYTES("PGCOPY\n\377\r\n\0\0\0\0\0\377\377\377\377")); /* less than nothing */
}

Test(copy, refuses_counts_and_lengths_that_cannot_be)
{
    assert_broken(BYTES(HEADER "\377\376"));               /* -2 fields */
    assert_broken(BYTES(HEADER "\177\377"));               /* 32767 fields, and none there */
    assert_broken(BYTES(HEADER "\0\1\377\377\377\376"));   /* -2 bytes */
    assert_broken(BYTES(HEADER "\0\1\200\0\0\0"));         /* as few as can be said */
    assert_broken(BYTES(HEADER "\0\1\177\377\377\377"));   /* as many */
    assert_broken(BYTES(HEADER "\0\2\0\0\0\1a\0\0\0\2b")); /* one more than there are */
    assert_broken(BYTES(HEADER TRAILER ROW));              /* after the end */
    assert_broken(BYTES(HEADER TRAILER "\0"));
}

Test(copy, refuses_a_row_that_is_cut_short_anywhere)
{
    struct bytes row = BYTES(ROW);
    for (size_t size = 1; size < row.size; size++) {
        struct copy copy = {.has_begun = true};
        int rows_count;
        cr_assert_eq(take_all(&copy, bytes_make(row.data, size), &rows_count), COPY_BROKEN);
        cr_assert_eq(rows_count, 0);
    }
}

Test(copy, reads_nothing_beyond_a_message_whatever_stands_in_it)
{
    struct bytes sound = BYTES(ROW ROW TRAILER);
    struct random random = {1};
    for (int round = 0; round < 20000; round++) {
        uint8_t *bytes = exact_copy(sound);
        for (int change = 0; change < 3; change++)
            bytes[random_below(&random, (uint32_t)sound.size)] = (uint8_t)random_below(&random, 256);
        struct copy copy = {.has_begun = true};
        int rows_count;
        (void)take_all(&copy, bytes_make(bytes, random_below(&random, (uint32_t)sound.size + 1)),
                       &rows_count);
        cr_assert_leq(rows_count, 26); /* a row has two bytes at least */
        free(bytes);
    }
}
