#ifndef RELEVO_APP_SESSION_SESSIONS_TOP_H
#define RELEVO_APP_SESSION_SESSIONS_TOP_H

#include "app/session/lag.h"
#include "base/address.h"
#include "base/bytes.h"
#include "base/ranking.h"
#include "core/role.h"

/* Who of all clients is busy, and who is behind, for an operator who asks. */

struct sessions;

/* A person, an automation or a channel. */
struct top_person {
    struct bytes workspace;
    enum role role;
    struct bytes id;
    int connections;
    int64_t commands_per_ks;
};

/* A connection that is behind. */
struct top_connection {
    struct bytes workspace;
    enum role role;
    struct bytes id;
    struct bytes consumer; /* the name of its place; empty: a dashboard's */
    struct address from;
    int64_t lag_ms;
    int64_t lag_seqs;
};

/* Those with the most commands; those that have been behind for longest. Return how many there are. The
 * strings are borrowed, until the hub is called again. */
size_t sessions_top_persons(const struct sessions *sessions, struct top_person top[RANKING_ROOM]);
size_t sessions_top_dashboards(const struct sessions *sessions, struct top_connection top[RANKING_ROOM]);
size_t sessions_top_consumers(const struct sessions *sessions, struct top_connection top[RANKING_ROOM]);

/* The largest lags of all; and how many consumers can have one. */
struct lag sessions_dashboards_lag(const struct sessions *sessions);
struct lag sessions_consumers_lag(const struct sessions *sessions, size_t *count_r);

#endif
