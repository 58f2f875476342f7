#ifndef RELEVO_STORE_REVOKE_H
#define RELEVO_STORE_REVOKE_H

#include <stdbool.h>
#include <stdint.h>

#include "store/job.h"

/* Makes void every token that somebody has been issued up to now. Nodes hear of it by themselves
 * (app/session/revocations.h). */

struct revoke_report {
    int64_t at_ms;      /* by the database's clock: tokens issued up to then */
    bool has_workspace; /* somebody has come to this workspace before; else its name may be mistyped */
};

/* Blocks. `id` is that of a person, an automation or a channel. `sentence_r` is to be freed with free(), NULL
 * where it is done. */
MUST_USE enum job_result revoke_run(const char *conninfo, const char *workspace, const char *id,
                                    struct revoke_report *report_r, char **sentence_r);

#endif
