#ifndef RELEVO_STORE_PARAMETERS_H
#define RELEVO_STORE_PARAMETERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/ids.h"

/* What goes with a prepared statement, in PostgreSQL's binary format. Scalars are added one after the other;
 * an array is begun, and then pushed to by its place, so that several can be filled side by side. An array of
 * rows is pushed to as well: each row is begun, and then has its columns in their order. */

enum { PARAMETERS_MAX = 16 };

/* The element types that we send: their OIDs, which never change. */
enum element_type {
    ELEMENT_BOOL = 16,
    ELEMENT_INT8 = 20,
    ELEMENT_INT2 = 21,
    ELEMENT_INT4 = 23,
    ELEMENT_TEXT = 25,
    ELEMENT_TIME = 1184,
    ELEMENT_UUID = 2950,
};

/* The types of our own that we send rows of. Each database knows them by OIDs of its own (store/fitness.h).
 */
enum row_type {
    ROW_ITEM,
    ROW_TRANSITION,
    ROW_TYPES_COUNT,
};

struct parameter {
    uint8_t *data;
    size_t size;
    size_t room;
    int32_t elements_count; /* of an array */
    bool is_array;
    bool has_null;
    bool is_of_rows;
    enum row_type row_type;
    size_t row_offset; /* where the row at hand begins, */
    int columns_count; /* and what it has so far */
};

struct parameters {
    struct parameter each[PARAMETERS_MAX];
    int count;
    /* As libpq wants them; made by parameters_end. */
    const char *values[PARAMETERS_MAX];
    int lengths[PARAMETERS_MAX];
    int formats[PARAMETERS_MAX];
};

void parameters_init(struct parameters *parameters);
void parameters_finish(struct parameters *parameters);

void parameters_add_bool(struct parameters *parameters, bool value);
void parameters_add_int8(struct parameters *parameters, int64_t value);
void parameters_add_int4(struct parameters *parameters, int32_t value);
void parameters_add_int2(struct parameters *parameters, int16_t value);
void parameters_add_text(struct parameters *parameters, struct bytes text);

/* Begins `count` arrays, of the types in turn. */
void parameters_begin_arrays(struct parameters *parameters, const enum element_type *types, int count);

/* Begins an array of rows. */
void parameters_begin_rows(struct parameters *parameters, enum row_type type);

/* Begins a row of the array at `place`. What is pushed there until it ends are its columns, all of them. */
void parameters_begin_row(struct parameters *parameters, int place);
void parameters_end_row(struct parameters *parameters, int place);

/* Adds an element to the array at `place`, or a column to its row at hand. */
void parameters_push_bool(struct parameters *parameters, int place, bool value);
void parameters_push_int2(struct parameters *parameters, int place, int64_t value);
void parameters_push_int4(struct parameters *parameters, int place, int64_t value);
void parameters_push_int8(struct parameters *parameters, int place, int64_t value);
void parameters_push_text(struct parameters *parameters, int place, struct bytes text);
void parameters_push_text_or_null(struct parameters *parameters, int place,
                                  struct bytes text); /* none: null */
void parameters_push_id(struct parameters *parameters, int place, struct command_id id);
void parameters_push_null(struct parameters *parameters, int place, enum element_type type);

/* A time in Unix milliseconds: 0 becomes null, AT_PENDING -infinity. */
void parameters_push_time(struct parameters *parameters, int place, int64_t time_ms);

/* Nothing more comes: values, lengths and formats are ready, and valid as long as the parameters are.
 * `row_types` are the OIDs of enum row_type in the database that is asked, NULL where no rows are sent. May
 * be called again, for another database. */
void parameters_end(struct parameters *parameters, const uint32_t *row_types);

#endif
