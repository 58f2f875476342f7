#ifndef RELEVO_STORE_MIGRATE_H
#define RELEVO_STORE_MIGRATE_H

#include <stddef.h>
#include <stdint.h>

#include "store/job.h"

/* Brings a database's schema to what this server needs. The migrations travel inside the binary
 * (sql/migrations): each is carried out once, in order, in a transaction of its own, and recorded with the
 * SHA-256 of its file. REFUSED is a database that this server may not change. */

struct migrate_options {
    const char *conninfo;
    /* The role that serves (sql/migrations/0001_relevo.sql); NULL: nobody but the owner. */
    const char *grant_to;
    int retain_days; /* what of the log is older goes, 7 or more; 0: it is kept for ever */
    int64_t wait_ms; /* at most, for another one who is migrating */
};

/* Also makes the partitions that are missing, and writes down how long the log is kept. Blocks. *applied_r
 * migrations were carried out now. `sentence_r` is to be freed with free(), NULL where it is done. */
MUST_USE enum job_result migrate_run(const struct migrate_options *options, int *applied_r,
                                     char **sentence_r);

/* As migrate_run, with other migrations than the binary's: for tests. */
struct sql_file;
MUST_USE enum job_result migrate_run_files(const char *conninfo, int64_t wait_ms,
                                           const struct sql_file *files, size_t count, int *applied_r,
                                           char **sentence_r);

#endif
