/* One connection to PostgreSQL.
 *
 *   STOPPED ──► CONNECTING ──► GREETING ──► PREPARING ──► IDLE ◄──► BUSY, COPYING
 *                   ▲  │           │            │           │         │
 *                   │  ▼           ▼            ▼           ▼         ▼
 *                   RESTING ◄──────┴────────────┴───────────┴─────────┘   and from everywhere to STOPPED
 *
 * GREETING, PREPARING and BUSY are the same to the socket: a pipeline is under way, and ends with its Sync,
 * before its time is up, or with the connection. Whether a transaction was committed is said by the Sync
 * alone: a commit can fail after its statements have succeeded. COPYING is in connection_copy.c. */
#include "store/connection_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "store/pooler.h"
#include "store/sql.h"

enum {
    PATIENCE_MS = 15000, /* with a connect, a pipeline, and the next of a COPY */
    SENTENCE_SIZE = 1024,
};

static void connection_go_on(struct connection *connection);

/* Handles. */

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

static void on_readiness(uv_poll_t *poll, int status, int events)
{
    (void)status; /* libpq finds out for itself what is wrong */
    (void)events;
    connection_go_on(poll->data);
}

static void connection_unwatch(struct connection *connection)
{
    if (connection->poll == NULL)
        return;
    uv_poll_stop(connection->poll);
    uv_close((uv_handle_t *)connection->poll, free_handle);
    connection->poll = NULL;
}

void connection_watch(struct connection *connection, int events)
{
    if (connection->poll == NULL) {
        connection->poll = alloc_zeroed(sizeof(*connection->poll));
        connection->poll->data = connection;
        int trouble = uv_poll_init(connection->loop, connection->poll, PQsocket(connection->pg));
        assert(trouble == 0);
    }
    uv_poll_start(connection->poll, events, on_readiness);
}

/* States. */

static void on_timer(uv_timer_t *timer);

void connection_enter_state(struct connection *connection, enum connection_state state)
{
    connection->state = state;
    switch (state) {
    case CONNECTION_STOPPED:
    case CONNECTION_IDLE:
    case CONNECTION_RESTING: uv_timer_stop(connection->timer); break;
    case CONNECTION_CONNECTING:
    case CONNECTION_GREETING:
    case CONNECTION_PREPARING:
    case CONNECTION_BUSY:
    case CONNECTION_COPYING: uv_timer_start(connection->timer, on_timer, PATIENCE_MS, 0); break;
    }
}

static void connection_drop_results(struct connection *connection)
{
    for (int i = 0; i < connection->results_count; i++)
        PQclear(connection->results[i]);
    connection->results_count = 0;
    PQclear(connection->error);
    connection->error = NULL;
}

static void connection_close(struct connection *connection)
{
    connection_unwatch(connection);
    connection_drop_results(connection);
    PQfinish(connection->pg);
    connection->pg = NULL;
}

/* Logs a trouble once, not at each attempt. */
static void connection_tell(struct connection *connection, const char *trouble)
{
    if (connection->trouble != NULL && strcmp(connection->trouble, trouble) == 0)
        return;
    free(connection->trouble);
    connection->trouble = alloc_string(trouble, strlen(trouble));
    log_warn("database_away", "reason=%s connection=%s", log_quote(trouble),
             log_quote(connection->options.name));
}

void connection_rest(struct connection *connection, enum attempt attempt, const char *trouble)
{
    bool was_ready = connection_is_ready(connection);
    connection_tell(connection, trouble);
    connection_close(connection);
    connection->attempt_ms = was_ready ? 0 : 1 + reconnect_trying_ms(connection);
    connection_enter_state(connection, CONNECTION_RESTING);
    reconnect_rest(connection, attempt);
    if (was_ready)
        connection->options.handler.lost(connection->options.context);
}

void connection_lose(struct connection *connection, const char *trouble)
{
    connection_rest(connection, ATTEMPT_IN_VAIN, trouble);
}

void connection_lose_by_libpq(struct connection *connection)
{
    char trouble[SENTENCE_SIZE];
    int count = hosts_describe_trouble(connection->pg, trouble, sizeof(trouble));
    connection_lose(connection, count == 0 ? "the connection broke" : trouble);
}

/* Where there is another host, it comes first now. */
static void connection_pass_over(struct connection *connection, const char *trouble)
{
    hosts_pass_over(&connection->options.reconnect->hosts, connection->pg);
    connection_lose(connection, trouble);
}

void connection_refuse(struct connection *connection, const char *sentence)
{
    connection_rest(connection, ATTEMPT_UNFIT, sentence);
    connection->options.handler.unfit(connection->options.context, sentence);
}

/* Connecting. */

static void ignore_notice(void *context, const char *message)
{
    (void)context;
    (void)message;
}

static void connection_connect(struct connection *connection)
{
    /* What stands before dbname are defaults: the connection string may say otherwise. */
    const struct hosts *hosts = &connection->options.reconnect->hosts;
    const char *const options[][2] = {
        {"keepalives_idle", "10"},
        {"keepalives_interval", "3"},
        {"keepalives_count", "3"},
        {"tcp_user_timeout", "8000"},
        {"gssencmode", "disable"},
        {"fallback_application_name", connection->options.name},
        {"dbname", connection->options.conninfo},
        {"host", hosts->host},
        {"hostaddr", hosts->hostaddr},
        {"port", hosts->port},
        {"target_session_attrs", "read-write"},
        {"client_encoding", "UTF8"},
        {NULL, NULL},
    };
    const char *keywords[ARRAY_COUNT(options)];
    const char *values[ARRAY_COUNT(options)];
    for (size_t i = 0; i < ARRAY_COUNT(options); i++) {
        keywords[i] = options[i][0];
        values[i] = options[i][1];
    }
    connection->began_us = (int64_t)(uv_hrtime() / 1000);
    connection_enter_state(connection, CONNECTION_CONNECTING);
    connection->pg = PQconnectStartParams(keywords, values, 1);
    assert(connection->pg != NULL);
    if (PQstatus(connection->pg) == CONNECTION_BAD) {
        connection_lose_by_libpq(connection);
        return;
    }
    PQsetErrorVerbosity(connection->pg,
                        PQERRORS_VERBOSE); /* with the SQLSTATE, which is not to be had otherwise yet */
    PQsetNoticeProcessor(connection->pg, ignore_notice, NULL);
    connection_watch(connection, UV_WRITABLE);
}

void connection_flush(struct connection *connection)
{
    int left = PQflush(connection->pg);
    if (left < 0)
        connection_lose_by_libpq(connection);
    else
        connection_watch(connection, left > 0 ? UV_READABLE | UV_WRITABLE : UV_READABLE);
}

static void connection_end_pipeline(struct connection *connection, enum connection_state state)
{
    /* Where libpq cannot even queue, the connection is bad, and reading from it will say so. */
    (void)PQpipelineSync(connection->pg);
    connection->sent_us = (int64_t)(uv_hrtime() / 1000);
    connection_enter_state(connection, state);
    connection_flush(connection);
}

static void connection_greet(struct connection *connection)
{
    connection_say_greeting(connection);
    connection_end_pipeline(connection, CONNECTION_GREETING);
}

static void connection_continue_to_connect(struct connection *connection)
{
    connection_unwatch(connection); /* libpq may go on with another socket, under the same number even */
    switch (PQconnectPoll(connection->pg)) {
    case PGRES_POLLING_READING: connection_watch(connection, UV_READABLE); break;
    case PGRES_POLLING_OK: connection_greet(connection); break;
    case PGRES_POLLING_FAILED: connection_fail_to_connect(connection); break;
    case PGRES_POLLING_ACTIVE: /* which libpq no longer says */
    case PGRES_POLLING_WRITING: connection_watch(connection, UV_WRITABLE); break;
    }
}

/* Pipelines. */

static void connection_prepare(struct connection *connection, const struct pipeline *pipeline)
{
    connection_take_greeting(connection, pipeline);
    if (!connection_judge(connection))
        return;
    if (fitness_is_left_behind(&connection->fitness, *connection->options.epoch)) {
        connection_pass_over(connection, "the database is a primary that another has taken over from");
        return;
    }
    (void)PQsendQueryParams(connection->pg, sql_statement("still"), 0, NULL, NULL, NULL, NULL, 1);
    for (const char *const *name = connection->options.statements; *name != NULL; name++)
        (void)PQsendPrepare(connection->pg, *name, sql_statement(*name), 0, NULL);
    connection_end_pipeline(connection, CONNECTION_PREPARING);
}

static void connection_become_ready(struct connection *connection, const struct pipeline *pipeline)
{
    char sentence[SENTENCE_SIZE];
    if (!pooler_keeps_session(&connection->fitness, pipeline->results[0], sentence, sizeof(sentence))) {
        connection_refuse(connection, sentence);
        return;
    }
    if (connection->trouble != NULL)
        log_info("database_back", "attempts=%d connection=%s", connection->attempts,
                 log_quote(connection->options.name));
    free(connection->trouble);
    connection->trouble = NULL;
    connection->attempts = 0;
    connection_enter_state(connection, CONNECTION_IDLE);
    reconnect_follow(connection);
    connection->options.handler.ready(connection->options.context);
}

/* The results are taken away first: the handler may go on with the next pipeline. */
void connection_finish_pipeline(struct connection *connection)
{
    PGresult *results[PIPELINE_STATEMENTS_MAX];
    PGresult *error = connection->error;
    int results_count = connection->results_count;
    memcpy(results, connection->results, sizeof(results));
    connection->results_count = 0;
    connection->error = NULL;

    struct pipeline pipeline = {
        .is_committed = error == NULL,
        .message = error == NULL ? "" : PQresultErrorField(error, PG_DIAG_MESSAGE_PRIMARY),
        .results = results,
        .results_count = results_count,
        .sent_us = connection->sent_us,
        .received_us = (int64_t)(uv_hrtime() / 1000),
    };
    const char *sqlstate = error == NULL ? NULL : PQresultErrorField(error, PG_DIAG_SQLSTATE);
    if (sqlstate != NULL)
        snprintf(pipeline.sqlstate, sizeof(pipeline.sqlstate), "%s", sqlstate);
    if (pipeline.message == NULL)
        pipeline.message = PQresultErrorMessage(error);

    char sentence[SENTENCE_SIZE];
    bool was_ready = connection_is_ready(connection);
    if (was_ready && pooler_betrays_itself(pipeline.sqlstate, pipeline.message, sentence, sizeof(sentence))) {
        connection_reject(connection, sentence);
    } else if (was_ready) {
        connection_enter_state(connection, CONNECTION_IDLE);
        connection->options.handler.finished(connection->options.context, &pipeline);
    } else if (!pipeline.is_committed) {
        connection_fail(connection, pipeline.sqlstate, pipeline.message);
    } else if (connection->state == CONNECTION_GREETING) {
        connection_prepare(connection, &pipeline);
    } else {
        connection_become_ready(connection, &pipeline);
    }
    for (int i = 0; i < results_count; i++)
        PQclear(results[i]);
    PQclear(error);
}

static bool connection_is_under_way(const struct connection *connection)
{
    return connection->state == CONNECTION_GREETING || connection->state == CONNECTION_PREPARING ||
           connection->state == CONNECTION_BUSY;
}

/* Takes what has come; returns at the Sync, or where more must come. */
static void connection_collect(struct connection *connection)
{
    while (connection_is_under_way(connection) && !PQisBusy(connection->pg)) {
        PGresult *result = PQgetResult(connection->pg);
        if (result == NULL) { /* between two statements, or at the end of the connection */
            if (PQstatus(connection->pg) == CONNECTION_BAD)
                return;
            continue;
        }
        switch (PQresultStatus(result)) {
        case PGRES_PIPELINE_SYNC:
            PQclear(result);
            connection_finish_pipeline(connection);
            return;
        case PGRES_TUPLES_OK:
        case PGRES_COMMAND_OK:
            assert(connection->results_count < PIPELINE_STATEMENTS_MAX);
            connection->results[connection->results_count++] = result;
            break;
        default: /* an error, or what was passed over after one */
            if (connection->error == NULL && PQresultStatus(result) != PGRES_PIPELINE_ABORTED)
                connection->error = result;
            else
                PQclear(result);
            break;
        }
    }
}

/* Hands on what has been notified. The owner may stop it from within. */
static void connection_hear(struct connection *connection)
{
    PGnotify *notify;
    while (connection_is_ready(connection) && (notify = PQnotifies(connection->pg)) != NULL) {
        connection->options.handler.notified(connection->options.context, notify->relname,
                                             bytes_of_string(notify->extra), notify->be_pid);
        PQfreemem(notify);
    }
}

static void connection_go_on(struct connection *connection)
{
    if (connection->state == CONNECTION_CONNECTING) {
        connection_continue_to_connect(connection);
        return;
    }
    if (connection->state == CONNECTION_COPYING) {
        connection_go_on_copying(connection);
        return;
    }
    bool is_alive = PQconsumeInput(connection->pg) == 1;
    connection_collect(connection);
    if (connection->options.handler.notified != NULL)
        connection_hear(connection);
    if (connection->pg == NULL)
        return; /* stopped, or lost, by what came */
    if (!is_alive || PQstatus(connection->pg) == CONNECTION_BAD)
        connection_lose_by_libpq(connection);
    else
        connection_flush(connection);
}

static void on_timer(uv_timer_t *timer)
{
    struct connection *connection = timer->data;
    const struct connection_handler *handler = &connection->options.handler;
    if (connection->state == CONNECTION_RESTING)
        connection_connect(connection);
    else if (connection->state == CONNECTION_BUSY && handler->overdue != NULL &&
             handler->overdue(connection->options.context))
        connection_enter_state(connection, CONNECTION_BUSY);
    else
        connection_pass_over(connection, "the database did not answer in time");
}

/* Coming back. */

void connection_try_after(struct connection *connection, uint64_t ms)
{
    assert(connection->state == CONNECTION_RESTING);
    uv_timer_start(connection->timer, on_timer, ms, 0);
}

void connection_begin_anew(struct connection *connection)
{
    assert(connection->state == CONNECTION_CONNECTING);
    connection_close(connection);
    connection_enter_state(connection, CONNECTION_RESTING);
    connection_try_after(connection, 0);
}

/* The owner's. */

void connection_init(struct connection *connection, uv_loop_t *loop, const struct connection_options *options)
{
    *connection = (struct connection){.options = *options, .loop = loop};
    list_init(&connection->reconnect_link);
}

void connection_finish(struct connection *connection)
{
    assert(connection->state == CONNECTION_STOPPED);
    fitness_finish(&connection->fitness);
    free(connection->trouble);
}

void connection_start(struct connection *connection)
{
    assert(connection->state == CONNECTION_STOPPED && connection->timer == NULL);
    connection->timer = alloc_zeroed(sizeof(*connection->timer));
    connection->timer->data = connection;
    uv_timer_init(connection->loop, connection->timer);
    list_append(&connection->options.reconnect->connections, &connection->reconnect_link);
    connection_connect(connection);
}

void connection_stop(struct connection *connection)
{
    if (connection->state == CONNECTION_STOPPED)
        return;
    connection_close(connection);
    list_remove(&connection->reconnect_link);
    connection_enter_state(connection, CONNECTION_STOPPED);
    uv_close((uv_handle_t *)connection->timer, free_handle);
    connection->timer = NULL;
}

void connection_restart(struct connection *connection, const char *reason)
{
    assert(connection_is_ready(connection));
    connection_lose(connection, reason);
}

void connection_leave(struct connection *connection, const char *reason)
{
    assert(connection_is_ready(connection));
    connection_pass_over(connection, reason);
}

void connection_reject(struct connection *connection, const char *sentence)
{
    assert(connection_is_ready(connection));
    connection_lose(connection, sentence);
    connection->options.handler.unfit(connection->options.context, sentence);
}

void connection_add(struct connection *connection, const char *statement, struct parameters *parameters)
{
    assert(connection->state == CONNECTION_IDLE);
    parameters_end(parameters);
    (void)PQsendQueryPrepared(connection->pg, statement, parameters->count, parameters->values,
                              parameters->lengths, parameters->formats, 1);
}

void connection_send(struct connection *connection)
{
    assert(connection->state == CONNECTION_IDLE);
    connection_end_pipeline(connection, CONNECTION_BUSY);
}
