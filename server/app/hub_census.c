/* What an operator wants to know of all sessions and desks, and nobody else. */
#include <string.h>

#include "app/desk_private.h"
#include "app/hub_private.h"
#include "app/lag.h"
#include "app/session_private.h"

static void take_larger(int64_t *largest, int64_t other)
{
    if (other > *largest)
        *largest = other;
}

/* Who is behind is waited for by the transport, or has been found to take nothing. */
static void census_count_dashboards(struct hub_census *census, const struct list *sessions, bool is_blocked)
{
    LIST_FOR_EACH (link, sessions) {
        const struct session *session = is_blocked
                                            ? CONTAINER_OF(link, struct session, laggard.link)
                                            : CONTAINER_OF(link, struct session, subscriber.ready_link);
        if (!session_has_lag(session) || session->consumer != NULL)
            continue;
        struct lag lag = session_lag(session);
        take_larger(&census->lag_seqs, lag.seqs);
        take_larger(&census->lag_ms, lag.ms);
    }
}

static void census_count_consumers(struct hub_census *census, const struct list *consumers)
{
    LIST_FOR_EACH (link, consumers) {
        const struct session *session = CONTAINER_OF(link, struct consumer, hub_link)->session;
        if (!session_has_lag(session))
            continue;
        struct lag lag = session_lag(session);
        census->consumers++;
        take_larger(&census->consumers_lag_seqs, lag.seqs);
        take_larger(&census->consumers_lag_ms, lag.ms);
    }
}

static void census_count_desk(struct hub_census *census, const struct desk *desk)
{
    census->commands_queued += desk->queued_count;
    if (desk->queued_count > 0)
        take_larger(&census->commands_oldest_us, desk->node->timings.present_us - desk_waits_since_us(desk));
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
    struct hub_census census = {
        .lookups_queued = hub->node.lookups.queue.waiting_count,
        .lookups_oldest_us = fair_queue_oldest_us(&hub->node.lookups.queue, hub->node.now.mono_us),
        .reads_queued = hub->node.reads.queue.waiting_count,
        .reads_oldest_us = fair_queue_oldest_us(&hub->node.reads.queue, hub->node.now.mono_us),
    };
    size_t position = 0;
    const struct desk *desk;
    while ((desk = desks_next(&hub->desks, &position)) != NULL)
        census_count_desk(&census, desk);
    memcpy(census.sessions, hub->watching.sessions, sizeof(census.sessions));
    census_count_dashboards(&census, &hub->node.ready, false);
    census_count_dashboards(&census, &hub->watching.blocked_sessions, true);
    census_count_consumers(&census, &hub->watching.consumers);
    return census;
}

void hub_tell_time(struct hub *hub, int64_t mono_us)
{
    timings_tell(&hub->node.timings, mono_us);
}

bool hub_waits_for_writing(const struct hub *hub)
{
    return hub->node.timings.pending_count > 0;
}

void hub_note_written(struct hub *hub, int64_t mono_us)
{
    timings_end(&hub->node.timings, mono_us);
}
