/* A connection that answers one request after the other.
 *
 * When all goes well: the first of the queue is sent, with "clock" behind it in the same transaction; its
 * rows are taken, and it is answered before the next is sent.
 *
 * What may fail: the statement, by the class of its error (store/sqlstate): what is passing is asked again, a
 * session that is none any more is left, and the request is answered STORE_AWAY, STORE_SLOW or STORE_FAILED.
 * The answer, where it can be none: STORE_FAILED. The connection: STORE_AWAY for what is under way. */
#include "store/reader.h"

#include <assert.h>

#include "base/log.h"
#include "store/row.h"
#include "store/sqlstate.h"
#include "store/statement.h"

enum { TEND_EVERY_MS = 60 * 60 * 1000 };

/* Sending. */

static void reader_send(struct reader *reader)
{
    struct connection *connection = &reader->connection;
    const struct statement *statement = statement_of(reader->current->kind);
    struct parameters parameters;
    parameters_init(&parameters);
    statement->ask(reader->current, &parameters);
    connection_add(connection, statement->name, &parameters);
    parameters_finish(&parameters);
    connection_add(connection, "clock", &parameters);
    connection_send(connection);
}

void reader_pump(struct reader *reader)
{
    if (reader->current != NULL || reader->connection.state != CONNECTION_IDLE ||
        list_is_empty(reader->options.queue))
        return;
    reader->current = store_request_of(list_take_first(reader->options.queue));
    reader_send(reader);
}

/* Answers. */

/* The next request may come from within. */
static void reader_answer(struct reader *reader, enum store_outcome outcome)
{
    struct store_request *answered = reader->current;
    reader->current = NULL;
    store_request_answer(answered, outcome);
}

/* What is due is asked for at short intervals, for as long as there is a node: now and then that is the time
 * for what nobody waits for. */
static void reader_tend(struct reader *reader)
{
    uint64_t now_ms = uv_now(reader->connection.loop);
    if (now_ms < reader->tend_at_ms)
        return;
    list_append(reader->options.queue, &reader->tend.link);
    reader->tend_at_ms = now_ms + TEND_EVERY_MS;
}

static void on_tended(struct store_request *tend)
{
    (void)tend; /* there will be other times */
}

static void reader_take(struct reader *reader, const struct pipeline *pipeline)
{
    struct store_request *request = reader->current;
    struct fields clock = fields_of(pipeline->results[pipeline->results_count - 1], 0);
    reader->options.clock(reader->options.context, fields_take_time(&clock), pipeline->sent_us,
                          pipeline->received_us);
    reader->options.standbys(reader->options.context, fields_take_bool(&clock));
    const struct statement *statement = statement_of(request->kind);
    bool is_sound = statement->take(request, pipeline->results[0]);
    if (!is_sound) {
        if (log_ration_allows(&reader->broken_lines, "answer_is_broken"))
            log_error("answer_is_broken", "statement=%s", statement->name);
        store_request_finish(request);
    }
    if (request->kind == STORE_DUE)
        reader_tend(reader);
    reader_answer(reader, is_sound ? STORE_OK : STORE_FAILED);
}

static void reader_fail(struct reader *reader, const struct pipeline *pipeline)
{
    log_warn("read_failed", "sqlstate=%s reason=%s", log_quote(pipeline->sqlstate),
             log_quote(pipeline->message));
    if (reader->current == &reader->tend) {
        reader_answer(reader, STORE_FAILED);
        return;
    }
    switch (sqlstate_class_of(pipeline->sqlstate)) {
    case SQLSTATE_PASSING: reader_send(reader); break;
    case SQLSTATE_SESSION: connection_restart(&reader->connection, pipeline->message); break;
    case SQLSTATE_READ_ONLY: reader_answer(reader, STORE_AWAY); break;
    case SQLSTATE_FULL: reader_answer(reader, STORE_SLOW); break;
    case SQLSTATE_UNKNOWN: reader_answer(reader, STORE_FAILED); break;
    }
}

/* The connection's. */

static void on_finished(void *context, const struct pipeline *pipeline)
{
    struct reader *reader = context;
    if (pipeline->is_committed)
        reader_take(reader, pipeline);
    else
        reader_fail(reader, pipeline);
    reader->options.changed(reader->options.context, &reader->connection);
}

static void on_ready(void *context)
{
    struct reader *reader = context;
    reader->options.changed(reader->options.context, &reader->connection);
}

static void on_lost(void *context)
{
    struct reader *reader = context;
    if (reader->current != NULL)
        reader_answer(reader, STORE_AWAY);
    reader->options.changed(reader->options.context, &reader->connection);
}

static void on_unfit(void *context, const char *sentence)
{
    struct reader *reader = context;
    reader->options.unfit(reader->options.context, sentence);
}

/* The owner's. */

void reader_init(struct reader *reader, uv_loop_t *loop, const struct connection_options *connection,
                 const struct reader_options *options)
{
    struct connection_options own = *connection;
    *reader = (struct reader){.options = *options,
                              .tend = {.kind = (enum store_kind)STATEMENT_TEND, .done = on_tended}};
    list_init(&reader->tend.link);
    statement_list(options->asked_of, reader->statements);
    own.isolation = "read committed"; /* each is one statement */
    own.statements = reader->statements;
    own.context = reader;
    own.handler = (struct connection_handler){
        .ready = on_ready, .finished = on_finished, .lost = on_lost, .unfit = on_unfit};
    connection_init(&reader->connection, loop, &own);
}

void reader_finish(struct reader *reader)
{
    connection_finish(&reader->connection);
}

void reader_start(struct reader *reader)
{
    connection_start(&reader->connection);
}

void reader_stop(struct reader *reader)
{
    connection_stop(&reader->connection);
    reader->current = NULL;
}
