#include "store/revoke.h"

#include <stdlib.h>

#include "store/job_private.h"

#define REVOKE_SQL                                                                                           \
    "SELECT floor(extract(epoch FROM relevo.revoke_1($1::text, $2::text)) * 1000)::bigint, "                 \
    "EXISTS (SELECT FROM relevo.workspace WHERE name = $1::text)"

static enum job_result revoke_do(struct job *job, const char *workspace, const char *id,
                                 struct revoke_report *report_r)
{
    const char *const parameters[] = {workspace, id};
    PGresult *result = PQexecParams(job->pg, REVOKE_SQL, 2, NULL, parameters, NULL, NULL, 0);
    enum job_result revoked = job_judge(job, "revoking", result);
    if (revoked == JOB_DONE) {
        report_r->at_ms = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
        report_r->has_workspace = *PQgetvalue(result, 0, 1) == 't';
    }
    PQclear(result);
    return revoked;
}

enum job_result revoke_run(const char *conninfo, const char *workspace, const char *id,
                           struct revoke_report *report_r, char **sentence_r)
{
    struct job job;
    enum job_result revoked =
        job_begin(&job, &(struct job_options){.conninfo = conninfo, .name = "relevo revoke"});
    if (revoked == JOB_DONE)
        revoked = revoke_do(&job, workspace, id, report_r);
    *sentence_r = job_sentence(&job, revoked);
    job_end(&job);
    return revoked;
}
