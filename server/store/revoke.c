#include "store/revoke.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "store/conninfo.h"

enum { SENTENCE_SIZE = 512 };

#define REVOKE_SQL                                                                                           \
    "SELECT floor(extract(epoch FROM relevo.revoke_1($1::text, $2::text)) * 1000)::bigint, "                 \
    "EXISTS (SELECT FROM relevo.workspace WHERE name = $1::text)"

/* The first line of what libpq has to say. */
static char *sentence_make(const char *what, const char *message)
{
    char sentence[SENTENCE_SIZE];
    snprintf(sentence, sizeof(sentence), "%s: %.*s", what, (int)strcspn(message, "\n"), message);
    return alloc_string(sentence, strlen(sentence));
}

static enum revoke_result revoke_judge(const PGresult *result, struct revoke_report *report_r,
                                       char **sentence_r)
{
    static const char unmigrated[] =
        "the database's schema has no revocations yet: run `relevo migrate` first";
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    if (PQresultStatus(result) == PGRES_TUPLES_OK) {
        report_r->at_ms = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
        report_r->has_workspace = *PQgetvalue(result, 0, 1) == 't';
        return REVOKE_DONE;
    }
    /* No such function, no such schema. */
    if (sqlstate != NULL && (strcmp(sqlstate, "42883") == 0 || strcmp(sqlstate, "3F000") == 0)) {
        *sentence_r = alloc_string(unmigrated, strlen(unmigrated));
        return REVOKE_REFUSED;
    }
    *sentence_r = sentence_make("revoking failed", PQresultErrorMessage(result));
    return REVOKE_FAILED;
}

enum revoke_result revoke_run(const char *conninfo, const char *workspace, const char *id,
                              struct revoke_report *report_r, char **sentence_r)
{
    const char *const keywords[] = {
        "connect_timeout", "gssencmode", "target_session_attrs", "fallback_application_name", "dbname",
        "client_encoding", NULL};
    const char *const values[] = {"5", "disable", "read-write", "relevo revoke", conninfo, "UTF8", NULL};
    const char *const parameters[] = {workspace, id};
    enum revoke_result revoked = REVOKE_FAILED;
    PGresult *result = NULL;
    *sentence_r = NULL;
    if (!conninfo_is_readable(conninfo)) {
        *sentence_r = alloc_string(CONNINFO_SENTENCE, strlen(CONNINFO_SENTENCE));
        return REVOKE_REFUSED;
    }
    PGconn *pg = PQconnectdbParams(keywords, values, 1);
    if (PQstatus(pg) != CONNECTION_OK) {
        *sentence_r = sentence_make("the database cannot be reached", PQerrorMessage(pg));
        goto out;
    }
    result = PQexecParams(pg, REVOKE_SQL, 2, NULL, parameters, NULL, NULL, 0);
    revoked = revoke_judge(result, report_r, sentence_r);
out:
    PQclear(result);
    PQfinish(pg);
    return revoked;
}
