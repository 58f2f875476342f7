/* A connection's pipelines. The statements are sent, then the Sync; what comes back is collected until the
 * Sync's answer, which alone says whether the transaction was committed: a commit can fail after its
 * statements have succeeded. Then whoever has sent it (connection->answered) goes on. An error is an answer
 * too; where the connection breaks first, it is lost, and there is none. */
#include "store/connection_private.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "store/pooler.h"

/* The results are taken away first: whoever goes on may go on with the next pipeline. */
void connection_finish_pipeline(struct connection *connection)
{
    PGresult *results[PIPELINE_STATEMENTS_MAX];
    PGresult *error = connection->error;
    int results_count = connection->results_count;
    memcpy(results, connection->results, sizeof(results));
    connection->statements_count = 0;
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
    connection->answered(connection, &pipeline);
    for (int i = 0; i < results_count; i++)
        PQclear(results[i]);
    PQclear(error);
}

/* Of a pipeline without an error, each statement has one result. */
static void connection_end_pipeline(struct connection *connection)
{
    if (connection->error == NULL && connection->results_count != connection->statements_count)
        connection_lose(connection, "the database has not answered each statement once");
    else
        connection_finish_pipeline(connection);
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
            connection_end_pipeline(connection);
            return;
        case PGRES_TUPLES_OK:
        case PGRES_COMMAND_OK:
            if (connection->results_count == connection->statements_count) {
                PQclear(result);
                connection_lose(connection, "the database has answered more than it was asked");
                return;
            }
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

/* Where libpq cannot even queue, the connection is bad, and reading from it will say so. */

void connection_queue(struct connection *connection, const char *sql, int values_count,
                      const char *const *values)
{
    connection->statements_count++;
    (void)PQsendQueryParams(connection->pg, sql, values_count, NULL, values, NULL, NULL, 1);
}

void connection_queue_preparation(struct connection *connection, const char *name, const char *sql)
{
    connection->statements_count++;
    (void)PQsendPrepare(connection->pg, name, sql, 0, NULL);
}

void connection_send_pipeline(struct connection *connection, enum connection_state state,
                              void (*answered)(struct connection *, const struct pipeline *))
{
    assert(connection->statements_count <= PIPELINE_STATEMENTS_MAX);
    (void)PQpipelineSync(connection->pg);
    connection->answered = answered;
    connection->go_on = connection_go_on;
    connection->sent_us = (int64_t)(uv_hrtime() / 1000);
    connection_enter_state(connection, state);
    connection_flush(connection);
}

/* The owner's. */

void connection_hand_over(struct connection *connection, const struct pipeline *pipeline)
{
    char sentence[CONNECTION_SENTENCE_SIZE];
    connection->go_on = connection_go_on;
    if (pooler_betrays_itself(pipeline->sqlstate, pipeline->message, sentence, sizeof(sentence))) {
        connection_reject(connection, sentence);
    } else {
        connection_enter_state(connection, CONNECTION_IDLE);
        connection->options.handler.finished(connection->options.context, pipeline);
    }
}

void connection_add(struct connection *connection, const char *statement, struct parameters *parameters)
{
    assert(connection->state == CONNECTION_IDLE);
    parameters_end(parameters, connection->fitness.row_types);
    connection->statements_count++;
    (void)PQsendQueryPrepared(connection->pg, statement, parameters->count, parameters->values,
                              parameters->lengths, parameters->formats, 1);
}

void connection_send(struct connection *connection)
{
    assert(connection->state == CONNECTION_IDLE);
    connection_send_pipeline(connection, CONNECTION_BUSY, connection_hand_over);
}

void connection_reject(struct connection *connection, const char *sentence)
{
    assert(connection_is_ready(connection));
    connection_lose(connection, sentence);
    connection->options.handler.unfit(connection->options.context, sentence);
}
