#include <criterion/criterion.h>

#include "store/sql.h"
#include "support/leak.h"
#include "support/postgres_world.h"

/* What looking up costs a real PostgreSQL, and what becomes of it where that takes too long. */

enum { CONVERSATIONS = 3000 };

/* Contacts who are known by their numbers only: id and name are the same, and begin alike. */
static int64_t fill(struct postgres_world *postgres)
{
    char sql[1024];
    int64_t workspace_id = world_workspace(&postgres->world, "w");
    snprintf(sql, sizeof(sql),
             "INSERT INTO relevo.conversation (workspace_id, seq, version, list_seq, pause_seq, received, "
             "sent, unread, "
             "list, pause, delivery, preview_role, preview_at, last_action, last_role, last_by, last_at, "
             "automation_enabled, bot_blocked, held, id, channel, name, preview, contact_seq) "
             "SELECT %lld, n, 1, n, 0, n, 0, 0, 1, 0, 0, %d, now(), %d, %d, 'ana', now(), true, false, true, "
             "(34600000000 + n)::text, 'web', (34600000000 + n)::text, '', n FROM generate_series(1, %d) n",
             (long long)workspace_id, ROLE_CHANNEL, ACTION_REOPEN, ROLE_AGENT, CONVERSATIONS);
    postgres_do(postgres, sql);
    return workspace_id;
}

struct asked {
    struct store_find find;
    bool is_done;
};

static void find_done(struct store_request *request)
{
    CONTAINER_OF(request, struct asked, find.request)->is_done = true;
}

static void ask(struct postgres_world *postgres, struct asked *asked, int64_t workspace_id, const char *text)
{
    struct store *store = postgres->world.stores[0];
    asked->is_done = false;
    asked->find = (struct store_find){.request = {.kind = STORE_FIND, .done = find_done},
                                      .workspace_id = workspace_id,
                                      .text = bytes_of_string(text),
                                      .limit = LIMIT_FIND_ROWS};
    store->ops->ask(store, &asked->find.request);
}

static void wait_for(struct postgres_world *postgres, const struct asked *asked)
{
    while (!asked->is_done)
        postgres->world.turn(&postgres->world);
}

/* How many rows of conversations the statement fetches: in one transaction, as its own counters say. */
static int64_t count_fetched(struct postgres_world *postgres, const char *statement,
                             const char *const *values, int count)
{
    postgres_do(postgres, "BEGIN; SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off");
    static const char fetched[] =
        "SELECT idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'conversation'";
    int64_t before = postgres_ask(postgres, fetched);
    PGresult *result =
        PQexecParams(postgres->admin, sql_statement(statement), count, NULL, values, NULL, NULL, 0);
    cr_assert_eq(PQresultStatus(result), PGRES_TUPLES_OK, "%s", PQresultErrorMessage(result));
    cr_assert_gt(PQntuples(result), 0);
    PQclear(result);
    int64_t after = postgres_ask(postgres, fetched);
    postgres_do(postgres, "COMMIT");
    return after - before;
}

TestSuite(store_lookups, .fini = end_without_leak);

Test(store_lookups, find_reads_no_more_rows_than_it_may_return_of_each_kind)
{
    struct postgres_world postgres;
    char workspace[24];
    postgres_open(&postgres);
    snprintf(workspace, sizeof(workspace), "%lld", (long long)fill(&postgres));
    static const char *const texts[] = {"3", "34600", "3460000000", "34600000017"};
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        const char *const values[] = {workspace, texts[i], "21"};
        cr_assert_leq(count_fetched(&postgres, "find", values, 3), 2 * 21, "\"%s\"", texts[i]);
    }
    postgres_close(&postgres);
}

/* The function by which names are found sleeps for one text. */
static void make_slow(struct postgres_world *postgres)
{
    postgres_do(
        postgres,
        "CREATE OR REPLACE FUNCTION relevo.fold(name text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS "
        "$$BEGIN IF name = 'slow' THEN PERFORM pg_catalog.pg_sleep(60); END IF; RETURN lower(name); END$$");
}

Test(store_lookups, what_takes_too_long_is_given_up_and_said_to_be_slow)
{
    struct postgres_world postgres;
    struct asked slow;
    struct asked next;
    postgres_open(&postgres);
    int64_t workspace_id = fill(&postgres);
    make_slow(&postgres);
    ask(&postgres, &slow, workspace_id, "slow");
    wait_for(&postgres, &slow);
    cr_assert_eq(slow.find.request.outcome, STORE_SLOW);
    cr_assert_null(slow.find.rows);
    cr_assert_eq(postgres.world.downs, 0);
    ask(&postgres, &next, workspace_id, "34600000017");
    wait_for(&postgres, &next);
    cr_assert_eq(next.find.request.outcome, STORE_OK);
    cr_assert_eq(next.find.rows_count, 1);
    store_request_finish(&slow.find.request);
    store_request_finish(&next.find.request);
    postgres_close(&postgres);
}

Test(store_lookups, while_one_takes_long_others_are_answered)
{
    struct postgres_world postgres;
    struct asked slow;
    struct asked quick;
    postgres_open(&postgres);
    int64_t workspace_id = fill(&postgres);
    make_slow(&postgres);
    ask(&postgres, &slow, workspace_id, "slow");
    ask(&postgres, &quick, workspace_id, "34600000017");
    wait_for(&postgres, &quick);
    cr_assert_eq(quick.find.request.outcome, STORE_OK);
    store_request_finish(&quick.find.request);
    cr_assert_not(slow.is_done);
    wait_for(&postgres, &slow);
    store_request_finish(&slow.find.request);
    postgres_close(&postgres);
}

/* One connection for look-ups is enough; without any they wait for the next. */
Test(store_lookups, go_on_over_the_other_connection_where_one_is_lost)
{
    struct postgres_world postgres;
    struct asked asked;
    postgres_open(&postgres);
    int64_t workspace_id = fill(&postgres);
    postgres_do(&postgres, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                           "WHERE datname = current_database() AND application_name = 'relevo lookup 1'");
    do {
        ask(&postgres, &asked, workspace_id, "34600000017");
        wait_for(&postgres, &asked);
    } while (asked.find.request.outcome == STORE_AWAY);
    cr_assert_eq(asked.find.request.outcome, STORE_OK);
    cr_assert_eq(postgres.world.downs, 0);
    store_request_finish(&asked.find.request);
    postgres_close(&postgres);
}
