#ifndef RELEVO_TESTS_STORE_PLANS_H
#define RELEVO_TESTS_STORE_PLANS_H

#include "postgres_world.h"

/* How PostgreSQL carries out the statements of sql/statements, and those in the functions that they call: as
 * its auto_explain tells of what runs. */

/* A session that behaves as those of the stores do. */
struct plans {
    struct postgres_world *postgres;
    PGconn *pg;
    const char *state;     /* what the tables and their statistics are like now: the caller's to change */
    const char *statement; /* whose plans come */
};

/* Makes, for the session of the test's administrator: the table `plan`, and the view `line`, which says of
 * each state and statement how it looks into each of our tables, as "table by index (key, …)", and what else
 * reads more than it gives where it has such a table below it: sorts, aggregates, hash tables, joins with a
 * filter. */
void plans_open(struct plans *plans, struct postgres_world *postgres);
void plans_close(struct plans *plans);

/* Runs the statement, planned afresh, so that it changes nothing, and keeps its plans. Without parameters it
 * may be several. */
void plans_take(struct plans *plans, const char *statement, const char *const *parameters, int count);

#endif
