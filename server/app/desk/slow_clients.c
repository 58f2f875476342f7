/* How far back a desk remembers, and what happens to clients that are too slow for that. A row that left its
 * list long ago is dropped once every dashboard has been told. So a dashboard that is so far behind that too
 * many rows would be kept for it is started afresh, like a new one (session.c, session_start_afresh). */
#include "app/desk/desks_private.h"
#include "app/desk/private.h"

/* So many rows are looked at for each transition, to see whether they can be dropped. */
enum { SWEEP_VISITS = 4 };

static void desk_start_lagging_afresh(struct desk *desk)
{
    int64_t oldest_seq = desk->roster.seq - desk->node->options.limits.lag_back;
    LIST_FOR_EACH (link, &desk->subscribers) {
        struct subscriber *subscriber = CONTAINER_OF(link, struct subscriber, link);
        if (!subscriber->is_fed || cursor_floor_seq(&subscriber->cursor) >= oldest_seq)
            continue;
        desk->desks->notice(subscriber, &(struct desk_notice){.kind = DESK_LAGGED});
        desk->node->stats.lagged++;
    }
}

/* The highest floor with which no dashboard misses a row that it needs. */
static int64_t desk_floor_seq(const struct desk *desk)
{
    int64_t floor_seq = desk->roster.seq - desk->roster.limits.back;
    LIST_FOR_EACH (link, &desk->subscribers) {
        const struct subscriber *subscriber = CONTAINER_OF(link, struct subscriber, link);
        if (subscriber->is_fed && cursor_floor_seq(&subscriber->cursor) < floor_seq)
            floor_seq = cursor_floor_seq(&subscriber->cursor);
    }
    return floor_seq;
}

static void desk_raise_floor(struct desk *desk)
{
    desk_start_lagging_afresh(desk);
    int64_t floor_seq = desk_floor_seq(desk);
    if (floor_seq - desk->roster.floor_seq >= desk->roster.limits.back)
        roster_raise_floor(&desk->roster, floor_seq);
}

void desk_forget(struct desk *desk, int64_t transitions_count)
{
    struct roster *roster = &desk->roster;
    if (desk_is_ready(desk) && roster_is_swept(roster) &&
        roster->seq - roster->floor_seq >= 2 * roster->limits.back)
        desk_raise_floor(desk);
    desk->node->stats.rows_evicted += roster_sweep(roster, SWEEP_VISITS * (size_t)transitions_count);
}
