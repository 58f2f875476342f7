#include "store/revoke.h"

#include <stdlib.h>

#include "store/errand_private.h"

#define REVOKE_SQL                                                                                           \
    "SELECT floor(extract(epoch FROM relevo.revoke_1($1::text, $2::text)) * 1000)::bigint, "                 \
    "EXISTS (SELECT FROM relevo.workspace WHERE name = $1::text)"

static enum errand_result revoke_do(struct errand *errand, const char *workspace, const char *id,
                                    struct revoke_report *report_r)
{
    const char *const parameters[] = {workspace, id};
    PGresult *result = PQexecParams(errand->pg, REVOKE_SQL, 2, NULL, parameters, NULL, NULL, 0);
    enum errand_result revoked = errand_judge(errand, "revoking", result);
    if (revoked == ERRAND_DONE) {
        report_r->at_ms = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
        report_r->has_workspace = *PQgetvalue(result, 0, 1) == 't';
    }
    PQclear(result);
    return revoked;
}

enum errand_result revoke_run(const char *conninfo, const char *workspace, const char *id,
                              struct revoke_report *report_r, char **sentence_r)
{
    struct errand errand;
    enum errand_result revoked =
        errand_begin(&errand, &(struct errand_options){.conninfo = conninfo, .name = "relevo revoke"});
    if (revoked == ERRAND_DONE)
        revoked = revoke_do(&errand, workspace, id, report_r);
    *sentence_r = errand_sentence(&errand, revoked);
    errand_end(&errand);
    return revoked;
}
