#ifndef RELEVO_APP_SESSION_LAG_H
#define RELEVO_APP_SESSION_LAG_H

#include <stdbool.h>
#include <stdint.h>

/* How far a client is behind the log that this node knows. */

struct session;

struct lag {
    int64_t seqs; /* committed transitions that it has not had; */
    int64_t ms; /* how long ago the first of them was committed, by the database's clock; 0: there is none */
};

/* Whether it is one that can be behind: a dashboard, or a consumer, that has been welcomed in a workspace
 * that is ready. */
bool session_has_lag(const struct session *session);

/* A dashboard's: what it has not been told. What a first screen still has to tell of the past is no lag: only
 * what has happened since it began. A consumer's: what it has not acknowledged. */
struct lag session_lag(const struct session *session);

#endif
