/* How a lane begins and ends; what it does in between is in lane.c. */
#include <stdlib.h>

#include "base/alloc.h"
#include "store/lane_private.h"

static const char *const lane_statements[] = {"append", "append_foreign", "end_backend", NULL};

void lane_init(struct lane *lane, uv_loop_t *loop, const struct connection_options *connection,
               const struct lane_options *options)
{
    struct connection_options own = *connection;
    *lane = (struct lane){.options = *options};
    lane->encoded.hash_key = options->hash_key;
    list_init(&lane->batch);
    list_init(&lane->alone);
    own.isolation = "read committed";
    own.waits_for_standbys = true;
    own.statements = lane_statements;
    own.context = lane;
    own.handler = lane_handler;
    connection_init(&lane->connection, loop, &own);
}

void lane_finish(struct lane *lane)
{
    connection_finish(&lane->connection);
    append_batch_finish(&lane->encoded);
    parameters_finish(&lane->append);
    text_unref(&lane->epoch);
    text_unref(&lane->backend_start);
}

void lane_start(struct lane *lane)
{
    lane->timer = alloc_zeroed(sizeof(*lane->timer));
    lane->timer->data = lane;
    uv_timer_init(lane->connection.loop, lane->timer);
    connection_start(&lane->connection);
}

static void free_timer(uv_handle_t *handle)
{
    free(handle);
}

void lane_stop(struct lane *lane)
{
    connection_stop(&lane->connection);
    store_requests_forget(&lane->batch);
    store_requests_forget(&lane->alone);
    lane->state = LANE_FREE;
    if (lane->timer != NULL) {
        uv_timer_stop(lane->timer);
        uv_close((uv_handle_t *)lane->timer, free_timer);
    }
    lane->timer = NULL;
}
