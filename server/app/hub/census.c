/* What an operator wants to know of all sessions and desks: it counts, and changes nothing. */
#include <string.h>

#include "app/desk/desks.h"
#include "app/hub/private.h"
#include "app/session/sessions_top.h"

static void take_larger(int64_t *largest, int64_t other)
{
    if (other > *largest)
        *largest = other;
}

static void census_count_desk(struct hub_census *census, const struct desk *desk)
{
    struct desk_figures figures = desk_figures(desk);
    census->commands_queued += figures.queued;
    census->rows += figures.rows;
    take_larger(&census->commands_oldest_us, figures.oldest_us);
    switch (figures.state) {
    case DESK_WAITING: census->desks_waiting++; break;
    case DESK_LOADING: census->desks_loading++; break;
    case DESK_READY: census->desks_ready++; break;
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
    while ((desk = desks_next(hub->desks, &position)) != NULL)
        census_count_desk(&census, desk);
    struct lag dashboards = sessions_dashboards_lag(hub->sessions);
    struct lag consumers = sessions_consumers_lag(hub->sessions, &census.consumers);
    memcpy(census.sessions, sessions_of_role(hub->sessions), sizeof(census.sessions));
    census.lag_seqs = dashboards.seqs;
    census.lag_ms = dashboards.ms;
    census.consumers_lag_seqs = consumers.seqs;
    census.consumers_lag_ms = consumers.ms;
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
