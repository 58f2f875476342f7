/* What an operator wants to know of all sessions and desks, and nobody else. */
#include "app/hub_private.h"
#include "app/session_consumer.h"

/* What a first screen still has to tell of the past is no lag: only what has happened since it began. */
static int64_t session_lag_seqs(const struct session *session)
{
    const struct cursor *cursor = &session->cursor;
    int64_t told_seq = cursor->seq > cursor->base_seq ? cursor->seq : cursor->base_seq;
    return session->desk->roster.seq - told_seq;
}

static void census_count_consumer(struct hub_census *census, const struct session *session)
{
    int64_t lag_seqs = session->desk->roster.seq - session->consumer->acked_seq;
    census->consumers++;
    if (lag_seqs > census->consumers_lag_seqs)
        census->consumers_lag_seqs = lag_seqs;
}

static void census_count_session(struct hub_census *census, const struct session *session)
{
    census->sessions[session->identity.role]++;
    if (session->state != SESSION_LIVE || !desk_is_ready(session->desk))
        return;
    if (session->consumer != NULL)
        census_count_consumer(census, session);
    if (!session_is_dashboard(session))
        return;
    int64_t lag_seqs = session_lag_seqs(session);
    if (lag_seqs > census->lag_seqs)
        census->lag_seqs = lag_seqs;
}

static void census_count_desk(struct hub_census *census, const struct desk *desk)
{
    census->commands_queued += desk->queued_count;
    switch (desk->state) {
    case DESK_WAITING: census->desks_waiting++; break;
    case DESK_LOADING: census->desks_loading++; break;
    case DESK_READY:
        census->desks_ready++;
        census->rows += desk->roster.rows.count;
        break;
    }
}

struct hub_census hub_census(const struct hub *hub)
{
    struct hub_census census = {.rows = 0};
    size_t position = 0;
    const struct desk *desk;
    while ((desk = map_next(&hub->desks, &position)) != NULL)
        census_count_desk(&census, desk);
    LIST_FOR_EACH (link, &hub->sessions)
        census_count_session(&census, CONTAINER_OF(link, struct session, hub_link));
    return census;
}
