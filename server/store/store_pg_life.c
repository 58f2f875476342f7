/* How a store comes to be, and how it ends: its connections are made, started, stopped and given up. */
#include "store/store_pg_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "store/conninfo.h"
#include "store/statement.h"

enum {
    LANES_USUAL = 2,
    LOOK_MS = 500, /* how often it is looked at whether commits go through */
};
static_assert(STORE_PG_CONNECTIONS_BESIDE == 3 + LOOKUPS, "a reader, a loader and a notifier too");

static const char *const lane_names[LIMIT_LANES] = {
    "relevo lane 1", "relevo lane 2", "relevo lane 3", "relevo lane 4",
    "relevo lane 5", "relevo lane 6", "relevo lane 7", "relevo lane 8",
};

static const char *const lookup_names[LOOKUPS] = {"relevo lookup 1", "relevo lookup 2"};

static void on_unfit(void *context, const char *sentence)
{
    struct store_pg *pg = context;
    if (pg->was_up)
        return; /* the connection has logged it, and tries again */
    store_pg_stop(&pg->store);
    pg->options.unfit(pg->options.context, sentence);
}

struct store *store_pg_create(uv_loop_t *loop, const struct store_pg_options *options)
{
    struct store_pg *pg = alloc_zeroed(sizeof(*pg));
    pg->store.ops = &pg_ops;
    pg->options = *options;
    pg->loop = loop;
    pg->conninfo = alloc_string(options->conninfo, strlen(options->conninfo));
    pg->lanes_count = options->lanes == 0 ? LANES_USUAL : options->lanes;
    assert(pg->lanes_count > 0 && pg->lanes_count <= LIMIT_LANES);
    list_init(&pg->append_queue);
    list_init(&pg->read_queue);
    list_init(&pg->lookup_queue);
    list_init(&pg->refused);

    reconnect_init(&pg->reconnect);
    struct connection_options connection = {.conninfo = pg->conninfo,
                                            .allow_unsafe = options->allow_unsafe,
                                            .epoch = &pg->epoch,
                                            .reconnect = &pg->reconnect};
    struct lane_options lane = {.stats = &pg->lane_stats,
                                .queue = &pg->append_queue,
                                .changed = pg_on_changed,
                                .clock = pg_on_clock,
                                .committed = pg_on_committed,
                                .unfit = on_unfit,
                                .failed = pg_on_failed,
                                .wrote = pg_on_wrote,
                                .is_kept_waiting = pg_is_kept_waiting,
                                .is_taken = pg_is_taken,
                                .has_patient_lane = pg_has_patient_lane,
                                .context = pg};
    struct reader_options reader = {.queue = &pg->read_queue,
                                    .asked_of = ASKED_OF_READER,
                                    .changed = pg_on_changed,
                                    .clock = pg_on_clock,
                                    .standbys = pg_on_standbys,
                                    .unfit = on_unfit,
                                    .context = pg};
    struct reader_options lookup = reader;
    lookup.queue = &pg->lookup_queue;
    lookup.asked_of = ASKED_OF_LOOKUPS;
    struct loader_options loader = {.changed = pg_on_changed, .unfit = on_unfit, .context = pg};
    int trouble = uv_random(NULL, NULL, &lane.hash_key, sizeof(lane.hash_key), 0, NULL);
    assert(trouble == 0);
    struct notifier_options notifier = {.hash_key = lane.hash_key,
                                        .listener = &pg->store.listener,
                                        .changed = pg_on_changed,
                                        .unfit = on_unfit,
                                        .silent_ms = options->node_silent_ms,
                                        .context = pg};
    commit_probe_init(&pg->commit_probe, loop, &connection,
                      &(struct commit_probe_options){.changed = pg_on_stuck, .context = pg});
    for (int i = 0; i < pg->lanes_count; i++) {
        connection.name = lane_names[i];
        lane_init(&pg->lanes[i], loop, &connection, &lane);
    }
    connection.name = "relevo reader";
    reader_init(&pg->reader, loop, &connection, &reader);
    connection.name = "relevo loader";
    loader_init(&pg->loader, loop, &connection, &loader);
    connection.name = "relevo notifier";
    notifier_init(&pg->notifier, loop, &connection, &notifier);
    connection.statement_timeout = "2s"; /* LIMIT_LOOKUP_MS */
    for (int i = 0; i < LOOKUPS; i++) {
        connection.name = lookup_names[i];
        reader_init(&pg->lookups[i], loop, &connection, &lookup);
    }
    return &pg->store;
}

static void on_unreadable(uv_timer_t *timer)
{
    on_unfit(timer->data, CONNINFO_SENTENCE);
}

void store_pg_start(struct store *store)
{
    struct store_pg *pg = pg_of(store);
    assert(pg->pump_timer == NULL);
    pg->pump_timer = alloc_zeroed(sizeof(*pg->pump_timer));
    pg->pump_timer->data = pg;
    uv_timer_init(pg->loop, pg->pump_timer);
    if (!conninfo_is_readable(pg->conninfo)) {
        uv_timer_start(pg->pump_timer, on_unreadable, 0, 0);
        return;
    }
    for (int i = 0; i < pg->lanes_count; i++)
        lane_start(&pg->lanes[i]);
    reader_start(&pg->reader);
    for (int i = 0; i < LOOKUPS; i++)
        reader_start(&pg->lookups[i]);
    loader_start(&pg->loader);
    notifier_start(&pg->notifier);
    commit_probe_start(&pg->commit_probe);
    pg->look = alloc_zeroed(sizeof(*pg->look));
    pg->look->data = pg;
    uv_timer_init(pg->loop, pg->look);
    uv_timer_start(pg->look, pg_on_look, LOOK_MS, LOOK_MS);
}

static void free_timer(uv_handle_t *handle)
{
    free(handle);
}

void store_pg_stop(struct store *store)
{
    struct store_pg *pg = pg_of(store);
    if (pg->pump_timer == NULL)
        return;
    for (int i = 0; i < pg->lanes_count; i++)
        lane_stop(&pg->lanes[i]);
    reader_stop(&pg->reader);
    for (int i = 0; i < LOOKUPS; i++)
        reader_stop(&pg->lookups[i]);
    loader_stop(&pg->loader);
    notifier_stop(&pg->notifier);
    commit_probe_stop(&pg->commit_probe);
    if (pg->look != NULL)
        uv_close((uv_handle_t *)pg->look, free_timer);
    pg->look = NULL;
    store_requests_forget(&pg->append_queue);
    store_requests_forget(&pg->read_queue);
    store_requests_forget(&pg->lookup_queue);
    store_requests_forget(&pg->refused);
    uv_timer_stop(pg->pump_timer);
    uv_close((uv_handle_t *)pg->pump_timer, free_timer);
    pg->pump_timer = NULL;
    pg->is_up = false;
}

void store_pg_destroy(struct store **store)
{
    if (*store == NULL)
        return;
    struct store_pg *pg = pg_of(*store);
    assert(pg->pump_timer == NULL);
    for (int i = 0; i < pg->lanes_count; i++)
        lane_finish(&pg->lanes[i]);
    reader_finish(&pg->reader);
    for (int i = 0; i < LOOKUPS; i++)
        reader_finish(&pg->lookups[i]);
    loader_finish(&pg->loader);
    notifier_finish(&pg->notifier);
    commit_probe_finish(&pg->commit_probe);
    reconnect_finish(&pg->reconnect);
    text_unref(&pg->epoch);
    free(pg->conninfo);
    free(pg);
    *store = NULL;
}
