#ifndef RELEVO_STORE_CONNECTION_H
#define RELEVO_STORE_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include <libpq-fe.h>
#include <uv.h>

#include "store/copy.h"
#include "store/fitness.h"
#include "store/parameters.h"
#include "store/reconnect.h"

/* One connection to PostgreSQL on the loop, which never blocks it. It comes (back) by itself, and carries one
 * thing at a time: a pipeline, which is some prepared statements and a Sync, or a script of COPY. Either is
 * one transaction. The state diagram is in connection.c. */

enum connection_state {
    CONNECTION_STOPPED,    /* not started, or stopped for good */
    CONNECTION_CONNECTING, /* libpq is shaking hands */
    CONNECTION_GREETING,   /* the server's fitness is asked for, the session set up */
    CONNECTION_PREPARING,  /* the statements are prepared */
    CONNECTION_IDLE,       /* ready for a pipeline */
    CONNECTION_BUSY,       /* a pipeline is under way */
    CONNECTION_COPYING,    /* a script is under way */
    CONNECTION_RESTING,    /* lost; the next attempt comes after a while */
};

enum { PIPELINE_STATEMENTS_MAX = 16 };

/* How a pipeline or a script ended that the server has answered. */
struct pipeline {
    bool is_committed; /* else nothing was done */
    char sqlstate[6];  /* why not */
    const char *message;
    PGresult *const *results; /* committed: of each statement, in order; borrowed. A script has none */
    int results_count;
    int64_t sent_us; /* of the monotonic clock */
    int64_t received_us;
};

/* All from the loop. `context` is the owner. */
struct connection_handler {
    /* It is IDLE, after a (re)connect. */
    void (*ready)(void *context);
    /* It is IDLE again: the pipeline or the script has been answered. */
    void (*finished)(void *context, const struct pipeline *pipeline);
    /* A row has come of the copy_number-th COPY of the script, counted from 1. Must not touch the connection.
     */
    void (*row)(void *context, int copy_number, struct fields *fields);
    /* A session, perhaps this one, has said this on a channel that the session listens to; channel and bytes
     * end with the call. NULL for a connection that listens to none. */
    void (*notified)(void *context, const char *channel, struct bytes payload, int64_t backend_pid);
    /* It was IDLE, BUSY or COPYING, and is lost. Whether a pipeline that was under way has been committed is
     * not known. */
    void (*lost)(void *context);
    /* It has been BUSY for a long time: whether to wait on. NULL, or false: it is taken for lost. */
    bool (*overdue)(void *context);
    /* The database is not one that can be served. Tried again later all the same, unless stopped from here.
     */
    void (*unfit)(void *context, const char *sentence);
};

struct connection_options {
    const char *conninfo;
    const char *name;      /* for operators: the session's application_name, unless conninfo has one */
    const char *isolation; /* of its transactions: "read committed" … */
    const char *statement_timeout; /* of each statement: "2s" …; NULL: as is usual */
    const char *const *statements; /* names of files in sql/statements, to be prepared; NULL ends them */
    bool allow_unsafe;
    bool waits_for_standbys; /* its commits do, where the database has synchronous ones; else none of its own
                                must be worth it */
    struct text *const *epoch;   /* that the store is at; an earlier timeline of it is not gone back to */
    struct reconnect *reconnect; /* shared by all connections of the node */
    struct connection_handler handler;
    void *context;
};

struct connection {
    struct connection_options options;
    enum connection_state state;
    struct fitness fitness; /* while it is up; kept while it is lost */
    struct list reconnect_link;
    PGconn *pg;
    uv_loop_t *loop;
    uv_timer_t *timer;
    uv_poll_t *poll;
    int attempts; /* in a row that failed, the loss that they began with counted */
    enum attempt last_attempt;
    int64_t began_us;                               /* of the monotonic clock: the last attempt */
    int64_t attempt_ms;                             /* what it took to fail; 0: it did not */
    char *trouble;                                  /* what was logged last */
    void (*connect)(struct connection *connection); /* makes the next attempt */
    void (*go_on)(struct connection *connection);   /* the socket is ready */
    /* The pipeline or the script under way. */
    void (*answered)(struct connection *connection, const struct pipeline *pipeline);
    int statements_count; /* of the pipeline, as far as it has been put together */
    PGresult *results[PIPELINE_STATEMENTS_MAX];
    int results_count;
    PGresult *error;
    int64_t sent_us;
    /* The script under way. */
    struct copy copy;
    int copies_count; /* that have begun */
    bool is_in_copy;  /* the last of them has not ended */
};

/* The options' strings must outlive the connection. */
void connection_init(struct connection *connection, uv_loop_t *loop,
                     const struct connection_options *options);

/* Frees what is left. It is stopped. */
void connection_finish(struct connection *connection);

/* Connects, and from now on comes back by itself. */
void connection_start(struct connection *connection);

/* For good: nothing more is called. Its handles are closed by the loop, later. */
void connection_stop(struct connection *connection);

/* Whether it is up: IDLE, BUSY or COPYING. */
static inline bool connection_is_ready(const struct connection *connection)
{
    return connection->state == CONNECTION_IDLE || connection->state == CONNECTION_BUSY ||
           connection->state == CONNECTION_COPYING;
}

/* Breaks the connection, which is ready, as if it had broken by itself, and begins anew. To leave is the
 * same, for another of the hosts where there are several. */
void connection_restart(struct connection *connection, const char *reason);
void connection_leave(struct connection *connection, const char *reason);

/* The same, of a connection that turns out to be one to nothing that can be served. The owner may stop it
 * from within. */
void connection_reject(struct connection *connection, const char *sentence);

/* While IDLE: adds a statement to the next pipeline; then sends it. */
void connection_add(struct connection *connection, const char *statement, struct parameters *parameters);
void connection_send(struct connection *connection);

/* While IDLE: sends a script, by its name in sql/statements: COPY … TO STDOUT (FORMAT binary), several even,
 * and what they need. Its rows are handed on as they come, some thousands a turn of the loop, and never held
 * together. */
void connection_copy(struct connection *connection, const char *script);

#endif
