#ifndef RELEVO_APP_SESSION_LAG_H
#define RELEVO_APP_SESSION_LAG_H

#include <stdbool.h>
#include <stdint.h>

/* How far a client is behind the log that this node knows. */

struct session;

struct lag {
    int64_t seqs; /* committed transitions that the client has not had */
    /* How long ago the first of them was committed, in milliseconds of the database's clock; 0: there is
     * none. */
    int64_t ms;
};

/* Whether the session can be behind: it is LIVE, its workspace is ready, and it is a dashboard or has a
 * consumer. */
bool session_has_lag(const struct session *session);

/* How far the session is behind; session_has_lag must be true. For a dashboard: what it has not been told
 * since its first screen began. What the first screen still has to tell of the past is no lag. For a
 * consumer: what it has not acknowledged. */
struct lag session_lag(const struct session *session);

#endif
