/* The connection that loads.
 *
 * When all goes well: a load is taken from the queue, the workspace found by its name (FINDING), its rows
 * come by COPY in one snapshot, each straight into the roster (COPYING), and the load is answered STORE_OK. A
 * workspace that nobody has come to before is made in between (CREATING).
 *
 * What may fail: a statement. While nothing has come yet, what is passing is asked again; once rows have come
 * the roster is half filled, and good for nothing: the load is answered STORE_AWAY or STORE_FAILED, and its
 * asker begins anew. The connection: STORE_AWAY for this load and for all that wait. The rows, where they
 * make no workspace: STORE_FAILED, and it is logged which workspace it is.
 *
 *   FREE ──► FINDING ──► COPYING ──► FREE
 *               │           ▲
 *               └► CREATING ┘            and from everywhere to FREE, when it fails or the connection is lost
 *
 *   FREE ──► SPEAKING ──► FREE, for a notifier that does not know yet whether it hears
 *
 * The name of a workspace travels as a parameter, once, to find it by; COPY, which takes no parameters, reads
 * from the session which one it was. A workspace keeps its id for good, so these may be two transactions. */
#include "store/loader.h"

#include <assert.h>
#include <stdlib.h>

#include "base/log.h"
#include "core/roster.h"
#include "store/row.h"
#include "store/sqlstate.h"

static const char *const loader_statements[] = {"load_begin", "create_workspace", "notify_proof", NULL};

static void loader_enter_state(struct loader *loader, enum loader_state state)
{
    assert((state == LOADER_FREE || state == LOADER_SPEAKING) == (loader->current == NULL));
    loader->state = state;
}

/* Sending. */

static void loader_find(struct loader *loader, enum loader_state state)
{
    struct connection *connection = &loader->connection;
    struct parameters parameters;
    parameters_init(&parameters);
    parameters_add_text(&parameters, loader->current->workspace);
    if (state == LOADER_CREATING)
        connection_add(connection, "create_workspace", &parameters);
    parameters_add_int8(&parameters, loader->current->roster->limits.completed);
    parameters_add_int8(&parameters, loader->current->roster->limits.back);
    connection_add(connection, "load_begin", &parameters);
    parameters_finish(&parameters);
    loader_enter_state(loader, state);
    connection_send(connection);
    if (state == LOADER_FINDING)
        loader->began_us = connection->sent_us;
}

static void loader_copy(struct loader *loader)
{
    loader_enter_state(loader, LOADER_COPYING);
    loader->is_broken = false;
    connection_copy(&loader->connection, "load");
}

void loader_pump(struct loader *loader)
{
    if (loader->state != LOADER_FREE || loader->connection.state != CONNECTION_IDLE)
        return;
    struct list *link = list_take_first(&loader->queue);
    if (link == NULL)
        return;
    loader->current = store_load_of(store_request_of(link));
    loader->current->workspace_id = 0;
    loader_find(loader, LOADER_FINDING);
}

bool loader_speak(struct loader *loader, struct bytes proof)
{
    struct parameters parameters;
    if (loader->state != LOADER_FREE || loader->connection.state != CONNECTION_IDLE)
        return false;
    parameters_init(&parameters);
    parameters_add_text(&parameters, proof);
    connection_add(&loader->connection, "notify_proof", &parameters);
    parameters_finish(&parameters);
    loader_enter_state(loader, LOADER_SPEAKING);
    connection_send(&loader->connection);
    return true;
}

/* Answers. */

/* It is free before anybody hears of it. */
static void loader_answer(struct loader *loader, enum store_outcome outcome)
{
    struct store_load *answered = loader->current;
    loader->loads_failed += outcome != STORE_OK;
    loader->current = NULL;
    loader_enter_state(loader, LOADER_FREE);
    store_request_answer(&answered->request, outcome);
}

static bool take_head(struct store_load *load, struct fields *fields)
{
    struct roster *roster = load->roster;
    bool is_first = load->workspace_id == 0;
    load->workspace_id = fields_take_int_within(fields, 1, LIMIT_INTEGER);
    roster->default_pause_ms = fields_take_int_within(fields, 1, UINT32_MAX);
    roster->seq = fields_take_int_within(fields, 0, LIMIT_INTEGER);
    roster->at_ms = fields_take_time(fields);
    roster->counts.open = fields_take_int_within(fields, 0, LIMIT_INTEGER);
    roster->counts.completed = fields_take_int_within(fields, 0, LIMIT_INTEGER);
    roster->floor_seq = fields_take_int_within(fields, 0, roster->seq);
    return is_first && !fields->is_broken;
}

/* A later server may know of more roles: of who has one of those, this one can say nothing. */
static bool take_agent(struct roster *roster, struct fields *fields)
{
    struct text *id = fields_take_text_within(fields, LIMIT_ID_BYTES);
    struct text *name = fields_take_text_within(fields, LIMIT_NAME_BYTES);
    int64_t number = fields_take_int(fields);
    int64_t seq = fields_take_int_within(fields, 1, roster->seq);
    enum role role;
    bool is_sound = !fields->is_broken && id != NULL;
    if (is_sound && role_from_number(number, &role) && role_is_person(role))
        roster_load_agent(roster, id, name, role, seq);
    text_unref(&id);
    text_unref(&name);
    return is_sound;
}

static bool take_conversation(struct roster *roster, struct fields *fields)
{
    struct conversation conversation;
    fields_take_conversation(fields, &conversation);
    bool is_sound = !fields->is_broken && roster_may_load(roster, &conversation);
    if (is_sound)
        roster_load(roster, &conversation);
    else
        conversation_finish(&conversation);
    return is_sound;
}

static bool take_mark(struct roster *roster, struct fields *fields)
{
    int64_t seq = fields_take_int(fields);
    int64_t at_ms = fields_take_time(fields);
    bool is_sound = !fields->is_broken && roster_may_load_mark(roster, seq, at_ms);
    if (is_sound)
        roster_load_mark(roster, seq, at_ms);
    return is_sound;
}

bool loader_take_row(struct store_load *load, int copy_number, struct fields *fields)
{
    if (copy_number == 1)
        return take_head(load, fields);
    if (load->workspace_id == 0)
        return true; /* no head: said at the end */
    if (copy_number == 2)
        return take_mark(load->roster, fields);
    return copy_number == 3 ? take_agent(load->roster, fields) : take_conversation(load->roster, fields);
}

bool loader_has_whole(const struct store_load *load)
{
    const struct roster *roster = load->roster;
    return load->workspace_id != 0 &&
           (roster->marks.count == 0 || marks_find(&roster->marks, roster->seq) == roster->at_ms);
}

static void on_row(void *context, int copy_number, struct fields *fields)
{
    struct loader *loader = context;
    loader->is_broken = !loader_take_row(loader->current, copy_number, fields) || loader->is_broken;
}

static void loader_end(struct loader *loader, const struct pipeline *pipeline)
{
    const struct store_load *load = loader->current;
    bool is_whole = !loader->is_broken && loader_has_whole(load);
    if (!is_whole) {
        char *workspace = alloc_string((const char *)load->workspace.data, load->workspace.size);
        log_error(load->workspace_id == 0 ? "workspace_has_no_head" : "workspace_is_broken", "workspace=%s",
                  log_quote(workspace));
        free(workspace);
    }
    histogram_add(&loader->load_us, pipeline->received_us - loader->began_us);
    loader_answer(loader, is_whole ? STORE_OK : STORE_FAILED);
}

static void loader_go_on(struct loader *loader, const struct pipeline *pipeline)
{
    bool is_found;
    switch (loader->state) {
    case LOADER_FINDING:
    case LOADER_CREATING:
        is_found = PQntuples(pipeline->results[pipeline->results_count - 1]) > 0;
        if (is_found)
            loader_copy(loader);
        else
            loader_find(loader, LOADER_CREATING);
        break;
    case LOADER_COPYING: loader_end(loader, pipeline); break;
    case LOADER_SPEAKING:
    case LOADER_FREE: assert(!"an answer to nothing"); break;
    }
}

/* What is half filled cannot be filled again: after a passing trouble with COPY, the caller asks again. */
static void loader_fail(struct loader *loader, const struct pipeline *pipeline)
{
    log_warn("load_failed", "sqlstate=%s reason=%s", log_quote(pipeline->sqlstate),
             log_quote(pipeline->message));
    switch (sqlstate_class_of(pipeline->sqlstate)) {
    case SQLSTATE_PASSING:
        if (loader->state == LOADER_COPYING)
            loader_answer(loader, STORE_AWAY);
        else
            loader_find(loader, loader->state);
        break;
    case SQLSTATE_SESSION: connection_restart(&loader->connection, pipeline->message); break;
    case SQLSTATE_READ_ONLY:
    case SQLSTATE_FULL: loader_answer(loader, STORE_AWAY); break;
    case SQLSTATE_UNKNOWN: loader_answer(loader, STORE_FAILED); break;
    }
}

/* The connection's. */

static void loader_changed(struct loader *loader)
{
    loader->options.changed(loader->options.context, &loader->connection);
}

static void on_finished(void *context, const struct pipeline *pipeline)
{
    struct loader *loader = context;
    if (loader->state == LOADER_SPEAKING)
        loader_enter_state(loader, LOADER_FREE); /* where it has failed, it will be asked to again */
    else if (pipeline->is_committed)
        loader_go_on(loader, pipeline);
    else
        loader_fail(loader, pipeline);
    loader_changed(loader);
}

static void on_ready(void *context)
{
    loader_changed(context);
}

static void on_lost(void *context)
{
    struct loader *loader = context;
    if (loader->current != NULL)
        loader_answer(loader, STORE_AWAY);
    loader_enter_state(loader, LOADER_FREE);
    store_requests_answer(&loader->queue, STORE_AWAY);
    loader_changed(loader);
}

static void on_unfit(void *context, const char *sentence)
{
    struct loader *loader = context;
    loader->options.unfit(loader->options.context, sentence);
}

/* The owner's. */

void loader_init(struct loader *loader, uv_loop_t *loop, const struct connection_options *connection,
                 const struct loader_options *options)
{
    struct connection_options own = *connection;
    *loader = (struct loader){.options = *options};
    list_init(&loader->queue);
    own.isolation = "read committed"; /* load.sql chooses its own */
    own.statements = loader_statements;
    own.context = loader;
    own.handler = (struct connection_handler){
        .ready = on_ready, .finished = on_finished, .row = on_row, .lost = on_lost, .unfit = on_unfit};
    connection_init(&loader->connection, loop, &own);
}

void loader_finish(struct loader *loader)
{
    connection_finish(&loader->connection);
}

void loader_start(struct loader *loader)
{
    connection_start(&loader->connection);
}

void loader_stop(struct loader *loader)
{
    connection_stop(&loader->connection);
    store_requests_forget(&loader->queue);
    loader->current = NULL;
    loader_enter_state(loader, LOADER_FREE);
}
