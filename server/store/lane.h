#ifndef RELEVO_STORE_LANE_H
#define RELEVO_STORE_LANE_H

#include "base/histogram.h"
#include "base/log.h"
#include "store/append.h"
#include "store/connection.h"

/* A connection that appends. While one batch is in flight the next gathers in a queue that all lanes share;
 * what has come by the time a lane is free goes together, in one transaction. The state diagram is in lane.c.
 */

enum lane_state {
    LANE_FREE,     /* no batch */
    LANE_SENT,     /* a batch is in flight */
    LANE_READING,  /* it is committed, or writes nothing: what others have added is being read */
    LANE_IN_DOUBT, /* the connection was lost with a batch in flight: it waits for the next */
    LANE_ENDING,   /* the session that was lost is being ended, lest it still holds the locks */
    LANE_RESTING,  /* the batch is sent again in a moment */
};

/* What lanes count, together. */
struct lane_stats {
    struct histogram commit_us;       /* from sending a transaction to its answer, where it was committed */
    struct histogram commit_commands; /* in one transaction */
    uint64_t failed;                  /* transactions that came to nothing */
    uint64_t in_doubt;                /* transactions during which the connection was lost */
};

struct lane_options {
    struct lane_stats *stats; /* shared */
    struct list *queue;       /* of struct store_append; shared */
    struct hash_key hash_key;
    /* The connection is ready or lost, or the lane is free again. */
    void (*changed)(void *context, struct connection *connection);
    void (*clock)(void *context, int64_t database_ms, int64_t sent_us, int64_t received_us);
    /* This lane has committed up to seq. */
    void (*committed)(void *context, int64_t workspace_id, int64_t seq);
    void (*unfit)(void *context, const char *sentence);
    /* `failed`: nothing of the batch was done, for a reason that would have stopped any append; `failed` may
     * take over the parameters of append.sql. `wrote`: a transaction that wrote something is committed. */
    void (*failed)(void *context, struct parameters *append, const char *why);
    void (*wrote)(void *context);
    /* Whether the database keeps all commits waiting, so that a new connection would not help. */
    bool (*is_kept_waiting)(void *context);
    /* Whether another lane has this workspace under way. */
    bool (*is_taken)(void *context, int64_t workspace_id);
    /* Whether a lane has a batch under way that waits for locks, or may have to. */
    bool (*has_patient_lane)(void *context);
    void *context;
};

struct lane {
    struct connection connection;
    struct lane_options options;
    enum lane_state state;
    struct list batch; /* under way */
    struct list alone; /* of a batch that failed as a whole: each goes by itself now */
    struct append_batch encoded;
    struct parameters append; /* of append.sql, while it is under way */
    int64_t began_us;         /* when it was first sent, of the monotonic clock; while it is not FREE */
    bool may_be_committed;    /* what is under way has been sent before, and lost */
    struct text *epoch;       /* of the database that it was sent to */
    int64_t backend_pid;      /* of the session that it was sent in */
    struct text *backend_start;
    uv_timer_t *timer;
    struct log_ration failures;
};

/* As those of a reader (store/reader.h). */
void lane_init(struct lane *lane, uv_loop_t *loop, const struct connection_options *connection,
               const struct lane_options *options);
void lane_finish(struct lane *lane);
void lane_start(struct lane *lane);
void lane_stop(struct lane *lane);

/* Takes appends from the queue, if the lane is free. It may call `done`, so no call into the store may call
 * it. */
void lane_pump(struct lane *lane);

/* Whether an append of this workspace is under way. */
bool lane_has_workspace(const struct lane *lane, int64_t workspace_id);

/* Whether the batch under way waits for locks. */
bool lane_is_patient(const struct lane *lane);

#endif
