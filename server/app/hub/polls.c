#include "app/hub/polls.h"

#include <stdlib.h>

#include "app/hub/private.h"
#include "base/alloc.h"
#include "protocol/limits.h"

/* Pauses that end in workspaces that are not loaded here. Loading the desk is enough: the desk ends them. */

static void due_done(struct store_request *request)
{
    struct store_due *due = store_due_of(request);
    struct hub *hub = CONTAINER_OF(due, struct hub, polls.due_request);
    free((void *)due->watched_ids);
    for (size_t i = 0; i < due->workspaces_count; i++)
        desks_of_due(hub->desks, due, i);
    /* The answer is full, so there may be more. */
    bool is_full = due->workspaces_count == LIMIT_DUE_WORKSPACES;
    store_request_finish(request);
    poll_set_next(&hub->polls.due, node_mono_ms(&hub->node) + (is_full ? 100 : LIMIT_DUE_POLL_MS));
    poll_done(&hub->polls.due);
}

static bool due_ask(struct poll *poll)
{
    struct hub *hub = CONTAINER_OF(poll, struct hub, polls.due);
    int64_t *watched_ids = alloc_array(LIMIT_HEADS, sizeof(*watched_ids));
    size_t count = desks_list_ready(hub->desks, watched_ids);
    /* It looks twice as far ahead as the time until the next question, so that there is time to load. */
    hub->polls.due_request = (struct store_due){.request = {.kind = STORE_DUE, .done = due_done},
                                                .ahead_ms = 2 * LIMIT_DUE_POLL_MS,
                                                .watched_ids = watched_ids,
                                                .watched_count = count};
    hub->node.options.store->ops->ask(hub->node.options.store, &hub->polls.due_request.request);
    return true;
}

/* The heads of the READY desks. Each answer works like a hint, in case a hint was lost. */

static void heads_done(struct store_request *request)
{
    struct store_heads *heads = store_heads_of(request);
    struct hub *hub = CONTAINER_OF(heads, struct hub, polls.heads_request);
    for (size_t i = 0; request->outcome == STORE_OK && i < heads->workspaces_count; i++)
        desks_take_head(hub->desks, heads->workspace_ids[i], heads->seqs[i], heads->marks_ms[i]);
    store_request_finish(request);
    free((void *)heads->workspace_ids);
    poll_done(&hub->polls.heads);
}

static bool heads_ask(struct poll *poll)
{
    struct hub *hub = CONTAINER_OF(poll, struct hub, polls.heads);
    int64_t total = (int64_t)desks_count_ready(hub->desks);
    int64_t *ids = alloc_array(LIMIT_HEADS, sizeof(*ids));
    size_t count = desks_take_turn(hub->desks, ids);
    /* Where there are more than can be asked for at once, the poll asks more often, so that each has its turn
     * in time. */
    bool is_all = count == 0 || (int64_t)count >= total;
    poll_set_next(poll, node_mono_ms(&hub->node) +
                            (is_all ? LIMIT_HEADS_POLL_MS : LIMIT_HEADS_POLL_MS * (int64_t)count / total));
    if (count == 0) {
        free(ids);
        return false;
    }
    hub->polls.heads_request = (struct store_heads){.request = {.kind = STORE_HEADS, .done = heads_done},
                                                    .workspace_ids = ids,
                                                    .workspaces_count = count};
    hub->node.options.store->ops->ask(hub->node.options.store, &hub->polls.heads_request.request);
    return true;
}

/* Revoked tokens. */

static void revocations_done(struct store_request *request)
{
    struct store_revocations *taken = store_revocations_of(request);
    struct hub *hub = CONTAINER_OF(taken, struct hub, polls.revocations_request);
    /* The answer is full, so there may be more. */
    bool is_full = request->outcome == STORE_OK && taken->count == LIMIT_REVOCATIONS_READ;
    if (request->outcome == STORE_OK)
        sessions_take_revocations(hub->sessions, taken, !is_full);
    store_request_finish(request);
    poll_set_next(&hub->polls.revocations,
                  node_mono_ms(&hub->node) + (is_full ? 0 : LIMIT_REVOCATIONS_POLL_MS));
    poll_done(&hub->polls.revocations);
}

static bool revocations_ask(struct poll *poll)
{
    struct hub *hub = CONTAINER_OF(poll, struct hub, polls.revocations);
    hub->polls.revocations_request =
        (struct store_revocations){.request = {.kind = STORE_REVOCATIONS, .done = revocations_done},
                                   .after = sessions_newest_revocation(hub->sessions)};
    hub->node.options.store->ops->ask(hub->node.options.store, &hub->polls.revocations_request.request);
    return true;
}

/* All polls. */

void polls_init(struct hub *hub)
{
    poll_init(&hub->polls.due, &hub->node.alarms, due_ask);
    poll_init(&hub->polls.heads, &hub->node.alarms, heads_ask);
    poll_init(&hub->polls.revocations, &hub->node.alarms, revocations_ask);
}

static void poll_begin(struct poll *poll, int64_t now_ms)
{
    poll_set_next(poll, now_ms);
    poll_start(poll);
}

void polls_start(struct hub *hub)
{
    poll_begin(&hub->polls.due, node_mono_ms(&hub->node));
    poll_begin(&hub->polls.heads, node_mono_ms(&hub->node));
    poll_begin(&hub->polls.revocations, node_mono_ms(&hub->node));
}

void polls_stop(struct hub *hub)
{
    poll_stop(&hub->polls.due);
    poll_stop(&hub->polls.heads);
    poll_stop(&hub->polls.revocations);
}

bool polls_are_asking(const struct polls *polls)
{
    return polls->due.is_asking || polls->heads.is_asking || polls->revocations.is_asking;
}
