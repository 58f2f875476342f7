#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "store/sql.h"
#include "support/leak.h"
#include "support/plans.h"

/* Whatever the statistics say, every statement keeps to its keys: what it costs is told by what it asks for,
 * and never by how much there is. */

static char now_ms[24]; /* when there are partitions: others are left out as the statement runs */

/* A statement with parameters of each kind that makes it do something else. */
static const struct {
    const char *statement;
    const char *parameters[12];
} cases[] = {
    {"append_foreign", {"{1}", "{2}", "{9}", "{2026-01-01}", "0", "100", "8192"}},
    {"clock", {NULL}},
    {"consume", {"1", "3", "web", "new", "0", "-1", "0", "0", "0", "8"}},
    {"consume", {"1", "3", "o9", "n", "0", "1", "7", "0", "0", "8"}}, /* of another log, and so is its own */
    {"consume", {"1", "3", "o9", "n", "1", "2", "0", "0", "0", "8"}},
    {"create_workspace", {"new"}},
    {"defaults", {NULL}},
    {"due", {"1000", "100", "{7}"}},
    {"end_backend", {"0", "2000-01-01"}},
    {"find", {"1", "c1", "10"}},
    {"fitness", {NULL}},
    {"heads", {"{1,2}"}},
    {"history", {"1", "c1", "100", "0", "10", "false", "50", "1000"}},
    {"listen", {NULL}},
    {"listen_proof", {NULL}},
    {"load", {NULL}},
    {"load_begin", {"w1", "100", "100"}},
    {"log", {"1", "1", "", "100", "100", "1000", "7"}},
    {"logging", {NULL}},
    {"migrate_begin", {NULL}},
    {"notify", {"1"}},
    {"notify_proof", {"1"}},
    {"page", {"1", "1000", "10"}},
    {"place", {"1", "1", now_ms}},
    {"read", {"1", "c1"}},
    {"revocations", {"0", "10"}},
    {"room", {NULL}},
    {"schema", {NULL}},
    {"session", {"read committed", "0", "true"}},
    {"still", {NULL}},
    {"tend_partitions", {NULL}},
    {"try_begin", {NULL}},
    {"try_commit", {NULL}},
    {"try_undo", {NULL}},
};

struct look {
    const char *statement, *line;
};

/* All that a statement looks into, how, and what it does with more than it gives. */
static const struct look looks[] = {
    {"append", "workspace_head by workspace_head_pkey (workspace_id = ANY)"},
    {"append", "outcome by outcome_pkey (workspace_id =, command_id =, at >=, at <=)"},
    {"append", "Aggregate"}, /* of the outcomes found */
    {"append", "conversation by conversation_pkey (workspace_id =, id =)"},
    {"append", "agent by agent_pkey (workspace_id =, id =)"},
    {"append", "Tid Scan conversation"},
    {"append", "transition by transition_pkey (workspace_id =, seq =, at <=)"},
    {"append", "transition by transition_pkey (workspace_id = ANY, seq =, at =)"},
    {"append", "workspace_head by workspace_head_pkey (workspace_id =)"},
    {"append", "Tid Scan workspace_head"},
    {"append", "transition by transition_pkey (workspace_id =, seq =, at =)"},
    {"append_foreign", "workspace_head by workspace_head_pkey (workspace_id =)"},
    {"append_foreign", "transition by transition_pkey (workspace_id =, seq >, seq <=, at >=)"},
    {"append_foreign", "transition by transition_pkey (workspace_id =, seq =, at =)"},
    {"consume", "workspace_head by workspace_head_pkey (workspace_id =)"},
    {"consume", "consumer by consumer_pkey (workspace_id =, role =, owner =, name =)"},
    {"consume", "consumer by consumer_pkey (workspace_id =)"}, /* to count them */
    {"consume", "transition by transition_pkey (workspace_id =, seq =)"},
    {"consume", "transition by transition_pkey (workspace_id =)"}, /* the first */
    {"consume", "Aggregate"},
    {"due", "workspace_head by workspace_head_next_due (next_due <)"},
    {"due", "conversation by conversation_held (workspace_id =)"}, /* for when the next of its pauses ends */
    {"due", "Aggregate"},
    {"due", "workspace_head by workspace_head_pkey (workspace_id =)"},
    {"due", "workspace_head by workspace_head_pkey (workspace_id = ANY)"},
    {"due", "workspace by workspace_pkey (id =)"},
    {"due", "Sort [\"first_due\"]"},
    {"find", "conversation by conversation_pkey (workspace_id =, id >=, id <)"},
    {"find", "conversation by conversation_name (workspace_id =, name >=, name <)"},
    {"find", "Sort [\"part\", \"folded COLLATE \\\"C\\\"\", \"id COLLATE \\\"C\\\"\"]"}, /* twice the limit */
    {"heads", "workspace_head by workspace_head_pkey (workspace_id =)"},
    {"history", "conversation by conversation_pkey (workspace_id =, id =)"},
    {"history", "transition by transition_pkey (workspace_id =, seq =)"},
    {"history", "transition by transition_pkey (workspace_id =, seq =, at <=)"},
    {"history", "transition by transition_pkey (workspace_id =, seq =, at =)"},
    {"history", "Sort [\"steps\"]"},
    {"load", "workspace by workspace_pkey (id =)"},
    {"load", "workspace_head by workspace_head_pkey (workspace_id =)"},
    {"load", "transition by transition_pkey (workspace_id =, seq >)"},
    {"load", "transition by transition_pkey (workspace_id =, seq >=)"},
    {"load", "agent by agent_pkey (workspace_id =)"},
    {"load", "conversation by conversation_held (workspace_id =)"},
    {"load", "conversation by conversation_completed (workspace_id =)"},
    {"load", "conversation by conversation_pkey (workspace_id =, id =)"},
    {"load_begin", "workspace by workspace_name_key (name =)"},
    {"log", "workspace_head by workspace_head_pkey (workspace_id =)"},
    {"log", "transition by transition_pkey (workspace_id =, seq =)"},
    {"log", "transition by transition_pkey (workspace_id =, seq >, seq <=, at >=)"},
    {"log", "transition by transition_pkey (workspace_id =)"}, /* the first */
    {"page", "conversation by conversation_completed (workspace_id =, list_seq <)"},
    {"place", "transition by transition_pkey (workspace_id =, seq =, at =)"},
    {"read", "conversation by conversation_pkey (workspace_id =, id =)"},
    {"revocations", "revocation by revocation_number_key (number >)"},
    {"schema", "Seq Scan schema_version"}, /* a row for each migration */
    {"schema", "Aggregate"},
    {"tend_partitions", "Seq Scan retention"}, /* its only row */
    {"tend_partitions", "Sort [\"from_at\"]"}, /* of the partitions */
};

/* And what it may do besides. */
static const struct look seldom[] = {
    {"append", "Sort [\"item_group\"]"},
    {"load", "Sort [\"conversation_id COLLATE \\\"C\\\"\"]"}, /* of the last transitions */
    {"load", "Aggregate"},
    {"load", "Gather"},
};

/* To be done one after the other. */
static const struct {
    const char *name, *sql;
} states[] = {
    {"empty, never analysed", "SELECT public.fill(0, 0)"},
    {"empty", "SELECT public.empty(); VACUUM ANALYZE; SELECT public.fill(0, 0)"},
    {"small, analysed when empty", "SELECT public.fill(3, 30)"},
    {"small", "VACUUM ANALYZE"},
    {"large, analysed when empty", "SELECT public.empty(); VACUUM ANALYZE; SELECT public.fill(200, 30000)"},
    {"large", "VACUUM ANALYZE"},
    {"no outcome", "DELETE FROM relevo.outcome; VACUUM ANALYZE relevo.outcome"},
    {"one workspace has it all, analysed when many had",
     "SELECT public.empty(); SELECT public.fill(1, 30000)"},
    {"one workspace has it all", "VACUUM ANALYZE"},
    {"nothing held, all completed", "UPDATE relevo.conversation SET list = 2, held = false; VACUUM ANALYZE"},
    {"all held, analysed when nothing was", "UPDATE relevo.conversation SET list = 1, held = true"},
    {"all held", "VACUUM ANALYZE"},
    {"all completed, analysed when nothing was", "UPDATE relevo.conversation SET list = 2, held = false"},
    {"empty, analysed when full",
     "DELETE FROM relevo.conversation; DELETE FROM relevo.transition; DELETE FROM relevo.outcome;"
     "DELETE FROM relevo.agent; DELETE FROM relevo.consumer; DELETE FROM relevo.revocation; VACUUM"},
};

/* So many conversations (and transitions, and so on) in so many workspaces; the first is there in any case.
 */
static const char functions_sql[] =
    "CREATE FUNCTION public.empty() RETURNS void LANGUAGE sql AS $$ "
    "    TRUNCATE relevo.workspace, relevo.workspace_head, relevo.conversation, relevo.transition, "
    "             relevo.outcome, relevo.agent, relevo.consumer, relevo.revocation $$; "
    "CREATE FUNCTION public.fill(workspaces integer, size integer) RETURNS void LANGUAGE sql AS $$ "
    "    SELECT setval(pg_get_serial_sequence('relevo.workspace', 'id'), 1000000); "
    "    INSERT INTO relevo.workspace (id, name) OVERRIDING SYSTEM VALUE "
    "    SELECT n, 'w' || n FROM generate_series(1, greatest(1, workspaces)) n ON CONFLICT DO NOTHING; "
    "    INSERT INTO relevo.workspace_head (workspace_id, last_seq, next_due) "
    "    SELECT n, size / greatest(1, workspaces), now() + (n % 5 - 2) * interval '1 hour' "
    "    FROM generate_series(1, greatest(1, workspaces)) n ON CONFLICT DO NOTHING; "
    "    INSERT INTO relevo.conversation ( "
    "        workspace_id, seq, version, list_seq, pause_seq, received, sent, unread, list, pause, "
    "        delivery, preview_role, last_action, last_role, automation_enabled, bot_blocked, held, id, "
    "        channel, name, preview) "
    "    SELECT 1 + n % workspaces, n, 1, n, 0, n, 0, 0, n % 3, 0, "
    "        0, 3, 1, 1, true, false, n % 3 = 1, 'c' || n, 'web', 'Name of ' || n, 'preview' "
    "    FROM generate_series(1, size) n; "
    "    INSERT INTO relevo.transition ( "
    "        workspace_id, seq, at, command_id, before_seq, message, action, role, from_list, reported, "
    "        conversation_id, channel, name, list, list_seq, automation_enabled, pause, pause_seq, "
    "        bot_blocked, version, received, sent, unread, delivery, preview, preview_role, last_action, "
    "        last_role) "
    "    SELECT 1 + n % workspaces, 1 + n / workspaces, now(), gen_random_uuid(), n / workspaces, "
    "        0, 10, 3, 0, 0, 'c' || n, 'web', '', 0, 0, true, 0, 0, "
    "        false, 1, 1, 0, 0, 0, 'preview', 3, 10, 3 "
    "    FROM generate_series(1, size) n; "
    "    INSERT INTO relevo.outcome ( "
    "        workspace_id, command_id, fingerprint, seq, message, at, outcome, reason) "
    "    SELECT 1 + n % workspaces, gen_random_uuid(), n, 0, 0, now(), 1, 0 "
    "    FROM generate_series(1, size) n; "
    "    INSERT INTO relevo.agent (workspace_id, id, name, role, seq) "
    "    SELECT 1 + n % workspaces, 'a' || n, 'Ana', 1, 1 FROM generate_series(1, size) n; "
    "    INSERT INTO relevo.consumer (workspace_id, role, owner, name, acked_seq, acked_at) "
    "    SELECT 1 + n % workspaces, 3, 'o' || n, 'n', 1, now() FROM generate_series(1, size) n; "
    "    INSERT INTO relevo.revocation (workspace, agent, at) "
    "    SELECT 'w' || n, 'ana', now() FROM generate_series(1, size) n ON CONFLICT DO NOTHING $$; "
    "CREATE FUNCTION public.mentions(sql text) RETURNS bigint LANGUAGE sql RETURN ("
    "    SELECT count(*) FROM regexp_matches(regexp_replace(sql, '--[^\\n]*', '', 'g'), 'relevo\\.', 'g'))";

/* An array of these rows, of a type of ours. Stands until three more have been made. */
static const char *row_text(struct plans *plans, const char *type, const char *rows)
{
    static char texts[4][2048];
    static int taken;
    char sql[512], *text = texts[taken++ % (int)ARRAY_COUNT(texts)];
    snprintf(sql, sizeof(sql), "SELECT array_agg(r) FROM jsonb_populate_recordset(NULL::relevo.%s, '[%s]') r",
             type, rows);
    PGresult *result = PQexec(plans->postgres->admin, sql);
    cr_assert_eq(PQresultStatus(result), PGRES_TUPLES_OK, "%s", PQresultErrorMessage(result));
    snprintf(text, sizeof(texts[0]), "%s", PQgetvalue(result, 0, 0));
    PQclear(result);
    return text;
}

/* An append whose log is another than the database's: all its statements run, and find nothing to add. */
static void take_append(struct plans *plans)
{
    const char *const parameters[] = {
        "true",
        "{1}",
        "{99999999}",
        "{NULL}",
        row_text(plans, "append_1_item", "{\"workspace\": 1, \"item_group\": 1}"),
        row_text(plans, "append_1_transition",
                 "{\"workspace\": 1, \"item_group\": 1, \"action\": 16}, "
                 "{\"workspace\": 1, \"item_group\": 1, \"action\": 17, \"conversation_id\": \"c\", "
                 "\"replaces\": 0}"),
    };
    plans_take(plans, "append", parameters, ARRAY_COUNT(parameters));
}

static void take_all(struct plans *plans)
{
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        int count = 0;
        while (cases[i].parameters[count] != NULL)
            count++;
        plans_take(plans, cases[i].statement, count == 0 ? NULL : cases[i].parameters, count);
    }
    take_append(plans);
}

static void keep(struct postgres_world *postgres, const struct look *looks_kept, size_t count,
                 const char *is_seldom)
{
    for (size_t i = 0; i < count; i++) {
        const char *values[] = {looks_kept[i].statement, looks_kept[i].line, is_seldom};
        PQclear(PQexecParams(postgres->admin, "INSERT INTO look VALUES ($1, $2, $3)", 3, NULL, values, NULL,
                             NULL, 0));
    }
}

static void open_all(struct postgres_world *postgres, struct plans *plans)
{
    postgres_open_database(postgres, true);
    postgres_do(postgres, functions_sql);
    snprintf(now_ms, sizeof(now_ms), "%lld",
             (long long)postgres_ask(postgres, "SELECT floor(extract(epoch FROM now()) * 1000)"));
    plans_open(plans, postgres);
    postgres_do(postgres, "CREATE TEMP TABLE look (statement text, line text, is_seldom boolean)");
    keep(postgres, looks, ARRAY_COUNT(looks), "false");
    keep(postgres, seldom, ARRAY_COUNT(seldom), "true");
}

static void close_all(struct postgres_world *postgres, struct plans *plans)
{
    plans_close(plans);
    postgres_close(postgres);
}

/* Asserts that the query, for what should not be, gives nothing. */
static void assert_none(struct postgres_world *postgres, const char *sql)
{
    PGresult *result = PQexec(postgres->admin, sql);
    cr_assert_eq(PQresultStatus(result), PGRES_TUPLES_OK, "%s", PQresultErrorMessage(result));
    for (int i = 0; i < PQntuples(result); i++)
        cr_expect(false, "%s: %s", PQgetvalue(result, i, 0), PQgetvalue(result, i, 1));
    PQclear(result);
}

static void assert_all_keep_to_their_keys(struct postgres_world *postgres)
{
    assert_none(postgres, "SELECT statement, concat(line, ' where ', string_agg(DISTINCT state, '; ')) "
                          "FROM line LEFT JOIN look USING (statement, line) WHERE look IS NULL "
                          "GROUP BY statement, line");
}

TestSuite(store_plans, .fini = end_without_leak);

Test(store_plans, keep_to_their_keys_whatever_there_is_and_was_when_it_was_analysed)
{
    struct postgres_world postgres;
    struct plans plans;
    open_all(&postgres, &plans);
    for (size_t i = 0; i < ARRAY_COUNT(states); i++) {
        char sql[512], *rest;
        plans.state = states[i].name;
        snprintf(sql, sizeof(sql), "%s", states[i].sql);
        for (char *part = strtok_r(sql, ";", &rest); part != NULL; part = strtok_r(NULL, ";", &rest))
            postgres_do(&postgres, part); /* one by one: a VACUUM stands for itself */
        take_all(&plans);
    }
    assert_all_keep_to_their_keys(&postgres);
    close_all(&postgres, &plans);
}

/* Whose statistics are invented. */
static const char *const relations[] = {
    "workspace",
    "workspace_head",
    "conversation",
    "transition",
    "outcome",
    "agent",
    "consumer",
    "revocation",
    "conversation_pkey",
    "conversation_held",
    "conversation_completed",
    "conversation_name",
    "transition_pkey",
    "workspace_head_pkey",
    "workspace_head_next_due",
};

/* How many rows there are in a page, of all relations but one, and of that one: as pg_class says it. */
static void invent(struct plans *plans, const char *rows, const char *relation, const char *its_rows)
{
    static char state[128];
    char sql[1024];
    snprintf(state, sizeof(state), "%s rows in a page, %s %s", rows, relation, its_rows);
    plans->state = state;
    snprintf(sql, sizeof(sql),
             "UPDATE pg_class SET relpages = 2, "
             "reltuples = CASE regexp_replace(relname, '_\\d{8}', '') WHEN '%s' THEN %s ELSE %s END "
             "WHERE relnamespace = 'relevo'::regnamespace AND relkind IN ('r', 'i')",
             relation, its_rows, rows);
    postgres_do(plans->postgres, sql);
}

Test(store_plans, keep_to_their_keys_whatever_statistics_are_invented)
{
    struct postgres_world postgres;
    struct plans plans;
    open_all(&postgres, &plans);
    postgres_do(&postgres, "SELECT public.fill(200, 6000)");
    postgres_do(&postgres, "ANALYZE");
    for (size_t i = 0; i < ARRAY_COUNT(relations); i++) {
        invent(&plans, "0", relations[i], "1000000");
        take_all(&plans);
        invent(&plans, "1000000", relations[i], "0");
        take_all(&plans);
    }
    assert_all_keep_to_their_keys(&postgres);
    close_all(&postgres, &plans);
}

Test(store_plans, are_seen_of_every_statement)
{
    struct postgres_world postgres;
    struct plans plans;
    open_all(&postgres, &plans);
    plans.state = "empty";
    postgres_do(&postgres, "SELECT public.fill(0, 0)");
    take_all(&plans);
    for (size_t i = 0; i < sql_statements_count; i++) {
        bool is_seen = strcmp(sql_statements[i].name, "append") == 0;
        for (size_t j = 0; j < ARRAY_COUNT(cases); j++)
            is_seen |= strcmp(cases[j].statement, sql_statements[i].name) == 0;
        cr_expect(is_seen, "sql/statements/%s.sql has no parameters here", sql_statements[i].name);
    }
    assert_none(&postgres, "SELECT statement, line FROM look WHERE NOT is_seldom "
                           "EXCEPT SELECT statement, line FROM line");
    /* In each function as many looks into tables were seen as its text has: no branch was left out. */
    assert_none(&postgres,
                "SELECT f.proname, 'not all of it was run' "
                "FROM pg_proc f JOIN plan p ON p.plan->>'Query Text' LIKE '%relevo.' || f.proname || '(%' "
                "WHERE f.pronamespace = 'relevo'::regnamespace "
                "AND f.prosqlbody IS NULL AND f.proname !~ '^partitions_' "
                "AND public.mentions(f.prosrc) > 0 AND public.mentions(f.prosrc) IS DISTINCT FROM ("
                "    SELECT sum(public.mentions(q.text))"
                "    FROM (SELECT DISTINCT plan->>'Query Text' AS text FROM plan"
                "          WHERE statement = p.statement) q"
                "    WHERE q.text NOT LIKE '%relevo.' || f.proname || '(%') "
                "GROUP BY f.proname");
    close_all(&postgres, &plans);
}
