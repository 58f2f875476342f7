/* When all goes well nothing happens here: each commit of a lane is noted, and there is no doubt. Else:
 *
 *            an append failed, or takes long, or a try of      a try, or an append,
 *            one is due where commits wait for standbys        was committed
 *   SURE ─────────────────────────────────────────► DOUBTED ────────────────────────► SURE
 *                                                      │ it failed, or nothing has been committed in time
 *                                                      ▼           as many tries as are
 *                                                    STUCK ──── wanted went well ────► SURE
 *
 * A try may fail as the appends do: then it is known, and tried again after a while. It may wait as they do:
 * that is known after some seconds, and it waits on, as what waits in a commit is not cut off. Its connection
 * may be lost, or not get in: it comes back as all do, and what is known stays. */
#include "store/committing.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/log.h"

enum {
    DOUBT_MS = 7000,     /* an append that takes so long is doubted: waiting for a lock ends sooner */
    STUCK_MS = 10000,    /* and now it is known */
    IDLE_MS = 7000,      /* where nothing has been committed for so long, it is tried whether it would be; */
    TRY_STUCK_MS = 5000, /* and if that takes so long, it is known too: a try waits for no lock of others' */
    KEPT_MS = 1000,      /* a try takes no longer, unless it waits for what the append waits for */
    AGAIN_MS = 500,      /* until the next try */
    RELAPSE_MS = 30000,  /* who is stuck again so soon after it was healed must show that it is */
    RELAPSES_MAX = 4,
};

static const char *const try_statements[] = {"try_begin", "append", "try_undo", "try_commit", NULL};

static void committing_forget_failed(struct committing *committing)
{
    if (committing->failed != NULL)
        parameters_finish(committing->failed);
    free(committing->failed);
    committing->failed = NULL;
}

static void committing_doubt(struct committing *committing)
{
    if (committing->is_doubted)
        return;
    committing->is_doubted = true;
    connection_start(&committing->connection);
}

static void committing_be_sure(struct committing *committing)
{
    bool was_stuck = committing->is_stuck;
    committing->good_us = (int64_t)(uv_hrtime() / 1000);
    if (!committing->is_doubted)
        return;
    committing->is_doubted = false;
    committing->is_stuck = false;
    uv_timer_stop(committing->timer);
    connection_stop(&committing->connection);
    committing_forget_failed(committing);
    if (!was_stuck)
        return;
    committing->healed_us = committing->good_us;
    log_info("commits_again", "after_s=%lld",
             (long long)(committing->healed_us - committing->stuck_us) / 1000000);
    committing->options.changed(committing->options.context);
}

static void committing_be_stuck(struct committing *committing, const char *why)
{
    snprintf(committing->why, sizeof(committing->why), "%s", why);
    committing_doubt(committing);
    if (committing->is_stuck)
        return;
    committing->is_stuck = true;
    committing->stuck_us = (int64_t)(uv_hrtime() / 1000);
    bool is_relapse = committing->healed_us != 0 &&
                      committing->stuck_us - committing->healed_us < RELAPSE_MS * INT64_C(1000);
    committing->relapses = !is_relapse                           ? 0
                           : committing->relapses < RELAPSES_MAX ? committing->relapses + 1
                                                                 : RELAPSES_MAX;
    committing->tries_wanted = 1 << committing->relapses;
    log_warn("commits_stuck", "reason=%s", log_quote(committing->why));
    committing->options.changed(committing->options.context);
}

/* Tries. */

static void committing_try(struct committing *committing)
{
    struct connection *connection = &committing->connection;
    struct parameters none;
    parameters_init(&none);
    connection_add(connection, "try_undo", &none); /* what an earlier one has left */
    if (committing->failed != NULL) {
        connection_add(connection, "try_begin", &none);
        connection_add(connection, "append", committing->failed);
        connection_add(connection, "try_undo", &none);
    }
    connection_add(connection, "try_commit", &none);
    parameters_finish(&none);
    connection_send(connection);
}

static void on_again(uv_timer_t *timer)
{
    struct committing *committing = timer->data;
    if (committing->connection.state == CONNECTION_IDLE)
        committing_try(committing);
}

static void on_ready(void *context)
{
    committing_try(context);
}

static void on_finished(void *context, const struct pipeline *pipeline)
{
    struct committing *committing = context;
    if (!pipeline->is_committed)
        committing_be_stuck(committing, pipeline->message);
    else if (!committing->is_stuck || --committing->tries_wanted <= 0) {
        committing_be_sure(committing);
        return;
    }
    uv_timer_start(committing->timer, on_again, AGAIN_MS, 0);
}

static bool on_overdue(void *context)
{
    (void)context;
    return true;
}

static void on_nothing(void *context)
{
    (void)context;
}

static void on_unfit(void *context, const char *sentence)
{
    (void)context;
    (void)sentence; /* the store's other connections will find it too */
}

/* The owner's. */

void committing_note_failure(struct committing *committing, struct parameters *append, const char *why)
{
    if (committing->failed == NULL) {
        committing->failed = alloc_array(1, sizeof(*committing->failed));
        *committing->failed = *append;
        parameters_init(append);
    }
    committing_be_stuck(committing, why);
}

void committing_note_commit(struct committing *committing)
{
    if (committing->failed == NULL)
        committing_be_sure(committing);
}

void committing_note_standbys(struct committing *committing, bool has_standbys)
{
    committing->has_standbys = has_standbys;
}

/* Without a word of its own, as it is of no append: a try that is kept waiting is of one transaction more. */
static bool committing_try_hangs(const struct committing *committing, int64_t now_us)
{
    const struct connection *connection = &committing->connection;
    return committing->is_doubted && committing->failed == NULL && connection->state == CONNECTION_BUSY &&
           now_us - connection->sent_us >= TRY_STUCK_MS * INT64_C(1000);
}

void committing_look(struct committing *committing, int64_t oldest_us, bool has_lane, int64_t now_us)
{
    int64_t since_us = oldest_us > committing->good_us ? oldest_us : committing->good_us;
    int64_t age_ms = oldest_us == 0 ? 0 : (now_us - since_us) / 1000;
    bool is_idle = oldest_us == 0 && now_us - committing->good_us >= IDLE_MS * INT64_C(1000);
    is_idle &= committing->has_standbys; /* else a database at rest stays so */
    if (age_ms >= DOUBT_MS || is_idle)
        committing_doubt(committing);
    if (!has_lane)
        committing_be_stuck(committing, "no session that may write is to be had");
    else if (age_ms >= STUCK_MS || committing_try_hangs(committing, now_us))
        committing_be_stuck(
            committing, "transactions wait to be committed: a synchronous standby is away, or a disk hangs");
}

bool committing_is_kept_waiting(const struct committing *committing, int64_t now_us)
{
    const struct connection *connection = &committing->connection;
    return committing->is_doubted && connection->state == CONNECTION_BUSY &&
           now_us - connection->sent_us > KEPT_MS * INT64_C(1000);
}

void committing_init(struct committing *committing, uv_loop_t *loop,
                     const struct connection_options *connection, const struct committing_options *options)
{
    struct connection_options own = *connection;
    *committing = (struct committing){.options = *options};
    reconnect_init(&committing->reconnect);
    own.name = "relevo trial";
    own.isolation = "read committed";
    own.statements = try_statements;
    own.reconnect = &committing->reconnect;
    own.waits_for_standbys = true;
    own.context = committing;
    own.handler = (struct connection_handler){.ready = on_ready,
                                              .finished = on_finished,
                                              .overdue = on_overdue,
                                              .lost = on_nothing,
                                              .unfit = on_unfit};
    connection_init(&committing->connection, loop, &own);
}

void committing_finish(struct committing *committing)
{
    connection_finish(&committing->connection);
    reconnect_finish(&committing->reconnect);
    committing_forget_failed(committing);
}

void committing_start(struct committing *committing)
{
    committing->good_us = (int64_t)(uv_hrtime() / 1000);
    committing->timer = alloc_zeroed(sizeof(*committing->timer));
    committing->timer->data = committing;
    uv_timer_init(committing->connection.loop, committing->timer);
}

static void free_timer(uv_handle_t *handle)
{
    free(handle);
}

void committing_stop(struct committing *committing)
{
    connection_stop(&committing->connection);
    committing->is_doubted = false;
    if (committing->timer != NULL) {
        uv_timer_stop(committing->timer);
        uv_close((uv_handle_t *)committing->timer, free_timer);
    }
    committing->timer = NULL;
}
