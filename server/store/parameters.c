#include "store/parameters.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "core/conversation.h"
#include "store/timestamp.h"

/* An array in binary: dimensions (1), whether it has nulls, element type, elements, lower bound (1), then
 * each element with its length in front; all big-endian. Without elements it ends after the type, and has no
 * dimension. (PostgreSQL's array_recv) */
enum {
    OFFSET_DIMENSIONS = 0,
    OFFSET_HAS_NULL = 4,
    OFFSET_TYPE = 8,
    OFFSET_COUNT = 12,
    OFFSET_LOWER_BOUND = 16,
    ARRAY_HEADER_SIZE = 20,
    EMPTY_ARRAY_SIZE = 12,
    ROW_HEADER_SIZE = 8, /* its length, and how many columns */
};

static void write_be(uint8_t *place, uint64_t value, size_t size)
{
    for (size_t i = size; i-- > 0; value >>= 8)
        place[i] = (uint8_t)value;
}

static uint8_t *parameter_grow(struct parameter *parameter, size_t size)
{
    if (parameter->size + size > parameter->room) {
        parameter->room = (parameter->size + size) * 2;
        parameter->data = alloc_resize(parameter->data, parameter->room, 1);
    }
    uint8_t *place = parameter->data + parameter->size;
    parameter->size += size;
    return place;
}

void parameters_init(struct parameters *parameters)
{
    *parameters = (struct parameters){0};
}

void parameters_finish(struct parameters *parameters)
{
    for (int i = 0; i < parameters->count; i++)
        free(parameters->each[i].data);
    parameters->count = 0;
}

static struct parameter *parameters_add(struct parameters *parameters)
{
    assert(parameters->count < PARAMETERS_MAX);
    return &parameters->each[parameters->count++];
}

void parameters_add_bool(struct parameters *parameters, bool value)
{
    *parameter_grow(parameters_add(parameters), 1) = value;
}

void parameters_add_int8(struct parameters *parameters, int64_t value)
{
    write_be(parameter_grow(parameters_add(parameters), 8), (uint64_t)value, 8);
}

void parameters_add_int4(struct parameters *parameters, int32_t value)
{
    write_be(parameter_grow(parameters_add(parameters), 4), (uint32_t)value, 4);
}

void parameters_add_int2(struct parameters *parameters, int16_t value)
{
    write_be(parameter_grow(parameters_add(parameters), 2), (uint16_t)value, 2);
}

void parameters_add_text(struct parameters *parameters, struct bytes text)
{
    /* One byte more, as libpq takes a NULL value for a null. */
    uint8_t *place = parameter_grow(parameters_add(parameters), text.size + 1);
    if (text.size > 0)
        memcpy(place, text.data, text.size);
    parameters->each[parameters->count - 1].size--;
}

void parameters_begin_arrays(struct parameters *parameters, const enum element_type *types, int count)
{
    for (int i = 0; i < count; i++) {
        struct parameter *parameter = parameters_add(parameters);
        parameter->is_array = true;
        write_be(parameter_grow(parameter, ARRAY_HEADER_SIZE) + OFFSET_TYPE, (uint64_t)types[i], 4);
    }
}

void parameters_begin_rows(struct parameters *parameters, enum row_type type)
{
    struct parameter *parameter = parameters_add(parameters);
    parameter->is_array = parameter->is_of_rows = true;
    parameter->row_type = type;
    (void)parameter_grow(parameter, ARRAY_HEADER_SIZE);
}

void parameters_begin_row(struct parameters *parameters, int place)
{
    struct parameter *parameter = &parameters->each[place];
    assert(parameter->is_of_rows);
    parameter->row_offset = parameter->size;
    parameter->columns_count = 0;
    parameter->elements_count++;
    (void)parameter_grow(parameter, ROW_HEADER_SIZE);
}

void parameters_end_row(struct parameters *parameters, int place)
{
    struct parameter *parameter = &parameters->each[place];
    uint8_t *row = parameter->data + parameter->row_offset;
    write_be(row, parameter->size - parameter->row_offset - 4, 4);
    write_be(row + 4, (uint64_t)parameter->columns_count, 4);
}

/* Room for what goes behind the length, size bytes: an element has that alone in front, a column its type,
 * too. */
static uint8_t *push(struct parameters *parameters, int place, enum element_type type, uint32_t length,
                     size_t size)
{
    struct parameter *parameter = &parameters->each[place];
    size_t before = parameter->is_of_rows ? 8 : 4;
    assert(parameter->is_array);
    uint8_t *value = parameter_grow(parameter, before + size) + before;
    write_be(value - 4, length, 4);
    if (parameter->is_of_rows) {
        write_be(value - 8, (uint64_t)type, 4);
        parameter->columns_count++;
    } else {
        parameter->elements_count++;
    }
    return value;
}

static void push_number(struct parameters *parameters, int place, enum element_type type, uint64_t value,
                        size_t size)
{
    write_be(push(parameters, place, type, (uint32_t)size, size), value, size);
}

static void push_bytes(struct parameters *parameters, int place, enum element_type type, struct bytes bytes)
{
    uint8_t *value = push(parameters, place, type, (uint32_t)bytes.size, bytes.size);
    if (bytes.size > 0)
        memcpy(value, bytes.data, bytes.size);
}

void parameters_push_bool(struct parameters *parameters, int place, bool value)
{
    push_number(parameters, place, ELEMENT_BOOL, value, 1);
}

void parameters_push_int2(struct parameters *parameters, int place, int64_t value)
{
    assert(value >= INT16_MIN && value <= INT16_MAX);
    push_number(parameters, place, ELEMENT_INT2, (uint64_t)value, 2);
}

void parameters_push_int4(struct parameters *parameters, int place, int64_t value)
{
    assert(value >= INT32_MIN && value <= INT32_MAX);
    push_number(parameters, place, ELEMENT_INT4, (uint64_t)value, 4);
}

void parameters_push_int8(struct parameters *parameters, int place, int64_t value)
{
    push_number(parameters, place, ELEMENT_INT8, (uint64_t)value, 8);
}

void parameters_push_text(struct parameters *parameters, int place, struct bytes text)
{
    push_bytes(parameters, place, ELEMENT_TEXT, text);
}

void parameters_push_text_or_null(struct parameters *parameters, int place, struct bytes text)
{
    if (text.size == 0)
        parameters_push_null(parameters, place, ELEMENT_TEXT);
    else
        parameters_push_text(parameters, place, text);
}

void parameters_push_id(struct parameters *parameters, int place, struct command_id id)
{
    push_bytes(parameters, place, ELEMENT_UUID, bytes_make(id.bytes, sizeof(id.bytes)));
}

void parameters_push_null(struct parameters *parameters, int place, enum element_type type)
{
    (void)push(parameters, place, type, UINT32_MAX, 0);
    parameters->each[place].has_null |= !parameters->each[place].is_of_rows;
}

void parameters_push_time(struct parameters *parameters, int place, int64_t time_ms)
{
    if (time_ms == 0)
        parameters_push_null(parameters, place, ELEMENT_TIME);
    else
        push_number(
            parameters, place, ELEMENT_TIME,
            (uint64_t)(time_ms == AT_PENDING ? TIMESTAMP_NEGATIVE_INFINITY : timestamp_from_ms(time_ms)), 8);
}

static void array_end(struct parameter *array)
{
    bool is_empty = array->elements_count == 0;
    write_be(array->data + OFFSET_DIMENSIONS, !is_empty, 4);
    write_be(array->data + OFFSET_HAS_NULL, array->has_null, 4);
    write_be(array->data + OFFSET_COUNT, (uint64_t)array->elements_count, 4);
    write_be(array->data + OFFSET_LOWER_BOUND, 1, 4);
    if (is_empty)
        array->size = EMPTY_ARRAY_SIZE;
}

void parameters_end(struct parameters *parameters, const uint32_t *row_types)
{
    for (int i = 0; i < parameters->count; i++) {
        struct parameter *parameter = &parameters->each[i];
        if (parameter->is_of_rows)
            write_be(parameter->data + OFFSET_TYPE, row_types[parameter->row_type], 4);
        if (parameter->is_array)
            array_end(parameter);
        assert(parameter->size <= INT32_MAX);
        parameters->values[i] = (const char *)parameter->data;
        parameters->lengths[i] = (int)parameter->size;
        parameters->formats[i] = 1;
    }
}
