#ifndef RELEVO_STORE_SESSION_H
#define RELEVO_STORE_SESSION_H

#include <stdbool.h>

/* How every session that we have is set up, before anything else is asked of it: those of a server and those
 * of errands. What the server, the database, the role or the connection string have set of what a session may
 * choose is set or undone (sql/statements/session.sql, defaults.sql). */

struct session_options {
    const char *isolation;         /* of its transactions: "read committed" … */
    const char *statement_timeout; /* of each statement: "10s" …; "0" for none */
    bool waits_for_standbys; /* commits wait as the database has them wait; else for its own disk only */
};

/* One statement, with its parameters as text. The first results are these, in their order. */
struct session_step {
    const char *sql;
    const char *values[3];
    int values_count;
};

enum {
    SESSION_STEP_TIME, /* without which a role's statement_timeout could end the others */
    SESSION_STEP_CHOICES,
    SESSION_STEP_DEFAULTS,
    SESSION_STEPS_COUNT,
};

/* The options' strings are borrowed. */
void session_plan(const struct session_options *options, struct session_step steps_r[SESSION_STEPS_COUNT]);

#endif
