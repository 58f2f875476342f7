#include "plans.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/alloc.h"
#include "store/sql.h"

static const char lines_sql[] =
    "CREATE TEMP TABLE plan (state text, statement text, plan jsonb);"
    "CREATE TEMP VIEW line AS "
    "WITH RECURSIVE node AS ("
    "    SELECT state, statement, plan->'Plan' AS node FROM plan"
    "    UNION ALL "
    "    SELECT state, statement, jsonb_array_elements(node->'Plans') FROM node"
    "), part AS ("
    "    SELECT state, statement, node, node->>'Node Type' AS type, node->>'Schema' = 'relevo' AS is_ours,"
    "           jsonb_path_exists(node, '$.Plans.**.Schema ? (@ == \"relevo\")') AS is_above_ours,"
    "           regexp_replace(node->>'Relation Name', '_\\d{8}$', '') AS relation,"
    "           regexp_replace(node->>'Index Name', '_\\d{8}', '') AS index,"
    "           (SELECT string_agg(concat_ws(' ', substring(clause FROM '\\w+\\.(\\w+)'),"
    "                                        substring(clause FROM ' (= ANY|=|<=?|>=?) ')), ', ' ORDER BY n)"
    "            FROM string_to_table(node->>'Index Cond', ' AND ') WITH ORDINALITY c(clause, n)"
    "            WHERE clause !~ 'IS NOT NULL') AS key"
    "    FROM node"
    ") "
    "SELECT state, statement, CASE "
    "    WHEN is_ours AND index IS NOT NULL THEN concat(relation, ' by ', index, ' (', key, ')')"
    "    WHEN is_ours THEN concat_ws(' ', type, relation)"
    "    WHEN node ? 'Join Filter' THEN concat(type, ' on ', node->>'Join Filter')"
    "    ELSE concat_ws(' ', type, index, '(' || key || ')',"
    "                   regexp_replace(node->>'Sort Key', '\\w+\\.', '', 'g')) END AS line "
    "FROM part "
    "WHERE is_ours AND type !~ 'ModifyTable|Function Scan'"
    "   OR is_above_ours AND (type ~ 'Sort|Aggregate|Hash|Merge Join|Materialize|Gather'"
    "                         OR node ? 'Join Filter')"
    "   OR type = 'Bitmap Index Scan' "
    "UNION ALL "
    "SELECT state, statement, 'JIT' FROM plan WHERE plan ? 'JIT'";

/* Keeps what auto_explain says. */
static void keep_plan(void *context, const PGresult *notice)
{
    struct plans *plans = context;
    const char *message = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);
    const char *plan = strstr(message, "plan:\n");
    if (plan == NULL)
        return;
    const char *values[] = {plans->state, plans->statement, plan + strlen("plan:\n")};
    PGresult *result = PQexecParams(plans->postgres->admin, "INSERT INTO plan VALUES ($1, $2, $3::jsonb)", 3,
                                    NULL, values, NULL, NULL, 0);
    cr_assert_eq(PQresultStatus(result), PGRES_COMMAND_OK, "%s", PQresultErrorMessage(result));
    PQclear(result);
}

/* Takes whatever comes of what was sent. */
static void finish(struct plans *plans)
{
    PGresult *result;
    while ((result = PQgetResult(plans->pg)) != NULL) {
        char *row;
        while (PQresultStatus(result) == PGRES_COPY_OUT && PQgetCopyData(plans->pg, &row, 0) > 0)
            PQfreemem(row);
        cr_assert_neq(PQresultStatus(result), PGRES_FATAL_ERROR, "%s, %s: %s", plans->state, plans->statement,
                      PQresultErrorMessage(result));
        PQclear(result);
    }
}

static void say(struct plans *plans, const char *sql)
{
    cr_assert(PQsendQuery(plans->pg, sql));
    finish(plans);
}

void plans_open(struct plans *plans, struct postgres_world *postgres)
{
    *plans = (struct plans){.postgres = postgres, .pg = PQconnectdb(postgres->conninfo)};
    postgres_do(postgres, lines_sql);
    PQsetNoticeReceiver(plans->pg, keep_plan, plans);
    struct sql_step steps[SQL_STEPS_COUNT];
    sql_plan_session(&(struct sql_session){.isolation = "read committed", .statement_timeout = "0"}, steps);
    for (int i = 0; i < SQL_STEPS_COUNT; i++) {
        cr_assert(PQsendQueryParams(plans->pg, steps[i].text, steps[i].values_count, NULL, steps[i].values,
                                    NULL, NULL, 0));
        finish(plans);
    }
    say(plans, "LOAD 'auto_explain'; SET auto_explain.log_nested_statements = on;"
               "SET auto_explain.log_verbose = on; SET auto_explain.log_format = 'json';"
               "SET auto_explain.log_level = 'info'; SET lock_timeout = 0; SET statement_timeout = 0;"
               "SET relevo.workspace = 1; SET relevo.completed_rows = 100; SET relevo.load_back = 100");
}

void plans_close(struct plans *plans)
{
    PQfinish(plans->pg);
}

void plans_take(struct plans *plans, const char *statement, const char *const *parameters, int count)
{
    plans->statement = statement;
    say(plans, "DISCARD PLANS; SET auto_explain.log_min_duration = 0");
    if (parameters == NULL) {
        say(plans, sql_statement(statement));
    } else {
        say(plans, "BEGIN");
        cr_assert(
            PQsendQueryParams(plans->pg, sql_statement(statement), count, NULL, parameters, NULL, NULL, 0));
        finish(plans);
        say(plans, "ROLLBACK");
    }
    say(plans, "SET auto_explain.log_min_duration = -1");
}
