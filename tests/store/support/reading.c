#include "suite.h"

#include <criterion/criterion.h>

/* Asking for pages of the log. */

struct store_log world_follow_log(struct world *world, int node, int64_t workspace_id, int64_t after_seq,
                                  const char *channel)
{
    struct store_log log = {.request = {.kind = STORE_LOG},
                            .workspace_id = workspace_id,
                            .after_seq = after_seq,
                            .channel = bytes_of_string(channel)};
    world_ask(world, node, &log.request);
    return log;
}

void world_read_history(struct world *world, struct store_history *history)
{
    history->request.kind = STORE_HISTORY;
    world_ask(world, 1, &history->request);
}
