#include "store/sql.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int sql_version_of(const struct sql_file *migration)
{
    return (int)strtol(migration->name, NULL, 10);
}

int sql_schema_version(void)
{
    return sql_version_of(&sql_migrations[sql_migrations_count - 1]);
}

const char *sql_statement(const char *name)
{
    for (size_t i = 0; i < sql_statements_count; i++) {
        if (strcmp(sql_statements[i].name, name) == 0)
            return sql_statements[i].text;
    }
    assert(!"a statement that sql/statements does not have");
    return NULL;
}

void sql_plan_session(const struct sql_session *session, struct sql_step steps_r[SQL_STEPS_COUNT])
{
    /* A command for which nothing has to be looked up, and so quick enough for any time that a role has. */
    steps_r[SQL_STEP_TIME] = (struct sql_step){.text = "SET statement_timeout = '10s'"};
    steps_r[SQL_STEP_CHOICES] = (struct sql_step){.text = sql_statement("session"),
                                                  .values = {session->isolation, session->statement_timeout,
                                                             session->waits_for_standbys ? "true" : "false"},
                                                  .values_count = 3};
    steps_r[SQL_STEP_DEFAULTS] = (struct sql_step){.text = sql_statement("defaults")};
}
