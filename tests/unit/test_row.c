#include <criterion/criterion.h>
#include <libpq-fe.h>

#include "protocol/limits.h"
#include "store/append.h"
#include "store/row.h"
#include "store/statement.h"
#include "store/timestamp.h"
#include "support/answer.h"
#include "support/builders.h"
#include "support/leak.h"

/* What the database says is not trusted: whatever it is, it is read, or told to be broken. */

static PGresult *answer;

static void begin(void)
{
    answer = NULL;
}

static void end(void)
{
    PQclear(answer);
    assert_no_leak();
}

TestSuite(row, .init = begin, .fini = end);

enum { COLUMNS = sizeof(ANSWER_TRANSITION) - 1 };
enum {
    COLUMN_id,
    COLUMN_seq,
#define X(KIND, name, member) COLUMN_##name,
    CONVERSATION_COLUMN_LIST(X)
#undef X
};

/* A sound row from this column on: a conversation, and what a transition has beside. */
static void set_row(int row, int first)
{
    static const char signature[] = ANSWER_TRANSITION;
    static const uint8_t zeros[16];
    for (int i = 0; i < COLUMNS; i++) {
        switch (signature[i]) {
        case '2': answer_set_int(answer, row, first + i, 0, 2); break;
        case '8': answer_set_int(answer, row, first + i, 0, 8); break;
        case 'b': answer_set_int(answer, row, first + i, 0, 1); break;
        case 's': answer_set(answer, row, first + i, bytes_make(NULL, 0)); break;
        case 'u': answer_set(answer, row, first + i, bytes_make(zeros, 16)); break;
        default: answer_set(answer, row, first + i, BYTES("c1")); break;
        }
    }
    answer_set_int(answer, row, first + COLUMN_seq, 5, 8);
}

static void make_row(void)
{
    PQclear(answer);
    answer = answer_make(COLUMNS);
    set_row(0, 0);
}

static bool is_broken(void)
{
    struct transition transition;
    struct fields fields = fields_of(answer, 0);
    fields_take_transition(&fields, &transition);
    transition_finish(&transition);
    return fields.is_broken;
}

Test(row, a_sound_one_is_read)
{
    make_row();
    cr_assert_not(is_broken());
}

Test(row, with_too_few_columns_is_broken)
{
    answer = answer_make(3);
    for (int i = 0; i < 3; i++)
        answer_set(answer, 0, i, BYTES("c1"));
    cr_assert(is_broken());
}

Test(row, that_is_not_there_is_broken)
{
    answer = answer_make(COLUMNS);
    cr_assert(is_broken());
}

Test(row, with_a_value_of_another_type_is_broken)
{
    static const char signature[] = ANSWER_TRANSITION;
    static const uint8_t bytes[3] = {0};
    for (int i = 0; i < COLUMNS; i++) {
        make_row();
        answer_set(answer, 0, i, bytes_make(bytes, sizeof(bytes)));
        cr_assert_eq(is_broken(), signature[i] != 't', "column %d", i);
    }
}

Test(row, with_a_number_that_stands_for_nothing_is_broken)
{
    static const struct {
        int column;
        int64_t value;
        size_t size;
    } wrong[] = {
        {COLUMN_list, 3, 2},
        {COLUMN_list, -1, 2},
        {COLUMN_pause, 3, 2},
        {COLUMN_seq, 0, 8},
        {COLUMN_seq, -1, 8},
        {COLUMN_seq, INT64_MAX, 8},
        {COLUMN_pause, PAUSE_UNTIL, 2},
        {COLUMN_pause_seq, 6, 8},
        {COLUMN_pause_until, 1, 8},
        {COLUMN_pause_until, INT64_MAX, 8},
        {COLUMN_pause_until, INT64_MIN, 8},
    };
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        make_row();
        answer_set_int(answer, 0, wrong[i].column, wrong[i].value, wrong[i].size);
        cr_assert(is_broken(), "%zu", i);
    }
}

Test(row, with_too_long_a_text_is_broken)
{
    static char text[LIMIT_NAME_BYTES + 1];
    memset(text, 'n', sizeof(text));
    make_row();
    answer_set(answer, 0, COLUMN_name, bytes_make(text, sizeof(text) - 1));
    cr_assert_not(is_broken());
    answer_set(answer, 0, COLUMN_name, bytes_make(text, sizeof(text)));
    cr_assert(is_broken());
}

/* Arrays. */

static struct elements array_of(const uint8_t *data, size_t size, bool *is_broken_r)
{
    PQclear(answer);
    answer = answer_make(1);
    answer_set(answer, 0, 0, bytes_make(data, size));
    struct fields fields = fields_of(answer, 0);
    struct elements elements = fields_take_array(&fields);
    *is_broken_r = fields.is_broken;
    return elements;
}

Test(row, an_array_ends_where_its_bytes_end)
{
    uint8_t array[64];
    static const uint8_t number[8] = {0, 0, 0, 0, 0, 0, 0, 7};
    const struct bytes values[] = {{number, 8}, {NULL, 0}};
    size_t size = answer_make_array(values, 2, array, sizeof(array));
    bool broken;
    struct elements elements = array_of(array, size, &broken);
    cr_assert_not(broken);
    cr_assert_eq(elements_take_int(&elements), 7);
    cr_assert_eq(elements_take_int(&elements), 0);
    cr_assert_not(elements.is_broken);
    cr_assert_eq(elements_take_int(&elements), 0);
    cr_assert(elements.is_broken, "more than there are");

    for (size_t cut = 0; cut < size; cut++) {
        uint8_t *copy = malloc(cut + 1);
        memcpy(copy, array, cut);
        elements = array_of(copy, cut, &broken);
        bool is_told = broken;
        while (!elements.is_broken && elements.count > 0)
            elements_take_int(&elements);
        cr_assert(is_told || elements.is_broken, "cut at %zu", cut);
        free(copy);
    }
}

Test(row, an_array_of_two_dimensions_is_broken)
{
    uint8_t array[64];
    bool broken;
    size_t size = answer_make_array(NULL, 0, array, sizeof(array));
    array[3] = 2;
    array_of(array, size, &broken);
    cr_assert(broken);
}

/* Answers. */

Test(row, as_many_heads_as_were_asked_for_or_none)
{
    int64_t ids[2] = {1, 2};
    struct store_heads heads = {
        .request = {.kind = STORE_HEADS}, .workspace_ids = ids, .workspaces_count = 2};
    answer = answer_make(2);
    answer_set_int(answer, 0, 0, 5, 8);
    answer_set(answer, 0, 1, bytes_make(NULL, 0));
    cr_assert_not(statement_of(STORE_HEADS)->take(&heads.request, answer));
    store_request_finish(&heads.request);
    answer_set_int(answer, 1, 0, 6, 8);
    answer_set(answer, 1, 1, bytes_make(NULL, 0));
    cr_assert(statement_of(STORE_HEADS)->take(&heads.request, answer));
    store_request_finish(&heads.request);
}

/* What others have added to the workspace of an append that only reads: the log after seq 4. */
static bool decode(struct store_append *append)
{
    struct append_batch batch = {.appends = {append}, .count = 1};
    append_batch_begin(&batch);
    return append_batch_decode_foreign(&batch, answer);
}

static void set_foreign(int row, int64_t workspace_id)
{
    answer_set_int(answer, row, 0, workspace_id, 8);
    answer_set_int(answer, row, 1, 5, 8);
    set_row(row, 2);
    answer_set_int(answer, row, 2 + COLUMNS, 0, 1);
}

Test(row, what_others_have_added_is_read_where_it_is_sound)
{
    struct store_append append = {.request = {.kind = STORE_APPEND}, .workspace_id = 1, .known_seq = 4};
    answer = answer_make(3 + COLUMNS);
    set_foreign(0, 1);
    cr_assert(decode(&append));
    cr_assert_eq(append.request.outcome, STORE_OK);
    cr_assert_eq(append.foreign_count, 1);
    store_request_finish(&append.request);

    answer_set_int(answer, 0, 2 + COLUMN_list, 9, 2);
    cr_assert_not(decode(&append));
    cr_assert_eq(append.request.outcome, STORE_NEW_EPOCH);
    cr_assert_eq(append.foreign_count, 0);
}

Test(row, of_a_workspace_that_was_not_asked_for_or_comes_twice_is_broken)
{
    struct store_append append = {.request = {.kind = STORE_APPEND}, .workspace_id = 1, .known_seq = 4};
    answer = answer_make(3 + COLUMNS);
    set_foreign(0, 2);
    cr_assert_not(decode(&append));
    cr_assert_eq(append.request.outcome, STORE_NEW_EPOCH);

    PQclear(answer);
    answer = answer_make(3 + COLUMNS);
    set_foreign(0, 1);
    set_foreign(1, 2);
    set_foreign(2, 1);
    cr_assert_not(decode(&append));
    cr_assert_eq(append.request.outcome, STORE_NEW_EPOCH);
}
