#ifndef RELEVO_STORE_ROW_H
#define RELEVO_STORE_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libpq-fe.h>

#include "core/columns.h"
#include "core/conversation.h"
#include "core/transition.h"

/* Reads what PostgreSQL answers in its binary format. What the database says is the world's, and not to be
 * trusted: a row with too few columns, a value of another type, or one that can be no conversation's is
 * broken. It is read on, without what is broken in it, and tells so at its end. */

/* One row, read from left to right: of a result, or of a COPY (store/copy.h). */
struct fields {
    const PGresult *result; /* NULL: */
    const uint8_t *tuple;   /* the fields that are left, each behind its length */
    int row;
    int column;
    int columns_count;
    bool is_broken; /* something so far was not what it should be */
};

static inline struct fields fields_of(const PGresult *result, int row)
{
    return (struct fields){.result = result,
                           .row = row,
                           .columns_count = PQnfields(result),
                           .is_broken = row >= PQntuples(result)};
}

static inline struct fields fields_of_tuple(const uint8_t *tuple, int columns_count)
{
    return (struct fields){.tuple = tuple, .columns_count = columns_count};
}

/* An integer of any size; 0 for null. */
int64_t fields_take_int(struct fields *fields);
bool fields_take_bool(struct fields *fields);

/* An integer from least to most. */
int64_t fields_take_int_within(struct fields *fields, int64_t least, int64_t most);

/* Unix milliseconds, rounded down, from 1970 up to TIMESTAMP_MAX_MS; 0 for null. */
int64_t fields_take_time(struct fields *fields);

/* The caller owns the text. NULL for null and for no bytes. The second: at most size_max bytes. */
struct text *fields_take_text(struct fields *fields);
struct text *fields_take_text_within(struct fields *fields, size_t size_max);
struct command_id fields_take_id(struct fields *fields);

/* The columns of a conversation as relevo.read_row_1 gives them. The caller finishes it, broken or not. */
void fields_take_conversation(struct fields *fields, struct conversation *conversation_r);

/* Whether the next `count` fields are all null: then they are passed over. */
bool fields_are_null(struct fields *fields, int count);

/* The columns of a transition as relevo.read_entry_1 gives them: the conversation's, and id, seq, time and
 * body. The caller finishes it, broken or not. */
enum { FIELDS_OF_TRANSITION = CONVERSATION_COLUMNS_COUNT + TRANSITION_COLUMNS_COUNT + 4 };
void fields_take_transition(struct fields *fields, struct transition *transition_r);

/* An array of one dimension, read from its begin. A null array is read as an empty one, and so is one that is
 * broken. */
struct elements {
    struct bytes left;
    size_t count;   /* not read yet */
    bool is_broken; /* more was read than there is, or something else */
};

struct elements fields_take_array(struct fields *fields);

/* The next element, which is an integer of any size or a timestamp; 0 for null. */
int64_t elements_take_int(struct elements *elements);
int64_t elements_take_int_within(struct elements *elements, int64_t least, int64_t most);
int64_t elements_take_time(struct elements *elements);

#endif
