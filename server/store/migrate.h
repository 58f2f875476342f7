#ifndef RELEVO_STORE_MIGRATE_H
#define RELEVO_STORE_MIGRATE_H

#include <stddef.h>
#include <stdint.h>

#include "store/errand.h"

/* Brings a database's schema to what this server needs. The migrations travel inside the binary
 * (sql/migrations): each is carried out once, in order, in a transaction of its own, and recorded with the
 * SHA-256 of its file. REFUSED is a database that this server may not change. */

/* The partitions are made so long ahead. */
enum { PARTITIONS_AHEAD_DAYS = 90 };

/* Also makes the partitions that are missing, and lets the role `grant_to` serve
 * (sql/migrations/0005_roles.sql; NULL: nobody but the owner). Blocks. Waits at most wait_ms for another one
 * who is migrating. *applied_r migrations were carried out now. `sentence_r` is to be freed with free(), NULL
 * where it is done. */
MUST_USE enum errand_result migrate_run(const char *conninfo, const char *grant_to, int64_t wait_ms,
                                        int *applied_r, char **sentence_r);

/* As migrate_run, with other migrations than the binary's: for tests. */
struct sql_file;
MUST_USE enum errand_result migrate_run_files(const char *conninfo, int64_t wait_ms,
                                              const struct sql_file *files, size_t count, int *applied_r,
                                              char **sentence_r);

/* The version of the schema that this server is made for: the number of its last migration. */
int migrate_version(void);

#endif
