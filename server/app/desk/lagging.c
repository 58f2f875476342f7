/* How far back a desk remembers, and what becomes of clients that are too slow for that. A row that has left
 * its list long ago is forgotten once every dashboard has been told of it: so whoever is so far behind that
 * he would keep too much is started afresh, as if he came anew. */
#include "app/desk/desks_private.h"
#include "app/desk/private.h"

/* Each transition pays for a look at some of what may have to be held no more. */
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

/* The floor stays below what a dashboard still needs. */
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
