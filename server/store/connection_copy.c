/* A connection while it is COPYING. libpq holds what has come and has not been taken: so everything is taken
 * before more is read from the socket, and its buffer stays small. Where there is more than a turn of the
 * loop should take, the socket, which is writable, calls us back in the next. */
#include "store/connection_private.h"
#include "store/sql.h"

#include <assert.h>

enum { ROWS_A_TURN = 2000 };

static bool connection_take_rows(struct connection *connection, struct bytes message)
{
    struct fields fields;
    enum copy_step step;
    while ((step = copy_take(&connection->copy, &message, &fields)) == COPY_ROW)
        connection->options.handler.row(connection->options.context, connection->copies_count, &fields);
    return step == COPY_DONE;
}

/* False where more must come first. */
static bool connection_take_message(struct connection *connection)
{
    char *data = NULL;
    int size = PQgetCopyData(connection->pg, &data, 1);
    if (size <= 0) {
        connection->is_in_copy = size == 0; /* how it ended is said by its result */
        return size != 0;
    }
    bool is_sound = connection_take_rows(connection, bytes_make(data, (size_t)size));
    PQfreemem(data);
    if (!is_sound)
        connection_lose(connection, "the database sent a COPY that cannot be read");
    return true;
}

static void connection_end_copying(struct connection *connection)
{
    if (PQstatus(connection->pg) == CONNECTION_BAD || PQenterPipelineMode(connection->pg) != 1)
        connection_lose_by_libpq(connection);
    else
        connection_finish_pipeline(connection);
}

/* False where more must come first. */
static bool connection_take_result(struct connection *connection)
{
    if (PQisBusy(connection->pg))
        return false;
    PGresult *result = PQgetResult(connection->pg);
    if (result == NULL) {
        connection_end_copying(connection);
        return true;
    }
    switch (PQresultStatus(result)) {
    case PGRES_COPY_OUT:
        connection->copy = (struct copy){0};
        connection->copies_count++;
        connection->is_in_copy = true;
        break;
    case PGRES_COMMAND_OK: break;
    default:
        if (connection->error == NULL) {
            connection->error = result;
            return true;
        }
        break;
    }
    PQclear(result);
    return true;
}

/* False where more must come first. */
static bool connection_take(struct connection *connection)
{
    return connection->is_in_copy ? connection_take_message(connection) : connection_take_result(connection);
}

static void connection_go_on_copying(struct connection *connection)
{
    int taken = 0;
    bool has_read = false;
    while (taken < ROWS_A_TURN) {
        if (connection_take(connection)) {
            if (connection->state != CONNECTION_COPYING)
                return;
            taken++;
            has_read = false;
        } else if (has_read) {
            break;
        } else if (PQconsumeInput(connection->pg) == 1) {
            has_read = true;
        } else {
            connection_lose_by_libpq(connection);
            return;
        }
    }
    if (taken > 0)
        connection_enter_state(connection, CONNECTION_COPYING); /* it answers: its time begins anew */
    if (taken == ROWS_A_TURN)
        connection_watch(connection, UV_READABLE | UV_WRITABLE);
    else
        connection_flush(connection);
}

void connection_copy(struct connection *connection, const char *script)
{
    assert(connection->state == CONNECTION_IDLE);
    connection->copies_count = 0;
    connection->is_in_copy = false;
    int is_out = PQexitPipelineMode(connection->pg); /* which knows no COPY */
    assert(is_out == 1);
    (void)PQsendQuery(connection->pg, sql_statement(script)); /* as in connection_pipeline.c */
    connection->answered = connection_hand_over;
    connection->go_on = connection_go_on_copying;
    connection->sent_us = (int64_t)(uv_hrtime() / 1000);
    connection_enter_state(connection, CONNECTION_COPYING);
    connection_flush(connection);
}
