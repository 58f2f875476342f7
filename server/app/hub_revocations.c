/* Whose tokens are good no more: revocations, which the store is asked for again and again, and secrets that
 * are gone. Both are held against every session. */
#include "app/hub_private.h"
#include "app/session_private.h"
#include "protocol/limits.h"

void hub_take_revocations(struct hub *hub, const struct store_revocations *taken)
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

size_t hub_check_trust(struct hub *hub)
{
    size_t closed = 0;
    LIST_FOR_EACH (link, &hub->sessions)
        closed += session_check_trust(CONTAINER_OF(link, struct session, hub_link));
    return closed;
}
