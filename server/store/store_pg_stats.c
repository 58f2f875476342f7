/* What the store tells operators of itself. */
#include "store/store_pg_private.h"

static int64_t pg_oldest_us(const struct store_pg *pg, bool is_of_answers)
{
    int64_t oldest_us = INT64_MAX;
    for (int i = 0; i < pg->lanes_count; i++) {
        const struct lane *lane = &pg->lanes[i];
        int64_t began_us = is_of_answers ? lane->connection.sent_us : lane->began_us;
        bool counts = is_of_answers ? lane->state == LANE_SENT : lane->state != LANE_FREE;
        if (counts && began_us < oldest_us)
            oldest_us = began_us;
    }
    return oldest_us == INT64_MAX ? 0 : oldest_us;
}

int64_t pg_oldest_sent_us(const struct store_pg *pg)
{
    return pg_oldest_us(pg, true);
}

int64_t pg_oldest_begun_us(const struct store_pg *pg)
{
    return pg_oldest_us(pg, false);
}

static void stats_count_lane(struct store_pg_stats *stats, const struct lane *lane)
{
    switch (lane->state) {
    case LANE_FREE:
        stats->lanes_free += connection_is_ready(&lane->connection);
        stats->lanes_down += !connection_is_ready(&lane->connection);
        break;
    case LANE_SENT:
    case LANE_READING:
    case LANE_RESTING: stats->lanes_busy++; break;
    case LANE_IN_DOUBT:
    case LANE_ENDING: stats->lanes_in_doubt++; break;
    }
}

static struct queue_stats queue_measure(const struct list *queue)
{
    struct queue_stats stats = {.count = 0};
    LIST_FOR_EACH (link, queue)
        stats.count++;
    if (stats.count > 0)
        stats.oldest_us = (int64_t)(uv_hrtime() / 1000) - store_request_of(queue->next)->asked_us;
    return stats;
}

struct store_pg_stats store_pg_stats(const struct store *store)
{
    const struct store_pg *pg = CONTAINER_OF(store, struct store_pg, store);
    struct store_pg_stats stats = {
        .commit_us = pg->lane_stats.commit_us,
        .commit_commands = pg->lane_stats.commit_commands,
        .commits_failed = pg->lane_stats.failed,
        .commits_in_doubt = pg->lane_stats.in_doubt,
        .load_us = pg->loader.load_us,
        .loads_failed = pg->loader.loads_failed,
        .times_away = pg->times_away,
        .is_accompanied = !company_is_alone(&pg->notifier.company),
        .why_stuck = pg->commit_probe.is_stuck ? pg->commit_probe.why : NULL,
    };
    int64_t oldest_us = pg_oldest_begun_us(pg);
    stats.commit_oldest_us = oldest_us == 0 ? 0 : pg_now_us() - oldest_us;
    for (int i = 0; i < pg->lanes_count; i++)
        stats_count_lane(&stats, &pg->lanes[i]);
    stats.appends = queue_measure(&pg->append_queue);
    stats.loads = queue_measure(&pg->loader.queue);
    return stats;
}
