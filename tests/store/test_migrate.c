#include <criterion/criterion.h>
#include <stdlib.h>

#include "store/migrate.h"
#include "store/sql.h"
#include "support/leak.h"
#include "support/postgres_world.h"

/* Migrations, on databases of their own. */

#define FILE_OF(name, text) ((struct sql_file){name, text, sizeof(text) - 1})

/* Migrates to what `files` say, and asserts how that comes out. `part`, NULL where it is done, is what the
 * sentence says. */
static int run_files(struct postgres_world *postgres, const struct sql_file *files, size_t count,
                     enum job_result expected, const char *part)
{
    int applied;
    char *sentence;
    enum job_result result = migrate_run_files(postgres->conninfo, 0, files, count, &applied, &sentence);
    cr_assert_eq(result, expected, "%s", sentence == NULL ? "done" : sentence);
    cr_assert_eq(sentence == NULL, result == JOB_DONE);
    if (part != NULL)
        cr_assert_not_null(strstr(sentence, part), "\"%s\" does not say \"%s\"", sentence, part);
    free(sentence);
    return applied;
}

static const struct sql_file one[] = {FILE_OF("0001_one", "CREATE TABLE relevo.one ()")};
static const struct sql_file two[] = {FILE_OF("0001_one", "CREATE TABLE relevo.one ()"),
                                      FILE_OF("0002_two", "-- min_code: 1\nCREATE TABLE relevo.two ()")};

TestSuite(migrate, .fini = end_without_leak);

/* What is not in the path is looked into first. */
Test(migrate, nothing_that_runs_as_the_owner_sees_what_its_caller_has_put_into_pg_temp)
{
    struct postgres_world postgres;
    postgres_open_database(&postgres, true);
    cr_assert_gt(postgres_ask(&postgres, "SELECT count(*) FROM pg_proc WHERE prosecdef "
                                         "AND pronamespace = 'relevo'::regnamespace"),
                 0);
    cr_assert_eq(postgres_ask(&postgres,
                              "SELECT count(*) FROM pg_proc WHERE prosecdef "
                              "AND pronamespace = 'relevo'::regnamespace "
                              "AND coalesce('search_path=pg_catalog, pg_temp' <> ALL (proconfig), true)"),
                 0);
    postgres_close(&postgres);
}

Test(migrate, brings_an_empty_database_to_what_this_server_needs_and_then_does_nothing)
{
    struct postgres_world postgres;
    postgres_open_database(&postgres, false);
    int applied;
    char *sentence;
    cr_assert_eq(migrate_run(&(struct migrate_options){.conninfo = postgres.conninfo}, &applied, &sentence),
                 JOB_DONE);
    cr_assert_eq(applied, (int)sql_migrations_count);
    cr_assert_eq(postgres_ask(&postgres, "SELECT max(version) FROM relevo.schema_version"),
                 sql_schema_version());
    cr_assert_eq(migrate_run(&(struct migrate_options){.conninfo = postgres.conninfo}, &applied, &sentence),
                 JOB_DONE);
    cr_assert_eq(applied, 0);
    cr_assert_null(sentence);
    postgres_close(&postgres);
}

Test(migrate, goes_on_from_where_the_database_is)
{
    struct postgres_world postgres;
    postgres_open_database(&postgres, false);
    cr_assert_eq(run_files(&postgres, one, 1, JOB_DONE, NULL), 1);
    cr_assert_eq(run_files(&postgres, two, 2, JOB_DONE, NULL), 1);
    cr_assert_eq(postgres_ask(&postgres, "SELECT min_code FROM relevo.schema_version WHERE version = 2"), 1);
    cr_assert_eq(postgres_ask(&postgres, "SELECT count(*) FROM relevo.schema_version"), 2);
    postgres_close(&postgres);
}

Test(migrate, refuses_a_file_that_was_changed_after_it_was_applied)
{
    static const struct sql_file changed[] = {FILE_OF("0001_one", "CREATE TABLE relevo.one (id bigint)")};
    struct postgres_world postgres;
    postgres_open_database(&postgres, false);
    run_files(&postgres, one, 1, JOB_DONE, NULL);
    run_files(&postgres, changed, 1, JOB_REFUSED, "migrations are never changed");
    postgres_close(&postgres);
}

Test(migrate, refuses_a_database_that_a_newer_server_has_migrated)
{
    struct postgres_world postgres;
    postgres_open_database(&postgres, false);
    run_files(&postgres, two, 2, JOB_DONE, NULL);
    run_files(&postgres, one, 1, JOB_REFUSED, "0002_two");
    postgres_close(&postgres);
}

Test(migrate, refuses_a_record_with_a_hole)
{
    struct postgres_world postgres;
    postgres_open_database(&postgres, false);
    run_files(&postgres, two, 2, JOB_DONE, NULL);
    postgres_do(&postgres, "DELETE FROM relevo.schema_version WHERE version = 1");
    run_files(&postgres, two, 2, JOB_REFUSED, "not number 1");
    postgres_close(&postgres);
}

Test(migrate, leaves_nothing_of_a_file_that_fails)
{
    static const struct sql_file broken[] = {
        FILE_OF("0001_one", "CREATE TABLE relevo.one ()"),
        FILE_OF("0002_broken", "CREATE TABLE relevo.two (); SELECT 1 / 0"),
    };
    struct postgres_world postgres;
    postgres_open_database(&postgres, false);
    cr_assert_eq(run_files(&postgres, broken, 2, JOB_FAILED, "0002_broken failed: division by zero"), 1);
    cr_assert_eq(postgres_ask(&postgres, "SELECT count(to_regclass('relevo.two'))"), 0);
    cr_assert_eq(run_files(&postgres, two, 2, JOB_DONE, NULL), 1);
    postgres_close(&postgres);
}

Test(migrate, does_not_migrate_while_another_one_does)
{
    struct postgres_world postgres;
    postgres_open_database(&postgres, false);
    postgres_do(&postgres, "SELECT pg_advisory_lock(125762721474159)");
    run_files(&postgres, one, 1, JOB_FAILED, "somebody else is migrating");
    postgres_do(&postgres, "SELECT pg_advisory_unlock(125762721474159)");
    run_files(&postgres, one, 1, JOB_DONE, NULL);
    postgres_close(&postgres);
}

Test(migrate, says_that_the_database_cannot_be_reached)
{
    int applied;
    char *sentence;
    cr_assert_eq(
        migrate_run(&(struct migrate_options){.conninfo = "host=/nowhere port=1"}, &applied, &sentence),
        JOB_FAILED);
    cr_assert_not_null(strstr(sentence, "cannot be reached"));
    free(sentence);
}

Test(migrate, does_not_repeat_a_connection_string_that_it_cannot_read)
{
    int applied;
    char *sentence;
    cr_assert_eq(
        migrate_run(&(struct migrate_options){.conninfo = "postgresql://relevo:se%zzcret@localhost/relevo"},
                    &applied, &sentence),
        JOB_REFUSED);
    cr_assert_null(strstr(sentence, "se%zz"));
    cr_assert_not_null(strstr(sentence, "connection string"));
    free(sentence);
}
