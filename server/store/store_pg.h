#ifndef RELEVO_STORE_STORE_PG_H
#define RELEVO_STORE_STORE_PG_H

#include <stdbool.h>

#include <uv.h>

#include "app/ports/store.h"
#include "base/histogram.h"

/* The port to what is durable (app/ports/store.h), kept by PostgreSQL. */

struct store_pg_options {
    /* A URL or key=value pairs, as libpq takes them; "" for the environment (PG*) alone. */
    const char *conninfo;
    int lanes;         /* connections that append, 1 to LIMIT_LANES; 0: as many as are usual */
    bool allow_unsafe; /* serve also where the server may lose what it has committed (fsync off …) */
    /* After which nodes that say nothing count as gone, and are told nothing; 0: LIMIT_NODE_SILENT_MS. */
    int64_t node_silent_ms;

    /* Called from the loop, once, if the database turns out to be one that cannot be served before it has
     * ever been up, and waiting will not change that: `sentence` says what is wrong and what would be right.
     * Nothing more is tried then. (Once it has been up, such trouble is logged and tried again, as is any
     * other.) */
    void (*unfit)(void *context, const char *sentence);
    void *context;
};

/* What it opens beside its lanes: a reader, two for look-ups, a loader and a notifier. (And one more for as
 * long as it is in doubt whether the database commits: store/commit_probe.h.) */
enum { STORE_PG_CONNECTIONS_BESIDE = 5 };

struct queue_stats {
    size_t count;
    int64_t oldest_us; /* for how long the first has waited; 0: there is none */
};

/* What the store counts, and how it stands. */
struct store_pg_stats {
    int lanes_down; /* not connected, with nothing under way */
    int lanes_free;
    int lanes_busy;
    int lanes_in_doubt; /* the connection was lost with a transaction under way, which is not settled yet */
    struct queue_stats appends;       /* that wait for a lane */
    struct queue_stats loads;         /* that wait for the loader */
    struct histogram commit_us;       /* from sending a transaction to its answer, where it was committed */
    struct histogram commit_commands; /* in one transaction */
    uint64_t commits_failed;          /* transactions that came to nothing */
    uint64_t commits_in_doubt;        /* transactions during which the connection was lost */
    struct histogram load_us;         /* a workspace's, from the first question to the last row */
    uint64_t loads_failed;
    uint64_t times_away; /* it was up, and was lost */
    bool is_accompanied; /* another node is there, as far as is known */
    /* Age of the oldest transaction under way, since it was first sent; 0: none is. */
    int64_t commit_oldest_us;
    const char *why_stuck; /* why nothing is committed, until the next turn; NULL: it is, as far as known */
};

/* A store that is not started. The options' strings are copied. */
struct store *store_pg_create(uv_loop_t *loop, const struct store_pg_options *options);

/* Connects, and from now on keeps connected. store->listener has been set. */
void store_pg_start(struct store *store);

/* Of this moment. */
struct store_pg_stats store_pg_stats(const struct store *store);

/* Lets go of everything: requests not answered yet are forgotten, nothing more is called. Run the loop until
 * it is empty of the store's handles, then destroy. */
void store_pg_stop(struct store *store);

/* After store_pg_stop, when the loop has closed the store's handles. NULL is fine; the caller's pointer is
 * nulled. */
void store_pg_destroy(struct store **store);

#endif
