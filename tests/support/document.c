#include "support/document.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *document_read(const char *path)
{
    char place[256];
    snprintf(place, sizeof(place), RELEVO_SOURCE_DIR "/%s", path);
    FILE *file = fopen(place, "r");
    cr_assert_not_null(file);
    char *text = calloc(1, 1 << 20);
    size_t size = fread(text, 1, (1 << 20) - 1, file);
    cr_assert(size > 0 && feof(file));
    fclose(file);
    return text;
}

/* Takes the spaces around a cell, and its backquotes, away. */
static char *cell_of(const char *start, const char *end)
{
    char *cell = calloc(1, (size_t)(end - start) + 1);
    size_t size = 0;
    for (const char *c = start; c < end; c++)
        if (*c != '`' && (size > 0 || *c != ' '))
            cell[size++] = *c;
    while (size > 0 && cell[size - 1] == ' ')
        cell[--size] = '\0';
    return cell;
}

static void row_read(const char *line, char **cells)
{
    const char *start = line + 1;
    for (size_t i = 0; i < TABLE_CELLS_MAX; i++) {
        const char *end = strpbrk(start, "|\n");
        if (end == NULL || *end == '\n') {
            cells[i] = NULL;
            return;
        }
        cells[i] = cell_of(start, end);
        start = end + 1;
    }
}

struct table *table_read(const char *path, const char *heading, const char *first_column)
{
    char *document = document_read(path);
    char begin[64];
    snprintf(begin, sizeof(begin), "\n| %s |", first_column);
    char *place = strstr(document, heading);
    cr_assert_not_null(place, "no heading \"%s\"", heading);
    place = strstr(place, begin);
    cr_assert_not_null(place, "no table of \"%s\" after \"%s\"", first_column, heading);
    struct table *table = calloc(1, sizeof(*table));
    char *line = strchr(strchr(place + 1, '\n') + 1, '\n') + 1; /* after the names and the rule below them */
    for (; *line == '|'; line = strchr(line, '\n') + 1) {
        cr_assert_lt(table->count, TABLE_ROWS_MAX);
        row_read(line, table->cells[table->count++]);
    }
    free(document);
    return table;
}

void table_destroy(struct table *table)
{
    for (size_t row = 0; row < table->count; row++)
        for (size_t i = 0; i < TABLE_CELLS_MAX; i++)
            free(table->cells[row][i]);
    free(table);
}
