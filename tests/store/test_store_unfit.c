#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/leak.h"
#include "support/postgres_world.h"

/* What cannot be served, and what can all the same. */

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

TestSuite(store_unfit, .init = begin, .fini = end);

static void assert_unfit(bool allow_unsafe, const char *part)
{
    postgres_start(&postgres, 0, 0, allow_unsafe);
    while (postgres.unfit == NULL)
        uv_run(&postgres.loop, UV_RUN_ONCE);
    cr_assert_not_null(strstr(postgres.unfit, part), "\"%s\" does not say \"%s\"", postgres.unfit, part);
    cr_assert_eq(postgres.world.ups, 0);
}

/* As a restore leaves it, before it has been migrated. */
Test(store_unfit, waits_for_a_schema_that_is_older_or_missing)
{
    postgres_do(&postgres, "ALTER TABLE relevo.schema_version RENAME TO kept");
    postgres_start(&postgres, 0, 1, true);
    for (int turns = 0; turns < 100; turns++)
        uv_run(&postgres.loop, UV_RUN_ONCE);
    postgres_do(&postgres,
                "CREATE TABLE relevo.schema_version AS SELECT * FROM relevo.kept WHERE version = 1");
    for (int turns = 0; turns < 100; turns++)
        uv_run(&postgres.loop, UV_RUN_ONCE);
    cr_assert_eq(postgres.world.ups, 0);
    cr_assert_null(postgres.unfit, "%s", postgres.unfit);
    postgres_do(&postgres, "DROP TABLE relevo.schema_version");
    postgres_do(&postgres, "ALTER TABLE relevo.kept RENAME TO schema_version");
    while (postgres.world.ups == 0)
        uv_run(&postgres.loop, UV_RUN_ONCE);
}

Test(store_unfit, does_not_serve_a_schema_that_is_for_newer_servers)
{
    postgres_do(&postgres,
                "INSERT INTO relevo.schema_version VALUES (99, '0099_more', sha256(''), now(), 99)");
    assert_unfit(true, "too old for");
}

Test(store_unfit, serves_a_newer_schema_that_it_does_not_notice)
{
    postgres_do(&postgres,
                "INSERT INTO relevo.schema_version VALUES (99, '0099_more', sha256(''), now(), 1)");
    postgres_start(&postgres, 0, 1, true);
    while (postgres.world.ups == 0)
        uv_run(&postgres.loop, UV_RUN_ONCE);
}

Test(store_unfit, does_not_serve_where_a_commit_may_be_lost)
{
    char sql[128];
    snprintf(sql, sizeof(sql), "ALTER DATABASE %s SET synchronous_commit = off", postgres.name);
    postgres_do(&postgres, sql);
    assert_unfit(false, "it may lose what it has committed");
}

Test(store_unfit, does_not_repeat_a_connection_string_that_it_cannot_read)
{
    free(postgres.conninfo);
    static const char unreadable[] = "postgresql://relevo:se%zzcret@localhost/relevo";
    postgres.conninfo = alloc_string(unreadable, sizeof(unreadable) - 1);
    postgres_start(&postgres, 0, 0, true);
    while (postgres.unfit == NULL)
        uv_run(&postgres.loop, UV_RUN_ONCE);
    cr_assert_null(strstr(postgres.unfit, "se%zz"));
    cr_assert_not_null(strstr(postgres.unfit, "connection string"));
}
