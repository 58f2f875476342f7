#ifndef RELEVO_STORE_STORE_PG_PRIVATE_H
#define RELEVO_STORE_STORE_PG_PRIVATE_H

#include "protocol/limits.h"
#include "store/commit_probe.h"
#include "store/lane.h"
#include "store/loader.h"
#include "store/notifier.h"
#include "store/reader.h"
#include "store/store_pg.h"

enum { LOOKUPS = LIMIT_LOOKUPS_AT_ONCE };

/* The body of the store, for store_pg.c, store_pg_life.c and store_pg_stats.c. */
struct store_pg {
    struct store store;
    struct store_pg_options options;
    uv_loop_t *loop;
    char *conninfo;
    struct reconnect reconnect;
    struct lane lanes[LIMIT_LANES];
    int lanes_count;
    struct lane_stats lane_stats;
    struct commit_probe commit_probe;
    int64_t laneless_us;            /* since when no lane can be used, on the monotonic clock; 0: one can */
    struct reader reader;           /* reads what commands and desks wait for */
    struct reader lookups[LOOKUPS]; /* read the log, and what people look up */
    struct loader loader;
    struct notifier notifier;
    struct list append_queue; /* appends that wait for a lane */
    struct list read_queue;   /* requests that wait for the reader */
    struct list lookup_queue; /* requests that wait for the look-ups' readers */
    struct list refused;      /* requests that are answered STORE_AWAY in the next turn */
    uv_timer_t *look;
    /* Calls `done` and gives requests to connections, which no call into the store may do. */
    uv_timer_t *pump_timer;
    struct text *epoch; /* of the database that was connected to last */
    bool is_up;
    bool was_up;
    uint64_t times_away;
};

/* When the oldest transaction was sent, on the monotonic clock: the last sending of those that are in flight;
 * the first sending of all that are not settled. 0: there is none. */
int64_t pg_oldest_sent_us(const struct store_pg *pg);
int64_t pg_oldest_begun_us(const struct store_pg *pg);

static inline struct store_pg *pg_of(struct store *store)
{
    return CONTAINER_OF(store, struct store_pg, store);
}

static inline int64_t pg_now_us(void)
{
    return (int64_t)(uv_hrtime() / 1000);
}

/* The port's operations, and what connections and the commit probe call; `context` is the struct store_pg. */
extern const struct store_ops pg_ops;
void pg_on_changed(void *context, struct connection *connection);
void pg_on_clock(void *context, int64_t database_ms, int64_t sent_us, int64_t received_us);
void pg_on_standbys(void *context, bool has_standbys);
void pg_on_committed(void *context, int64_t workspace_id, int64_t seq);
void pg_on_failed(void *context, struct parameters *append, const char *why);
void pg_on_wrote(void *context);
void pg_on_stuck(void *context);
bool pg_is_kept_waiting(void *context);
bool pg_is_taken(void *context, int64_t workspace_id);
bool pg_has_patient_lane(void *context);

/* Runs every LOOK_MS: tells the commit probe how long the oldest transaction has taken. */
void pg_on_look(uv_timer_t *timer);

#endif
