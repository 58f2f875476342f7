/* One connection to PostgreSQL.
 *
 *   STOPPED ──► CONNECTING ──► GREETING ──► PREPARING ──► IDLE ◄──► BUSY, COPYING
 *                   ▲  │           │            │           │         │
 *                   │  ▼           ▼            ▼           ▼         ▼
 *                   RESTING ◄──────┴────────────┴───────────┴─────────┘   and from everywhere to STOPPED
 *
 * When all goes well: libpq shakes hands with the first host that lets us in; one pipeline sets the session
 * up and asks which database that is, and whether it is fit (GREETING); another prepares the owner's
 * statements (PREPARING); then the owner's pipelines and scripts go over it (connection_pipeline.c,
 * connection_copy.c).
 *
 * What may fail, at any time: nobody answers, or not in time; the connection breaks; the database is none to
 * be served, or not yet; a pooler turns out to be in between. Then it is closed and rests
 * (connection_state.c); when the next attempt is made, and by which of the node's connections, is
 * store/reconnect's to say. */
#include "store/connection_private.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/log.h"
#include "store/pooler.h"
#include "store/sql.h"
#include "store/sqlstate.h"

#define STATEMENT_TIMEOUT "10s"

enum {
    GREETING_FITNESS = SQL_STEPS_COUNT,
    GREETING_SCHEMA,
};

/* Failing. */

static bool connection_judge(struct connection *connection)
{
    char sentence[CONNECTION_SENTENCE_SIZE];
    switch (
        fitness_judge(&connection->fitness, connection->options.allow_unsafe, sentence, sizeof(sentence))) {
    case FITNESS_FIT: return true;
    case FITNESS_NOT_YET: connection_rest(connection, ATTEMPT_REFUSED, sentence); return false;
    case FITNESS_UNFIT: connection_refuse(connection, sentence); return false;
    }
    return false;
}

static void connection_fail(struct connection *connection, const char *sqlstate, const char *message)
{
    char sentence[CONNECTION_SENTENCE_SIZE];
    if (pooler_betrays_itself(sqlstate, message, sentence, sizeof(sentence))) {
        connection_refuse(connection, sentence);
        return;
    }
    switch (sqlstate_judge(sqlstate, message, sentence, sizeof(sentence))) {
    case FITNESS_FIT: connection_rest(connection, attempt_of(sqlstate), message); break;
    case FITNESS_NOT_YET: connection_rest(connection, ATTEMPT_REFUSED, sentence); break;
    case FITNESS_UNFIT: connection_refuse(connection, sentence); break;
    }
}

static void connection_fail_to_connect(struct connection *connection)
{
    char message[CONNECTION_SENTENCE_SIZE];
    char sqlstate[6] = "";
    /* What one of several hosts has against us, another may not have when it is back. */
    if (hosts_describe_trouble(connection->pg, message, sizeof(message)) == 1) {
        if (fitness_lacks_password(connection->pg, message, sizeof(message))) {
            connection_refuse(connection, message);
            return;
        }
        sqlstate_find(message, sqlstate);
    }
    connection_fail(connection, sqlstate, message);
}

/* Getting in, the last step first. */

/* It is in: the others come back, each in its time. */
static void connection_lead_back(struct connection *connection)
{
    LIST_FOR_EACH (link, &connection->options.reconnect->connections) {
        struct connection *each = CONTAINER_OF(link, struct connection, reconnect_link);
        int64_t after_ms = reconnect_follow(each);
        if (after_ms == RECONNECT_NOT)
            continue;
        if (each->state == CONNECTION_CONNECTING) {
            connection_close(each);
            connection_enter_state(each, CONNECTION_RESTING);
        }
        connection_try_after(each, (uint64_t)after_ms);
    }
}

static void on_prepared(struct connection *connection, const struct pipeline *pipeline)
{
    char sentence[CONNECTION_SENTENCE_SIZE];
    if (!pipeline->is_committed) {
        connection_fail(connection, pipeline->sqlstate, pipeline->message);
        return;
    }
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
    connection_lead_back(connection);
    connection->options.handler.ready(connection->options.context);
}

static void connection_take_greeting(struct connection *connection, const struct pipeline *pipeline)
{
    struct fitness *fitness = &connection->fitness;
    fitness_finish(fitness);
    fitness_read(pipeline->results[GREETING_FITNESS], pipeline->results[GREETING_SCHEMA], fitness);
    fitness->sent_us = pipeline->sent_us;
    fitness->received_us = pipeline->received_us;
    fitness->is_direct = PQbackendPID(connection->pg) == fitness->backend_pid;
}

static void on_greeted(struct connection *connection, const struct pipeline *pipeline)
{
    if (!pipeline->is_committed) {
        connection_fail(connection, pipeline->sqlstate, pipeline->message);
        return;
    }
    connection_take_greeting(connection, pipeline);
    if (!connection_judge(connection))
        return;
    if (fitness_is_left_behind(&connection->fitness, *connection->options.epoch)) {
        connection_pass_over(connection, "the database is a primary that another has taken over from");
        return;
    }
    connection_queue(connection, sql_statement("still"), 0, NULL);
    for (const char *const *name = connection->options.statements; *name != NULL; name++)
        connection_queue_preparation(connection, *name, sql_statement(*name));
    connection_send_pipeline(connection, CONNECTION_PREPARING, on_prepared);
}

static void connection_greet(struct connection *connection)
{
    const char *timeout = connection->options.statement_timeout;
    struct sql_session options = {.isolation = connection->options.isolation,
                                  .waits_for_standbys = connection->options.waits_for_standbys,
                                  .statement_timeout = timeout == NULL ? STATEMENT_TIMEOUT : timeout};
    struct sql_step steps[SQL_STEPS_COUNT];
    PQsetErrorVerbosity(connection->pg, PQERRORS_DEFAULT);
    PQsetnonblocking(connection->pg, 1);
    PQenterPipelineMode(connection->pg);
    sql_plan_session(&options, steps);
    for (int i = 0; i < SQL_STEPS_COUNT; i++)
        connection_queue(connection, steps[i].text, steps[i].values_count, steps[i].values);
    connection_queue(connection, sql_statement("fitness"), 0, NULL);
    connection_queue(connection, sql_statement("schema"), 0, NULL);
    connection_send_pipeline(connection, CONNECTION_GREETING, on_greeted);
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
    connection->go_on = connection_continue_to_connect;
    connection_watch(connection, UV_WRITABLE);
}

/* The owner's. */

void connection_init(struct connection *connection, uv_loop_t *loop, const struct connection_options *options)
{
    *connection = (struct connection){.options = *options, .loop = loop, .connect = connection_connect};
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
    uv_close((uv_handle_t *)connection->timer, connection_free_handle);
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
