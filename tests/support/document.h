#ifndef RELEVO_TESTS_DOCUMENT_H
#define RELEVO_TESTS_DOCUMENT_H

#include <stddef.h>

/* What our documents say in tables, to be held against the code. Paths are relative to the project. */

enum { TABLE_CELLS_MAX = 8, TABLE_ROWS_MAX = 64 };

struct table {
    size_t count;
    char *cells[TABLE_ROWS_MAX][TABLE_CELLS_MAX]; /* without spaces around them, and without backquotes */
};

/* The whole document. The caller frees it. */
char *document_read(const char *path);

/* The first table after the heading whose first column is called so. */
struct table *table_read(const char *path, const char *heading, const char *first_column);
void table_destroy(struct table *table);

#endif
