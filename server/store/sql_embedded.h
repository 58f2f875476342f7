/* The SQL files of sql/, carried inside the binary. The build writes the .c (tools/embed_sql.cmake). */
#ifndef RELEVO_STORE_SQL_EMBEDDED_H
#define RELEVO_STORE_SQL_EMBEDDED_H

#include <stddef.h>

struct sql_file {
    const char *name; /* the file's name without folder and ".sql": "0001_relevo" */
    const char *text; /* its bytes, and a NUL after them */
    size_t size;      /* in bytes, without the NUL */
};

/* sql/migrations, in the order of their numbers. */
extern const struct sql_file sql_migrations[];
extern const size_t sql_migrations_count;

/* sql/statements, by name. */
extern const struct sql_file sql_statements[];
extern const size_t sql_statements_count;

#endif
