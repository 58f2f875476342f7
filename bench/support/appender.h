#ifndef RELEVO_BENCH_SUPPORT_APPENDER_H
#define RELEVO_BENCH_SUPPORT_APPENDER_H

#include <stdint.h>

/* The floor under the way to the database: contact messages appended straight through the store, with no
 * server, no socket and no decision in between. */

/* Committed commands a second, `batch` of them at a time over all `workspaces`, for so many seconds. */
double appender_measure(int workspaces, int batch, int seconds);

/* The same, and the processor time of PostgreSQL for each command. */
double appender_measure_database(int workspaces, int batch, int seconds, double *database_us_r);

/* How many transactions the present database has committed that added to the log. */
int64_t appender_transactions(void);

#endif
