/* What an append costs PostgreSQL: alone and in a batch, beside one statement that does as much of it as a
 * server would that only keeps rows and a log: it locks the workspace, upserts the row, adds to the log. */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/support/appender.h"
#include "bench/support/process.h"

enum { ROUNDS = 5, SECONDS = 3, CONVERSATIONS = 1024 };

static const char plain_tables[] =
    "CREATE TABLE plain_head (workspace_id bigint PRIMARY KEY, last_seq bigint NOT NULL) WITH (fillfactor = "
    "20);"
    "CREATE TABLE plain_row (workspace_id bigint, id text, seq bigint NOT NULL, list smallint NOT NULL,"
    " assignee text, pause_until timestamptz, unread bigint NOT NULL, received bigint NOT NULL,"
    " preview text NOT NULL, last_at timestamptz NOT NULL, PRIMARY KEY (workspace_id, id)) WITH (fillfactor "
    "= 85);"
    "CREATE TABLE plain_log (workspace_id bigint, seq bigint, at timestamptz NOT NULL, command_id uuid NOT "
    "NULL,"
    " id text NOT NULL, action text NOT NULL, actor text NOT NULL, body text, PRIMARY KEY (workspace_id, "
    "seq));"
    "INSERT INTO plain_head VALUES (1, 0)";

static const char plain_statement[] =
    "WITH head AS (UPDATE plain_head SET last_seq = last_seq + 1 WHERE workspace_id = 1 RETURNING last_seq),"
    " said AS (INSERT INTO plain_row AS r SELECT 1, $1, last_seq, 0, NULL, NULL, 1, 1, left($2, 200), now() "
    "FROM head"
    " ON CONFLICT (workspace_id, id) DO UPDATE SET seq = excluded.seq, unread = r.unread + 1,"
    " received = r.received + 1, preview = excluded.preview, last_at = excluded.last_at RETURNING seq)"
    " INSERT INTO plain_log SELECT 1, seq, now(), gen_random_uuid(), $1, 'contact_message', 'web', $2 FROM "
    "said"
    " RETURNING seq";

static void must_be(PGresult *result, ExecStatusType status)
{
    if (PQresultStatus(result) != status) {
        fprintf(stderr, "bench: %s", PQresultErrorMessage(result));
        exit(1);
    }
    PQclear(result);
}

/* One statement after the other, on one connection. */
static double measure_plain(double *database_us_r)
{
    uint64_t count = 0;
    int64_t before_ns = process_database_cpu_ns();
    PGconn *connection = PQconnectdb("");
    must_be(PQexec(connection, plain_tables), PGRES_COMMAND_OK);
    must_be(PQprepare(connection, "plain", plain_statement, 0, NULL), PGRES_COMMAND_OK);
    int64_t until_ns = now_ns() + SECONDS * INT64_C(1000000000);
    for (; now_ns() < until_ns; count++) {
        char id[32];
        snprintf(id, sizeof(id), "c0-%d", (int)(count % CONVERSATIONS));
        const char *values[] = {id, "Is it still available?"};
        must_be(PQexecPrepared(connection, "plain", 2, values, NULL, NULL, 1), PGRES_TUPLES_OK);
    }
    PQfinish(connection);
    *database_us_r = (double)(process_database_cpu_ns() - before_ns) / 1000 / (double)count;
    return (double)count / SECONDS;
}

static void compare(int workspaces, int batch)
{
    double per_s[ROUNDS], us[ROUNDS], plain_per_s[ROUNDS], plain_us[ROUNDS], ratios[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        process_create_database();
        per_s[i] = appender_measure_database(workspaces, batch, SECONDS, &us[i]);
        plain_per_s[i] = measure_plain(&plain_us[i]);
        ratios[i] = us[i] / plain_us[i];
        process_drop_database();
    }
    double ratio = median(ratios, ROUNDS);
    printf(
        "append workspaces=%d batch=%d per_s=%.0f database_us=%.1f plain_per_s=%.0f plain_us=%.1f ratio=%.2f "
        "(%.2f to %.2f)\n",
        workspaces, batch, median(per_s, ROUNDS), median(us, ROUNDS), median(plain_per_s, ROUNDS),
        median(plain_us, ROUNDS), ratio, ratios[0], ratios[ROUNDS - 1]);
}

int main(void)
{
    compare(1, 1);
    compare(1, 128);
    compare(50, 100);
    return 0;
}
