#include "store/job_tail.h"

#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include "protocol/limits.h"
#include "store/job_private.h"
#include "store/notice.h"
#include "store/sql.h"
#include "store/statement.h"

#define FIND_SQL                                                                                             \
    "SELECT w.id, h.last_seq FROM relevo.workspace w "                                                       \
    "JOIN relevo.workspace_head h ON h.workspace_id = w.id WHERE w.name = $1::text"

struct job_tail {
    struct job job;
    int64_t workspace_id;
    int64_t said_ms; /* when it has last said that it is there, on the monotonic clock */
};

/* To nodes it is company: alone, one would tell nothing (store/company.h). */
static void job_tail_say(struct job_tail *tail)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t now_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    if (tail->said_ms != 0 && now_ms < tail->said_ms + LIMIT_NODE_BEAT_MS)
        return;
    struct notice notice = {.size = 0};
    struct parameters parameters;
    notice_add_here(&notice);
    parameters_init(&parameters);
    parameters_add_text(&parameters, notice_bytes(&notice));
    parameters_end(&parameters, NULL);
    PQclear(PQexecParams(tail->job.pg, sql_statement("notify"), parameters.count, NULL, parameters.values,
                         parameters.lengths, parameters.formats, 1));
    parameters_finish(&parameters);
    tail->said_ms = now_ms;
}

static enum job_result job_tail_find(struct job_tail *tail, const char *workspace, int64_t *last_seq_r)
{
    struct job *job = &tail->job;
    PGresult *result = PQexecParams(job->pg, FIND_SQL, 1, NULL, &workspace, NULL, NULL, 0);
    enum job_result found = job_judge(job, "finding the workspace", result);
    if (found == JOB_DONE && PQntuples(result) == 0) {
        found = job_say(job, JOB_REFUSED, "nobody has come to a workspace of this name so far");
    } else if (found == JOB_DONE) {
        tail->workspace_id = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
        *last_seq_r = strtoll(PQgetvalue(result, 0, 1), NULL, 10);
    }
    PQclear(result);
    return found;
}

enum job_result job_tail_open(const char *conninfo, const char *workspace, struct job_tail **tail_r,
                              int64_t *last_seq_r, char **sentence_r)
{
    struct job_tail *tail = alloc_zeroed(sizeof(*tail));
    enum job_result opened =
        job_begin(&tail->job,
                  &(struct job_options){
                      .conninfo = conninfo, .name = "relevo tail", .only_reads = true, .is_unproven = true});
    if (opened == JOB_DONE) {
        PQclear(
            PQexec(tail->job.pg, sql_statement("listen"))); /* without it there is still the waiting's end */
        job_tail_say(tail);
        opened = job_tail_find(tail, workspace, last_seq_r);
    }
    *sentence_r = job_sentence(&tail->job, opened);
    *tail_r = tail;
    return opened;
}

enum job_result job_tail_read(struct job_tail *tail, struct store_log *log, char **sentence_r)
{
    const struct statement *statement = statement_of(STORE_LOG);
    struct parameters parameters;
    log->request.kind = STORE_LOG;
    log->workspace_id = tail->workspace_id;
    parameters_init(&parameters);
    statement->ask(&log->request, &parameters);
    parameters_end(&parameters, NULL);
    PGresult *result = PQexecParams(tail->job.pg, sql_statement(statement->name), parameters.count, NULL,
                                    parameters.values, parameters.lengths, parameters.formats, 1);
    parameters_finish(&parameters);
    enum job_result read = job_judge(&tail->job, "reading the log", result);
    if (read == JOB_DONE)
        statement->take(&log->request, result);
    PQclear(result);
    *sentence_r = job_sentence(&tail->job, read);
    return read;
}

void job_tail_wait(struct job_tail *tail, int64_t ms)
{
    struct pollfd wait = {.fd = PQsocket(tail->job.pg), .events = POLLIN};
    PGnotify *notify;
    job_tail_say(tail);
    poll(&wait, 1, (int)ms);
    PQconsumeInput(tail->job.pg); /* what is wrong with it, the next statement tells */
    while ((notify = PQnotifies(tail->job.pg)) != NULL)
        PQfreemem(notify);
}

void job_tail_close(struct job_tail **tail)
{
    if (*tail == NULL)
        return;
    job_end(&(*tail)->job);
    free(*tail);
    *tail = NULL;
}
