#include "store/follow.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "store/conninfo.h"
#include "store/question.h"
#include "store/statement.h"

enum { SENTENCE_SIZE = 512 };

#define FIND_SQL                                                                                             \
    "SELECT w.id, h.last_seq FROM relevo.workspace w "                                                       \
    "JOIN relevo.workspace_head h ON h.workspace_id = w.id WHERE w.name = $1::text"

struct follow {
    PGconn *pg;
    int64_t workspace_id;
};

/* The first line of what libpq has to say. */
static char *sentence_make(const char *what, const char *message)
{
    char sentence[SENTENCE_SIZE];
    snprintf(sentence, sizeof(sentence), "%s: %.*s", what, (int)strcspn(message, "\n"), message);
    return alloc_string(sentence, strlen(sentence));
}

static enum follow_result refuse(const char *sentence, char **sentence_r)
{
    *sentence_r = alloc_string(sentence, strlen(sentence));
    return FOLLOW_REFUSED;
}

/* No such relation, no such column, no such schema. */
static bool is_unmigrated(const PGresult *result)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    return sqlstate != NULL && (strcmp(sqlstate, "42P01") == 0 || strcmp(sqlstate, "42703") == 0 ||
                                strcmp(sqlstate, "3F000") == 0);
}

static enum follow_result judge(const PGresult *result, char **sentence_r)
{
    if (PQresultStatus(result) == PGRES_TUPLES_OK)
        return FOLLOW_OK;
    if (is_unmigrated(result))
        return refuse("the database's schema is not what this version needs: run `relevo migrate` first",
                      sentence_r);
    *sentence_r = sentence_make("reading the log failed", PQresultErrorMessage(result));
    return FOLLOW_FAILED;
}

static enum follow_result follow_find(struct follow *follow, const char *workspace, int64_t *last_seq_r,
                                      char **sentence_r)
{
    PGresult *result = PQexecParams(follow->pg, FIND_SQL, 1, NULL, &workspace, NULL, NULL, 0);
    enum follow_result judged = judge(result, sentence_r);
    if (judged == FOLLOW_OK && PQntuples(result) == 0) {
        judged = refuse("nobody has come to a workspace of this name so far", sentence_r);
    } else if (judged == FOLLOW_OK) {
        follow->workspace_id = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
        *last_seq_r = strtoll(PQgetvalue(result, 0, 1), NULL, 10);
    }
    PQclear(result);
    return judged;
}

enum follow_result follow_open(const char *conninfo, const char *workspace, struct follow **follow_r,
                               int64_t *last_seq_r, char **sentence_r)
{
    const char *const keywords[] = {"connect_timeout", "gssencmode",      "fallback_application_name",
                                    "dbname",          "client_encoding", NULL};
    const char *const values[] = {"5", "disable", "relevo tail", conninfo, "UTF8", NULL};
    struct follow *follow = alloc_zeroed(sizeof(*follow));
    *follow_r = follow;
    *sentence_r = NULL;
    if (!conninfo_is_readable(conninfo))
        return refuse(CONNINFO_SENTENCE, sentence_r);
    follow->pg = PQconnectdbParams(keywords, values, 1);
    if (PQstatus(follow->pg) != CONNECTION_OK) {
        *sentence_r = sentence_make("the database cannot be reached", PQerrorMessage(follow->pg));
        return FOLLOW_FAILED;
    }
    PQclear(PQexec(follow->pg, statement_sql("listen"))); /* without it there is still the waiting's end */
    return follow_find(follow, workspace, last_seq_r, sentence_r);
}

enum follow_result follow_read(struct follow *follow, struct store_log *log, char **sentence_r)
{
    struct request request = {.kind = REQUEST_LOG, .log = log};
    const struct question *question = question_of(REQUEST_LOG);
    struct parameters parameters;
    *sentence_r = NULL;
    log->workspace_id = follow->workspace_id;
    parameters_init(&parameters);
    question->ask(&request, &parameters);
    parameters_end(&parameters);
    PGresult *result = PQexecParams(follow->pg, statement_sql(question->statement), parameters.count, NULL,
                                    parameters.values, parameters.lengths, parameters.formats, 1);
    parameters_finish(&parameters);
    enum follow_result judged = judge(result, sentence_r);
    if (judged == FOLLOW_OK)
        question->take(&request, result);
    PQclear(result);
    return judged;
}

void follow_wait(struct follow *follow, int64_t ms)
{
    struct pollfd wait = {.fd = PQsocket(follow->pg), .events = POLLIN};
    PGnotify *notify;
    poll(&wait, 1, (int)ms);
    PQconsumeInput(follow->pg); /* what is wrong with it, the next statement tells */
    while ((notify = PQnotifies(follow->pg)) != NULL)
        PQfreemem(notify);
}

void follow_close(struct follow **follow)
{
    if (*follow == NULL)
        return;
    PQfinish((*follow)->pg);
    free(*follow);
    *follow = NULL;
}
