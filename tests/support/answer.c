#include "support/answer.h"

#include <stdlib.h>
#include <string.h>

static void write_be(uint8_t *place, uint64_t value, size_t size)
{
    for (size_t i = size; i-- > 0; value >>= 8)
        place[i] = (uint8_t)value;
}

PGresult *answer_make(int columns_count)
{
    static char name[] = "column";
    PGresult *answer = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    PGresAttDesc *columns = calloc((size_t)columns_count + 1, sizeof(*columns));
    if (answer == NULL || columns == NULL)
        abort();
    for (int i = 0; i < columns_count; i++)
        columns[i] = (PGresAttDesc){.name = name, .format = 1};
    if (columns_count > 0 && PQsetResultAttrs(answer, columns_count, columns) != 1)
        abort();
    free(columns);
    return answer;
}

void answer_set(PGresult *answer, int row, int column, struct bytes value)
{
    static char nothing[1];
    char *data = value.data != NULL ? (char *)value.data : value.size == 0 ? NULL : nothing;
    if (PQsetvalue(answer, row, column, data, data == NULL ? -1 : (int)value.size) != 1)
        abort();
}

void answer_set_int(PGresult *answer, int row, int column, int64_t value, size_t size)
{
    uint8_t place[8];
    write_be(place, (uint64_t)value, size);
    answer_set(answer, row, column, bytes_make(place, size));
}

size_t answer_make_array(const struct bytes *values, size_t count, uint8_t *place, size_t room)
{
    size_t size = 20;
    if (room < size)
        return 0;
    memset(place, 0, size);
    write_be(place, 1, 4);
    write_be(place + 12, count, 4);
    write_be(place + 16, 1, 4);
    for (size_t i = 0; i < count && size + 4 + values[i].size <= room; i++) {
        write_be(place + size, values[i].data == NULL ? UINT32_MAX : values[i].size, 4);
        size += 4;
        if (values[i].size > 0)
            memcpy(place + size, values[i].data, values[i].size);
        size += values[i].size;
    }
    return size;
}
