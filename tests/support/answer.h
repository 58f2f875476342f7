#ifndef RELEVO_TESTS_SUPPORT_ANSWER_H
#define RELEVO_TESTS_SUPPORT_ANSWER_H

#include <libpq-fe.h>

#include "base/bytes.h"
#include "core/columns.h"

/* What a database may answer, made without one. */

/* A result with so many columns, and no rows yet. The caller clears it. */
PGresult *answer_make(int columns_count);

/* Sets a value in binary; a row that is the next one is added. NULL for data: a null. */
void answer_set(PGresult *answer, int row, int column, struct bytes value);

void answer_set_int(PGresult *answer, int row, int column, int64_t value, size_t size);

/* One character for each column of a row: 2, 4, 8 an integer of so many bytes, b a bool, t a text, s a time,
 * u an id, a an array of integers, n null. */
#define ANSWER_COLUMN(KIND, name, member) ANSWER_##KIND
#define ANSWER_CONVERSATION               "t8" CONVERSATION_COLUMN_LIST(ANSWER_COLUMN)
#define ANSWER_TRANSITION                 ANSWER_CONVERSATION "s" TRANSITION_COLUMN_LIST(ANSWER_COLUMN) "t"

/* Of each kind of column (core/columns.h). */
#define ANSWER_SEQ          "8"
#define ANSWER_COUNT        "8"
#define ANSWER_TIME         "s"
#define ANSWER_DEADLINE     "s"
#define ANSWER_LIST         "2"
#define ANSWER_PAUSE        "2"
#define ANSWER_DELIVERY     "2"
#define ANSWER_ROLE         "2"
#define ANSWER_ACTION       "2"
#define ANSWER_BOOL         "b"
#define ANSWER_TEXT         "t"
#define ANSWER_TEXT_OR_NULL "t"
#define ANSWER_NAME         "t"
#define ANSWER_PREVIEW      "t"
#define ANSWER_COMMAND      "u"

/* An array in binary. A value without data: a null. */
size_t answer_make_array(const struct bytes *values, size_t count, uint8_t *place, size_t room);

#endif
