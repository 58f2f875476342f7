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
#include "store/commit_probe.h"

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

static void commit_probe_forget_failed(struct commit_probe *commit_probe)
{
    if (commit_probe->failed != NULL)
        parameters_finish(commit_probe->failed);
    free(commit_probe->failed);
    commit_probe->failed = NULL;
}

static void commit_probe_doubt(struct commit_probe *commit_probe)
{
    if (commit_probe->is_doubted)
        return;
    commit_probe->is_doubted = true;
    connection_start(&commit_probe->connection);
}

static void commit_probe_be_sure(struct commit_probe *commit_probe)
{
    bool was_stuck = commit_probe->is_stuck;
    commit_probe->good_us = (int64_t)(uv_hrtime() / 1000);
    if (!commit_probe->is_doubted)
        return;
    commit_probe->is_doubted = false;
    commit_probe->is_stuck = false;
    uv_timer_stop(commit_probe->timer);
    connection_stop(&commit_probe->connection);
    commit_probe_forget_failed(commit_probe);
    if (!was_stuck)
        return;
    commit_probe->healed_us = commit_probe->good_us;
    log_info("commits_again", "after_s=%lld",
             (long long)(commit_probe->healed_us - commit_probe->stuck_us) / 1000000);
    commit_probe->options.changed(commit_probe->options.context);
}

static void commit_probe_be_stuck(struct commit_probe *commit_probe, const char *why)
{
    snprintf(commit_probe->why, sizeof(commit_probe->why), "%s", why);
    commit_probe_doubt(commit_probe);
    if (commit_probe->is_stuck)
        return;
    commit_probe->is_stuck = true;
    commit_probe->stuck_us = (int64_t)(uv_hrtime() / 1000);
    bool is_relapse = commit_probe->healed_us != 0 &&
                      commit_probe->stuck_us - commit_probe->healed_us < RELAPSE_MS * INT64_C(1000);
    commit_probe->relapses = !is_relapse                             ? 0
                             : commit_probe->relapses < RELAPSES_MAX ? commit_probe->relapses + 1
                                                                     : RELAPSES_MAX;
    commit_probe->tries_wanted = 1 << commit_probe->relapses;
    log_warn("commits_stuck", "reason=%s", log_quote(commit_probe->why));
    commit_probe->options.changed(commit_probe->options.context);
}

/* Tries. */

static void commit_probe_try(struct commit_probe *commit_probe)
{
    struct connection *connection = &commit_probe->connection;
    struct parameters none;
    parameters_init(&none);
    connection_add(connection, "try_undo", &none); /* what an earlier one has left */
    if (commit_probe->failed != NULL) {
        connection_add(connection, "try_begin", &none);
        connection_add(connection, "append", commit_probe->failed);
        connection_add(connection, "try_undo", &none);
    }
    connection_add(connection, "try_commit", &none);
    parameters_finish(&none);
    connection_send(connection);
}

static void on_again(uv_timer_t *timer)
{
    struct commit_probe *commit_probe = timer->data;
    if (commit_probe->connection.state == CONNECTION_IDLE)
        commit_probe_try(commit_probe);
}

static void on_ready(void *context)
{
    commit_probe_try(context);
}

static void on_finished(void *context, const struct pipeline *pipeline)
{
    struct commit_probe *commit_probe = context;
    if (!pipeline->is_committed)
        commit_probe_be_stuck(commit_probe, pipeline->message);
    else if (!commit_probe->is_stuck || --commit_probe->tries_wanted <= 0) {
        commit_probe_be_sure(commit_probe);
        return;
    }
    uv_timer_start(commit_probe->timer, on_again, AGAIN_MS, 0);
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

void commit_probe_note_failure(struct commit_probe *commit_probe, struct parameters *append, const char *why)
{
    if (commit_probe->failed == NULL) {
        commit_probe->failed = alloc_array(1, sizeof(*commit_probe->failed));
        *commit_probe->failed = *append;
        parameters_init(append);
    }
    commit_probe_be_stuck(commit_probe, why);
}

void commit_probe_note_commit(struct commit_probe *commit_probe)
{
    if (commit_probe->failed == NULL)
        commit_probe_be_sure(commit_probe);
}

void commit_probe_note_standbys(struct commit_probe *commit_probe, bool has_standbys)
{
    commit_probe->has_standbys = has_standbys;
}

/* Without a word of its own, as it is of no append: a try that is kept waiting is of one transaction more. */
static bool commit_probe_try_hangs(const struct commit_probe *commit_probe, int64_t now_us)
{
    const struct connection *connection = &commit_probe->connection;
    return commit_probe->is_doubted && commit_probe->failed == NULL && connection->state == CONNECTION_BUSY &&
           now_us - connection->sent_us >= TRY_STUCK_MS * INT64_C(1000);
}

void commit_probe_look(struct commit_probe *commit_probe, int64_t oldest_us, bool has_lane, int64_t now_us)
{
    int64_t since_us = oldest_us > commit_probe->good_us ? oldest_us : commit_probe->good_us;
    int64_t age_ms = oldest_us == 0 ? 0 : (now_us - since_us) / 1000;
    bool is_idle = oldest_us == 0 && now_us - commit_probe->good_us >= IDLE_MS * INT64_C(1000);
    is_idle &= commit_probe->has_standbys; /* else a database at rest stays so */
    if (age_ms >= DOUBT_MS || is_idle)
        commit_probe_doubt(commit_probe);
    if (!has_lane)
        commit_probe_be_stuck(commit_probe, "no session that may write is to be had");
    else if (age_ms >= STUCK_MS || commit_probe_try_hangs(commit_probe, now_us))
        commit_probe_be_stuck(
            commit_probe,
            "transactions wait to be committed: a synchronous standby is away, or a disk hangs");
}

bool commit_probe_is_kept_waiting(const struct commit_probe *commit_probe, int64_t now_us)
{
    const struct connection *connection = &commit_probe->connection;
    return commit_probe->is_doubted && connection->state == CONNECTION_BUSY &&
           now_us - connection->sent_us > KEPT_MS * INT64_C(1000);
}

void commit_probe_init(struct commit_probe *commit_probe, uv_loop_t *loop,
                       const struct connection_options *connection,
                       const struct commit_probe_options *options)
{
    struct connection_options own = *connection;
    *commit_probe = (struct commit_probe){.options = *options};
    reconnect_init(&commit_probe->reconnect);
    own.name = "relevo trial";
    own.isolation = "read committed";
    own.statements = try_statements;
    own.reconnect = &commit_probe->reconnect;
    own.waits_for_standbys = true;
    own.context = commit_probe;
    own.handler = (struct connection_handler){.ready = on_ready,
                                              .finished = on_finished,
                                              .overdue = on_overdue,
                                              .lost = on_nothing,
                                              .unfit = on_unfit};
    connection_init(&commit_probe->connection, loop, &own);
}

void commit_probe_finish(struct commit_probe *commit_probe)
{
    connection_finish(&commit_probe->connection);
    reconnect_finish(&commit_probe->reconnect);
    commit_probe_forget_failed(commit_probe);
}

void commit_probe_start(struct commit_probe *commit_probe)
{
    commit_probe->good_us = (int64_t)(uv_hrtime() / 1000);
    commit_probe->timer = alloc_zeroed(sizeof(*commit_probe->timer));
    commit_probe->timer->data = commit_probe;
    uv_timer_init(commit_probe->connection.loop, commit_probe->timer);
}

static void free_timer(uv_handle_t *handle)
{
    free(handle);
}

void commit_probe_stop(struct commit_probe *commit_probe)
{
    connection_stop(&commit_probe->connection);
    commit_probe->is_doubted = false;
    if (commit_probe->timer != NULL) {
        uv_timer_stop(commit_probe->timer);
        uv_close((uv_handle_t *)commit_probe->timer, free_timer);
    }
    commit_probe->timer = NULL;
}
