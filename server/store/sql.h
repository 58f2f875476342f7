#ifndef RELEVO_STORE_SQL_H
#define RELEVO_STORE_SQL_H

#include <stdbool.h>
#include <stddef.h>

/* The SQL files of sql/, carried inside the binary. The build writes their texts (tools/embed_sql.cmake). */

struct sql_file {
    const char *name; /* the file's name without folder and ".sql": "0001_relevo" */
    const char *text; /* its bytes, and a NUL after them */
    size_t size;      /* in bytes, without the NUL */
};

/* sql/migrations, in the order of their numbers. */
extern const struct sql_file sql_migrations[];
extern const size_t sql_migrations_count;

/* The number that a migration's name begins with. */
int sql_version_of(const struct sql_file *migration);

/* The version of the schema that this server is made for: the number of its last migration. */
int sql_schema_version(void);

/* sql/statements, by name. */
extern const struct sql_file sql_statements[];
extern const size_t sql_statements_count;

/* The text of a file of sql/statements, by its name without ".sql", which there is. */
const char *sql_statement(const char *name);

/* How every session that we have is set up, before anything else is asked of it: a server's and an
 * operator's. What the server, the database, the role or the connection string have set of what a session may
 * choose is set or undone (sql/statements/session.sql, defaults.sql). */
struct sql_session {
    const char *isolation;         /* of its transactions: "read committed" … */
    const char *statement_timeout; /* of each statement: "10s" …; "0" for none */
    bool waits_for_standbys; /* commits wait as the database has them wait; else for its own disk only */
};

/* One statement, with its parameters as text. The first results are these, in their order. */
struct sql_step {
    const char *text;
    const char *values[3];
    int values_count;
};

enum {
    SQL_STEP_TIME, /* without which a role's statement_timeout could end the others */
    SQL_STEP_CHOICES,
    SQL_STEP_DEFAULTS,
    SQL_STEPS_COUNT,
};

/* The session's strings are borrowed. */
void sql_plan_session(const struct sql_session *session, struct sql_step steps_r[SQL_STEPS_COUNT]);

#endif
