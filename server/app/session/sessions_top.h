#ifndef RELEVO_APP_SESSION_SESSIONS_TOP_H
#define RELEVO_APP_SESSION_SESSIONS_TOP_H

#include "app/session/lag.h"
#include "base/address.h"
#include "base/bytes.h"
#include "base/ranking.h"
#include "core/role.h"

/* Which clients are busy, and which are behind, for an operator who asks. */

struct sessions;

/* A person, an automation or a channel. */
struct top_person {
    struct bytes workspace;
    enum role role;
    struct bytes id;
    int connections;
    int64_t commands_per_ks;
};

/* A connection that is behind. The numbers are those of struct lag. */
struct top_connection {
    struct bytes workspace;
    enum role role;
    struct bytes id;
    struct bytes consumer; /* the name of its consumer; empty: it is a dashboard */
    struct address from;
    int64_t lag_ms;
    int64_t lag_seqs;
};

/* The principals with the most commands; the connections that are furthest behind in time. They return how
 * many entries they wrote. The strings are borrowed, and valid until a session changes. */
size_t sessions_top_persons(const struct sessions *sessions, struct top_person top[RANKING_ROOM]);
size_t sessions_top_dashboards(const struct sessions *sessions, struct top_connection top[RANKING_ROOM]);
size_t sessions_top_consumers(const struct sessions *sessions, struct top_connection top[RANKING_ROOM]);

/* The largest lags of all dashboards, and of all consumers; *count_r is how many consumers can have a lag. */
struct lag sessions_dashboards_lag(const struct sessions *sessions);
struct lag sessions_consumers_lag(const struct sessions *sessions, size_t *count_r);

#endif
