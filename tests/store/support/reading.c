#include "suite.h"

#include <criterion/criterion.h>

/* Asking for pages of the log. */

static void log_done(struct store_log *log)
{
    ((struct world *)log->context)->pending--;
}

struct store_log world_follow_log(struct world *world, int node, int64_t workspace_id, int64_t after_seq,
                                  const char *channel)
{
    struct store_log log = {.workspace_id = workspace_id,
                            .after_seq = after_seq,
                            .channel = bytes_of_string(channel),
                            .done = log_done,
                            .context = world};
    world->pending++;
    world->stores[node]->ops->log(world->stores[node], &log);
    cr_assert_eq(world->pending, 1);
    world_run(world);
    cr_assert_eq(log.outcome, STORE_OK);
    return log;
}

static void history_done(struct store_history *history)
{
    ((struct world *)history->context)->pending--;
}

void world_read_history(struct world *world, struct store_history *history)
{
    history->done = history_done;
    history->context = world;
    world->pending++;
    world->stores[1]->ops->history(world->stores[1], history);
    world_run(world);
    cr_assert_eq(history->outcome, STORE_OK);
}
