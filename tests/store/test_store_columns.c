#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/columns.h"
#include "support/leak.h"
#include "support/postgres_world.h"

/* What the server says in C, and the database in SQL: the columns in their order, and what the numbers stand
 * for. */

static struct postgres_world postgres;

static void begin(void)
{
    postgres_open_database(&postgres, true);
}

static void end(void)
{
    postgres_close(&postgres);
    assert_no_leak();
}

TestSuite(store_columns, .init = begin, .fini = end);

/* Of each kind of column (core/columns.h): its type. */
#define TYPE_SEQ          "bigint"
#define TYPE_COUNT        "bigint"
#define TYPE_TIME         "timestamp with time zone"
#define TYPE_DEADLINE     "timestamp with time zone"
#define TYPE_LIST         "smallint"
#define TYPE_PAUSE        "smallint"
#define TYPE_DELIVERY     "smallint"
#define TYPE_ROLE         "smallint"
#define TYPE_ACTION       "smallint"
#define TYPE_BOOL         "boolean"
#define TYPE_TEXT         "text"
#define TYPE_TEXT_OR_NULL "text"
#define TYPE_NAME         "text"
#define TYPE_PREVIEW      "text"
#define TYPE_COMMAND      "uuid"

static void assert_columns(const char *table, const char *expected)
{
    PGresult *result = PQexecParams(
        postgres.admin,
        "SELECT string_agg(attname || ' ' || format_type(atttypid, NULL) || E'\\n', '' ORDER BY attnum) "
        "FROM pg_attribute WHERE attrelid = ('relevo.' || $1::text)::regclass AND attnum > 0",
        1, NULL, &table, NULL, NULL, 0);
    cr_assert_eq(PQresultStatus(result), PGRES_TUPLES_OK, "%s", PQresultErrorMessage(result));
    cr_assert_str_eq(PQgetvalue(result, 0, 0), expected);
    PQclear(result);
}

#define X(KIND, name, member) #name " " TYPE_##KIND "\n"
Test(store_columns, of_a_conversation_are_the_same_in_the_database)
{
    assert_columns("conversation_columns", CONVERSATION_COLUMN_LIST(X));
}

Test(store_columns, of_a_transition_are_the_same_in_the_database)
{
    assert_columns("transition_columns", TRANSITION_COLUMN_LIST(X));
}
#undef X

Test(store_columns, a_time_that_is_due_is_refused_without_how_long_it_is_counted_for)
{
    PGresult *result =
        PQexec(postgres.admin, "BEGIN; ALTER TABLE relevo.conversation_columns ADD nap_until timestamptz; "
                               "SELECT relevo.define('SELECT {conversation_columns of t, stamped}')");
    cr_assert_not_null(strstr(PQresultErrorMessage(result), "append_1_transition has no x_for for nap_until"),
                       "%s", PQresultErrorMessage(result));
    PQclear(result);
}

/* The number that SQL has for this name; -1 where it speaks of none such, which is an error. */
static int64_t number_of(const char *kind, const char *name)
{
    char sql[128];
    snprintf(sql, sizeof(sql), "SELECT relevo.%s('%s')", kind, name);
    PGresult *result = PQexec(postgres.admin, sql);
    int64_t number = PQresultStatus(result) == PGRES_TUPLES_OK ? atoll(PQgetvalue(result, 0, 0)) : -1;
    cr_assert(number >= 0 || strstr(PQresultErrorMessage(result), "is called") != NULL, "%s",
              PQresultErrorMessage(result));
    PQclear(result);
    return number;
}

static int count_names_in_sql(const char *function)
{
    char sql[256];
    snprintf(sql, sizeof(sql),
             "SELECT count(*) FROM regexp_matches("
             "pg_get_functiondef('relevo.%s(text)'::regprocedure), $$WHEN '\\w+'$$, 'g')",
             function);
    return (int)postgres_ask(&postgres, sql);
}

struct numbered {
    const char *name;
    int64_t number;
};

/* Of these, SQL speaks of some, by the same numbers, and of no others. */
static void assert_numbers(const char *kind, const struct numbered *all, size_t count)
{
    int spoken_of = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t number = number_of(kind, all[i].name);
        if (number < 0)
            continue;
        cr_assert_eq(number, all[i].number, "%s('%s')", kind, all[i].name);
        spoken_of++;
    }
    cr_assert_gt(spoken_of, 0);
    cr_assert_eq(spoken_of, count_names_in_sql(kind), "%s", kind);
}

Test(store_columns, with_numbers_for_actions_and_roles_are_the_same_in_the_database)
{
    static const struct numbered actions[] = {
#define X(number, NAME, name, ...) {name, ACTION_##NAME},
        ACTION_LIST(X)
#undef X
    };
    static const struct numbered roles[] = {
#define X(number, NAME, name) {name, ROLE_##NAME},
        ROLE_LIST(X)
#undef X
    };
    assert_numbers("action", actions, ARRAY_COUNT(actions));
    assert_numbers("role", roles, ARRAY_COUNT(roles));
}

Test(store_columns, with_numbers_for_lists_and_pauses_are_the_same_in_the_database)
{
    static const struct numbered lists[] = {
        {"none", LIST_NONE}, {"open", LIST_OPEN}, {"completed", LIST_COMPLETED}};
    static const struct numbered pauses[] = {
        {"none", PAUSE_NONE}, {"until", PAUSE_UNTIL}, {"until_completed", PAUSE_UNTIL_COMPLETED}};
    assert_numbers("list", lists, ARRAY_COUNT(lists));
    assert_numbers("pause", pauses, ARRAY_COUNT(pauses));
}
