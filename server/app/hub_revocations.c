/* Whose tokens are good no more: revocations, which the store is asked for again and again, and secrets that
 * are gone. Both are held against every session. */
#include <assert.h>

#include "app/hub_private.h"
#include "app/session_private.h"
#include "protocol/limits.h"

static void hub_take_revocations(struct hub *hub, const struct store_revocations *taken)
{
    for (size_t i = 0; i < taken->count; i++)
        revocations_add(&hub->revocations, &taken->list[i]);
    bool is_first = !hub->knows_revocations && taken->count < LIMIT_REVOCATIONS_READ;
    hub->knows_revocations |= is_first;
    if (taken->count == 0 && !is_first)
        return;
    LIST_FOR_EACH (link, &hub->sessions) {
        struct session *session = CONTAINER_OF(link, struct session, hub_link);
        session_check_revoked(session);
        session_try_join(session);
    }
}

static void hub_revocations_done(struct store_request *request)
{
    struct store_revocations *taken = store_revocations_of(request);
    struct hub *hub = CONTAINER_OF(taken, struct hub, new_revocations);
    /* A full answer: there may be more behind it. */
    bool is_full = request->outcome == STORE_OK && taken->count == LIMIT_REVOCATIONS_READ;
    hub->is_asking_revocations = false;
    hub->next_revocations_us = hub->now.mono_us + (is_full ? 0 : LIMIT_REVOCATIONS_POLL_MS) * INT64_C(1000);
    if (request->outcome == STORE_OK)
        hub_take_revocations(hub, taken);
    store_request_finish(request);
}

void hub_ask_revocations(struct hub *hub)
{
    assert(!hub->is_asking_revocations);
    hub->new_revocations =
        (struct store_revocations){.request = {.kind = STORE_REVOCATIONS, .done = hub_revocations_done},
                                   .after = hub->revocations.newest_number};
    hub->is_asking_revocations = true;
    hub->options.store->ops->ask(hub->options.store, &hub->new_revocations.request);
}

bool hub_wants_revocations(const struct hub *hub)
{
    return hub->store_is_up && !hub->is_asking_revocations && !hub->is_draining;
}

size_t hub_check_trust(struct hub *hub)
{
    size_t closed = 0;
    LIST_FOR_EACH (link, &hub->sessions)
        closed += session_check_trust(CONTAINER_OF(link, struct session, hub_link));
    return closed;
}
