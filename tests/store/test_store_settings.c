#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/fitness.h"
#include "store/migrate.h"
#include "support/leak.h"
#include "support/postgres_world.h"

/* The suite over a database whose settings are all others than PostgreSQL's own, as an older program on the
 * same server may want them: a session chooses for itself, or the setting does us no harm. */

/* All that a session may set, or a superuser for it, is tried but: what may lose commits, and is refused
 * (server/store/fitness.c); what says who connects, and for what; what asks for libraries. */
#define EXCEPT                                                                                               \
    "'synchronous_commit', 'zero_damaged_pages', 'ignore_checksum_failure', 'role', "                        \
    "'session_authorization', "                                                                              \
    "'application_name', 'client_encoding', 'default_transaction_read_only', 'transaction_read_only', "      \
    "'transaction_isolation', 'transaction_deferrable', 'seed', 'dynamic_library_path', "                    \
    "'session_preload_libraries', 'local_preload_libraries', 'jit_provider', 'allow_system_table_mods', "    \
    "'wal_consistency_checking'"

/* What each kind of setting may be at worst. */
static const char *const hostile[] = {
    /* The other one; the last; the most. */
    "SELECT name, CASE vartype WHEN 'bool' THEN CASE boot_val WHEN 'on' THEN 'off' ELSE 'on' END "
    "WHEN 'enum' THEN enumvals[cardinality(enumvals)] ELSE max_val END AS value FROM pg_settings "
    "WHERE vartype <> 'string' AND name !~ "
    "'^(debug_print|log_.*stats|trace_|debug_(discard|clobber)|pre_auth|post_auth)'",
    /* As it is; the first; the least. */
    "SELECT name, CASE vartype WHEN 'enum' THEN enumvals[1] ELSE min_val END AS value FROM pg_settings "
    "WHERE vartype IN ('enum', 'integer', 'real')",
    /* What old programs want, and what only looks harmless. */
    "SELECT * FROM (VALUES ('standard_conforming_strings', 'off'), ('backslash_quote', 'on'), "
    "('escape_string_warning', 'on'), ('quote_all_identifiers', 'on'), ('search_path', 'ahead, relevo, "
    "public'), "
    "('DateStyle', 'SQL, DMY'), ('IntervalStyle', 'sql_standard'), ('TimeZone', 'Asia/Kolkata'), "
    "('timezone_abbreviations', 'India'), ('bytea_output', 'escape'), ('xmloption', 'document'), "
    "('array_nulls', 'off'), ('transform_null_equals', 'on'), ('row_security', 'off'), "
    "('extra_float_digits', '-15'), ('default_table_access_method', 'ahead'), "
    "('default_transaction_isolation', 'serializable'), ('default_transaction_deferrable', 'on'), "
    "('default_tablespace', 'nowhere'), ('check_function_bodies', 'off'), ('lc_monetary', 'C'), "
    "('lc_numeric', 'C'), ('lc_time', 'C'), ('default_text_search_config', 'pg_catalog.german'), "
    "('session_replication_role', 'replica'), ('plpgsql.extra_errors', 'all'), "
    "('plpgsql.extra_warnings', 'all'), ('plpgsql.variable_conflict', 'use_variable'), "
    "('plan_cache_mode', 'force_custom_plan'), ('statement_timeout', '1ms'), ('lock_timeout', '1ms'), "
    "('idle_session_timeout', '1s'), ('idle_in_transaction_session_timeout', '1ms'), ('transaction_timeout', "
    "'1s'), "
    "('enable_indexscan', 'off'), ('enable_nestloop', 'off'), ('enable_sort', 'off'), ('geqo_threshold', "
    "'2'), "
    "('from_collapse_limit', '1'), ('join_collapse_limit', '1'), ('constraint_exclusion', 'on'), "
    "('cursor_tuple_fraction', '0'), ('work_mem', '64'), ('temp_file_limit', '0')) v (name, value)",
};

/* Of the database, or of the role that connects to it; who makes that is a superuser. */
static void set_all(struct postgres_world *postgres, size_t which)
{
    char sql[8192], whose[256];
    snprintf(whose, sizeof(whose), which == 1 ? "ROLE %s IN DATABASE %s" : "%.0sDATABASE %s",
             PQuser(postgres->admin), postgres->name);
    snprintf(sql, sizeof(sql),
             "DO $do$ DECLARE each record; BEGIN "
             "LOAD 'plpgsql';"
             "FOR each IN SELECT h.* FROM (%s) h LEFT JOIN pg_settings s ON lower(s.name) = lower(h.name) "
             "WHERE (s.context IN ('user', 'superuser') OR h.name ~ '^plpgsql') AND h.name NOT IN (" EXCEPT
             ") LOOP "
             "BEGIN EXECUTE format('ALTER %s SET %%s = %%s', each.name, "
             "CASE each.name WHEN 'search_path' THEN each.value ELSE quote_literal(each.value) END); "
             "EXCEPTION WHEN undefined_object OR cant_change_runtime_param OR invalid_parameter_value THEN "
             "NULL; END; "
             "END LOOP; END $do$",
             hostile[which], whose);
    postgres_do(postgres, sql);
}

/* What stands in front of PostgreSQL's own, where the path says so. */
static void shadow(struct postgres_world *postgres)
{
    postgres_do(
        postgres,
        "CREATE SCHEMA ahead; GRANT USAGE ON SCHEMA ahead TO PUBLIC;"
        "CREATE FUNCTION ahead.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS "
        "$$ SELECT pg_catalog.clock_timestamp() - interval '1 year' $$;"
        "CREATE FUNCTION ahead.set_config(text, text, boolean) RETURNS text LANGUAGE sql AS "
        "$$ SELECT 'nothing was set' $$;"
        "CREATE FUNCTION ahead.pg_notify(text, text) RETURNS void LANGUAGE sql AS $$ SELECT $$;"
        "CREATE FUNCTION ahead.same(bigint, bigint) RETURNS boolean LANGUAGE sql AS $$ SELECT false $$;"
        "CREATE OPERATOR ahead.= (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = ahead.same);"
        "CREATE FUNCTION ahead.same(text, text) RETURNS boolean LANGUAGE sql AS $$ SELECT false $$;"
        "CREATE OPERATOR ahead.= (LEFTARG = text, RIGHTARG = text, FUNCTION = ahead.same)");
}

static void open_hostile(struct postgres_world *postgres, size_t which)
{
    postgres_open_database(postgres, true);
    shadow(postgres);
    set_all(postgres, which);
    for (int node = 0; node < WORLD_NODES; node++)
        postgres_start(postgres, node, 0, true);
    while (postgres->world.ups < WORLD_NODES) {
        postgres->world.turn(&postgres->world);
        cr_assert_null(postgres->unfit, "%s", postgres->unfit);
    }
    postgres_run_until_they_hear(postgres);
}

TestSuite(store_settings, .fini = end_without_leak);

#define X(name)                                                                                              \
    Test(store_settings, name##_under_any_settings)                                                          \
    {                                                                                                        \
        for (size_t i = 0; i < ARRAY_COUNT(hostile); i++) {                                                  \
            struct postgres_world postgres;                                                                  \
            open_hostile(&postgres, i);                                                                      \
            suite_##name(&postgres.world);                                                                   \
            postgres_close(&postgres);                                                                       \
        }                                                                                                    \
    }
X(gives_back_every_field_of_every_transition)
X(keeps_an_outcome_without_a_transition)
X(refuses_what_was_decided_on_another_state)
X(shows_what_others_did_in_front_of_its_own)
X(remembers_agents_with_the_longest_names)
X(pages_through_the_completed)
X(finds_the_workspaces_with_pauses_that_end)
X(holds_what_is_open_paused_newest_or_changed_of_late)
X(tells_of_revocations_from_a_number_on)
X(tells_whether_a_place_is_of_the_log)
X(follows_the_log_in_pages)
X(reads_one_conversations_history_backwards)
X(looks_through_a_history_in_windows)
X(finds_by_id_and_by_name)
X(keeps_a_consumers_place)
X(hints_others_at_what_was_committed)
X(blanks_what_was_said_before_an_erase)
#undef X

/* And what is migrated under them is what it is elsewhere. */
static void describe(struct postgres_world *postgres, char *text_r, size_t size)
{
    PGresult *result = PQexec(
        postgres->admin,
        "SET search_path = pg_catalog;"
        "SELECT md5(string_agg(line, E'\\n' ORDER BY line COLLATE \"C\")) FROM ("
        "SELECT pg_get_functiondef(p.oid) AS line FROM pg_proc p WHERE pronamespace = 'relevo'::regnamespace "
        "UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'relevo' "
        "UNION ALL SELECT concat_ws(' ', c.oid::regclass, pg_get_expr(c.relpartbound, c.oid), "
        "c.reltablespace, am.amname) "
        "FROM pg_class c JOIN pg_am am ON am.oid = c.relam WHERE relnamespace = 'relevo'::regnamespace "
        "UNION ALL SELECT concat_ws(' ', attrelid::regclass, attname, atttypid::regtype, attnotnull, "
        "attcollation::regcollation, attcompression) FROM pg_attribute a "
        "JOIN pg_class c ON c.oid = attrelid WHERE relnamespace = 'relevo'::regnamespace "
        "UNION ALL SELECT concat_ws(' ', conrelid::regclass, pg_get_constraintdef(oid)) FROM pg_constraint "
        "WHERE connamespace = 'relevo'::regnamespace) l");
    cr_assert_eq(PQresultStatus(result), PGRES_TUPLES_OK, "%s", PQresultErrorMessage(result));
    snprintf(text_r, size, "%s", PQgetvalue(result, 0, 0));
    PQclear(result);
}

static void migrate_under(size_t which, char *text_r, size_t size)
{
    struct postgres_world postgres;
    int applied;
    char *sentence;
    postgres_open_database(&postgres, false);
    shadow(&postgres);
    if (which < ARRAY_COUNT(hostile))
        set_all(&postgres, which);
    enum job_result result = migrate_run(
        &(struct migrate_options){.conninfo = postgres.conninfo, .wait_ms = 10000}, &applied, &sentence);
    cr_assert_eq(result, JOB_DONE, "%zu: %s", which, sentence);
    describe(&postgres, text_r, size);
    postgres_close(&postgres);
}

Test(store_settings, migrates_to_the_same_under_any_settings)
{
    char usual[64], other[64];
    migrate_under(ARRAY_COUNT(hostile), usual, sizeof(usual));
    for (size_t i = 0; i < ARRAY_COUNT(hostile); i++) {
        migrate_under(i, other, sizeof(other));
        cr_assert_str_eq(other, usual, "%zu", i);
    }
}

Test(store_settings, those_that_may_lose_commits_are_refused_by_name)
{
    struct text *off = text_create(bytes_of_string("off"));
    struct text *on = text_create(bytes_of_string("on"));
    const struct fitness good = {.fsync = on,
                                 .full_page_writes = on,
                                 .synchronous_commit = on,
                                 .zero_damaged_pages = off,
                                 .ignore_checksum_failure = off};
    struct fitness bad[] = {good, good, good, good, good};
    const char *const says[] = {"fsync = off", "full_page_writes = off", "synchronous_commit = off",
                                "zero_damaged_pages = on", "ignore_checksum_failure = on"};
    char sentence[256];
    bad[0].fsync = bad[1].full_page_writes = bad[2].synchronous_commit = off;
    bad[3].zero_damaged_pages = bad[4].ignore_checksum_failure = on;
    cr_assert(fitness_judge_aspect(&good, FITNESS_DURABILITY, sentence, sizeof(sentence)));
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        cr_assert_not(fitness_judge_aspect(&bad[i], FITNESS_DURABILITY, sentence, sizeof(sentence)));
        cr_assert(strstr(sentence, says[i]) != NULL, "%s", sentence);
    }
    text_unref(&off);
    text_unref(&on);
}
