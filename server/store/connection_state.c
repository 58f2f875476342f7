/* A connection's socket, its states, and how it is lost: what stands on everything else about it. */
#include "store/connection_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"

enum { PATIENCE_MS = 15000 }; /* with a connect, a pipeline, and the next of a COPY */

/* Handles. */

void connection_free_handle(uv_handle_t *handle)
{
    free(handle);
}

static void on_readiness(uv_poll_t *poll, int status, int events)
{
    (void)status; /* libpq finds out for itself what is wrong */
    (void)events;
    struct connection *connection = poll->data;
    connection->go_on(connection);
}

void connection_unwatch(struct connection *connection)
{
    if (connection->poll == NULL)
        return;
    uv_poll_stop(connection->poll);
    uv_close((uv_handle_t *)connection->poll, connection_free_handle);
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

static void on_impatience(uv_timer_t *timer);

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
    case CONNECTION_COPYING: uv_timer_start(connection->timer, on_impatience, PATIENCE_MS, 0); break;
    }
}

static void connection_drop_results(struct connection *connection)
{
    for (int i = 0; i < connection->results_count; i++)
        PQclear(connection->results[i]);
    connection->statements_count = 0;
    connection->results_count = 0;
    PQclear(connection->error);
    connection->error = NULL;
}

void connection_close(struct connection *connection)
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

static void on_rested(uv_timer_t *timer)
{
    struct connection *connection = timer->data;
    connection->connect(connection);
}

void connection_try_after(struct connection *connection, uint64_t ms)
{
    assert(connection->state == CONNECTION_RESTING);
    uv_timer_start(connection->timer, on_rested, ms, 0);
}

void connection_rest(struct connection *connection, enum attempt attempt, const char *trouble)
{
    bool was_ready = connection_is_ready(connection);
    connection_tell(connection, trouble);
    connection_close(connection);
    connection->attempt_ms = was_ready ? 0 : 1 + reconnect_trying_ms(connection);
    connection_enter_state(connection, CONNECTION_RESTING);
    uint64_t after_ms;
    struct connection *next = reconnect_rest(connection, attempt, &after_ms);
    if (next != NULL)
        connection_try_after(next, after_ms);
    if (was_ready)
        connection->options.handler.lost(connection->options.context);
}

void connection_lose(struct connection *connection, const char *trouble)
{
    connection_rest(connection, ATTEMPT_IN_VAIN, trouble);
}

void connection_lose_by_libpq(struct connection *connection)
{
    char trouble[CONNECTION_SENTENCE_SIZE];
    int count = hosts_describe_trouble(connection->pg, trouble, sizeof(trouble));
    connection_lose(connection, count == 0 ? "the connection broke" : trouble);
}

/* Where there is another host, it comes first now. */
void connection_pass_over(struct connection *connection, const char *trouble)
{
    hosts_pass_over(&connection->options.reconnect->hosts, connection->pg);
    connection_lose(connection, trouble);
}

void connection_refuse(struct connection *connection, const char *sentence)
{
    connection_rest(connection, ATTEMPT_UNFIT, sentence);
    connection->options.handler.unfit(connection->options.context, sentence);
}

static void on_impatience(uv_timer_t *timer)
{
    struct connection *connection = timer->data;
    const struct connection_handler *handler = &connection->options.handler;
    if (connection->state == CONNECTION_BUSY && handler->overdue != NULL &&
        handler->overdue(connection->options.context))
        connection_enter_state(connection, CONNECTION_BUSY);
    else
        connection_pass_over(connection, "the database did not answer in time");
}

void connection_flush(struct connection *connection)
{
    int left = PQflush(connection->pg);
    if (left < 0)
        connection_lose_by_libpq(connection);
    else
        connection_watch(connection, left > 0 ? UV_READABLE | UV_WRITABLE : UV_READABLE);
}
