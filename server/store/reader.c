#include "store/reader.h"

#include <assert.h>
#include <stdlib.h>

#include "base/log.h"
#include "store/row.h"

static const char *const reader_statements[] = {
    "read", "page", "due", "heads", "revocations", "forget_outcomes", "clock", NULL,
};

/* Sending. */

static void add_read(struct connection *connection, const struct store_read *read)
{
    struct parameters parameters;
    parameters_init(&parameters);
    parameters_add_int8(&parameters, read->workspace_id);
    parameters_add_text(&parameters, read->conversation);
    connection_add(connection, "read", &parameters);
    parameters_finish(&parameters);
}

static void add_page(struct connection *connection, const struct store_page *page)
{
    struct parameters parameters;
    assert(page->limit > 0 && page->limit <= LIMIT_PAGE_ROWS);
    parameters_init(&parameters);
    parameters_add_int8(&parameters, page->workspace_id);
    parameters_add_int8(&parameters, page->before_list_seq == 0 ? INT64_MAX : page->before_list_seq);
    parameters_add_int8(&parameters, page->limit + 1); /* one more tells whether there are more */
    connection_add(connection, "page", &parameters);
    parameters_finish(&parameters);
}

static void add_due(struct connection *connection, const struct store_due *due)
{
    struct parameters parameters;
    parameters_init(&parameters);
    parameters_add_int8(&parameters, due->ahead_ms);
    parameters_add_int8(&parameters, LIMIT_DUE_WORKSPACES);
    connection_add(connection, "due", &parameters);
    parameters_finish(&parameters);
}

static void add_heads(struct connection *connection, const struct store_heads *heads)
{
    static const enum element_type types[] = {ELEMENT_INT8};
    struct parameters parameters;
    assert(heads->workspaces_count <= LIMIT_HEADS);
    parameters_init(&parameters);
    parameters_begin_arrays(&parameters, types, 1);
    for (size_t i = 0; i < heads->workspaces_count; i++)
        parameters_push_int8(&parameters, 0, heads->workspace_ids[i]);
    connection_add(connection, "heads", &parameters);
    parameters_finish(&parameters);
}

static void add_revocations(struct connection *connection, const struct store_revocations *revocations)
{
    struct parameters parameters;
    parameters_init(&parameters);
    parameters_add_int8(&parameters, revocations->after);
    parameters_add_int8(&parameters, LIMIT_REVOCATIONS_READ);
    connection_add(connection, "revocations", &parameters);
    parameters_finish(&parameters);
}

static void add_forget(struct connection *connection)
{
    struct parameters none;
    parameters_init(&none);
    connection_add(connection, "forget_outcomes", &none);
}

static void reader_send(struct reader *reader)
{
    struct connection *connection = &reader->connection;
    const struct request *request = reader->current;
    switch (request->kind) {
    case REQUEST_READ: add_read(connection, request->read); break;
    case REQUEST_PAGE: add_page(connection, request->page); break;
    case REQUEST_DUE: add_due(connection, request->due); break;
    case REQUEST_HEADS: add_heads(connection, request->heads); break;
    case REQUEST_REVOCATIONS: add_revocations(connection, request->revocations); break;
    case REQUEST_FORGET: add_forget(connection); break;
    case REQUEST_LOAD:
    case REQUEST_APPEND: assert(!"a load is the loader's, an append a lane's"); break;
    }
    struct parameters none;
    parameters_init(&none);
    connection_add(connection, "clock", &none);
    connection_send(connection);
}

void reader_pump(struct reader *reader)
{
    if (reader->current != NULL || reader->connection.state != CONNECTION_IDLE ||
        list_is_empty(&reader->queue))
        return;
    reader->current = request_of(list_take_first(&reader->queue));
    reader_send(reader);
}

/* Answers. */

/* The next request may come from within. */
static void reader_answer(struct reader *reader, enum store_outcome outcome)
{
    struct request *answered = reader->current;
    reader->current = NULL;
    request_answer(answered, outcome);
}

static void take_read(struct store_read *read, const PGresult *result)
{
    read->found = PQntuples(result) > 0;
    if (!read->found)
        return;
    struct fields fields = fields_of(result, 0);
    fields_take_conversation(&fields, &read->result);
}

static void take_page(struct store_page *page, const PGresult *result)
{
    size_t rows_count = (size_t)PQntuples(result);
    page->more = rows_count > (size_t)page->limit;
    page->rows_count = page->more ? (size_t)page->limit : rows_count;
    for (size_t i = 0; i < page->rows_count; i++) {
        struct fields fields = fields_of(result, (int)i);
        fields_take_conversation(&fields, &page->rows[i]);
    }
}

static void take_due(struct store_due *due, const PGresult *result)
{
    due->workspaces_count = (size_t)PQntuples(result);
    due->workspaces = alloc_array(due->workspaces_count, sizeof(struct text *));
    for (size_t i = 0; i < due->workspaces_count; i++) {
        struct fields fields = fields_of(result, (int)i);
        due->workspaces[i] = fields_take_text(&fields);
    }
}

static void take_heads(struct store_heads *heads, const PGresult *result)
{
    assert((size_t)PQntuples(result) == heads->workspaces_count);
    heads->seqs = alloc_array(heads->workspaces_count, sizeof(*heads->seqs));
    for (size_t i = 0; i < heads->workspaces_count; i++) {
        struct fields fields = fields_of(result, (int)i);
        heads->seqs[i] = fields_take_int(&fields);
    }
}

static void take_revocations(struct store_revocations *revocations, const PGresult *result)
{
    revocations->count = (size_t)PQntuples(result);
    revocations->list = alloc_array(revocations->count, sizeof(*revocations->list));
    for (size_t i = 0; i < revocations->count; i++) {
        struct fields fields = fields_of(result, (int)i);
        struct revocation *each = &revocations->list[i];
        each->workspace = fields_take_text(&fields);
        each->id = fields_take_text(&fields);
        each->at_ms = fields_take_time(&fields);
        each->number = fields_take_int(&fields);
    }
}

static void reader_take(struct reader *reader, const struct pipeline *pipeline)
{
    const struct request *request = reader->current;
    struct fields clock = fields_of(pipeline->results[pipeline->results_count - 1], 0);
    reader->options.clock(reader->options.context, fields_take_time(&clock), pipeline->sent_us,
                          pipeline->received_us);
    switch (request->kind) {
    case REQUEST_READ: take_read(request->read, pipeline->results[0]); break;
    case REQUEST_PAGE: take_page(request->page, pipeline->results[0]); break;
    case REQUEST_DUE:
        take_due(request->due, pipeline->results[0]);
        /* It comes at long intervals, for as long as there is a node: the time for what nobody waits for. */
        list_append(&reader->queue, &request_create(REQUEST_FORGET, NULL)->link);
        break;
    case REQUEST_HEADS: take_heads(request->heads, pipeline->results[0]); break;
    case REQUEST_REVOCATIONS: take_revocations(request->revocations, pipeline->results[0]); break;
    case REQUEST_FORGET:
    case REQUEST_LOAD:
    case REQUEST_APPEND: break;
    }
    reader_answer(reader, STORE_OK);
}

static void reader_fail(struct reader *reader, const struct pipeline *pipeline)
{
    log_warn("read_failed", "sqlstate=%s reason=%s", pipeline->sqlstate, log_quote(pipeline->message));
    switch (trouble_of(pipeline->sqlstate)) {
    case TROUBLE_PASSING: reader_send(reader); break;
    case TROUBLE_SESSION: connection_restart(&reader->connection, pipeline->message); break;
    case TROUBLE_FULL: reader_answer(reader, STORE_AWAY); break;
    case TROUBLE_UNKNOWN: reader_answer(reader, STORE_FAILED); break;
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
    *reader = (struct reader){.options = *options};
    list_init(&reader->queue);
    own.isolation = "read committed"; /* each is one statement */
    own.statements = reader_statements;
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
    request_forget_all(&reader->queue);
    free(reader->current);
    reader->current = NULL;
}
