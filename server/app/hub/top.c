#include "app/hub/top.h"

#include "app/hub/private.h"

struct search {
    struct ranking by_commands; /* of struct desk; */
    struct ranking by_connections;
    struct ranking by_open;
    struct ranking by_lookups;
};

static int64_t desk_open(const struct desk *desk)
{
    return desk_is_ready(desk) ? desk->roster.counts.open : 0;
}

static void search_desk(struct search *search, const struct desk *desk, int64_t now_us)
{
    ranking_add(&search->by_commands, meter_per_ks(&desk->commands, now_us), desk);
    ranking_add(&search->by_connections, desk->subscribers_count, desk);
    ranking_add(&search->by_open, desk_open(desk), desk);
    ranking_add(&search->by_lookups, meter_per_ks(&desk->lookups, now_us), desk);
}

static struct top_workspace top_workspace(const struct desk *desk, int64_t now_us)
{
    int64_t since_us = desk->queued_count > 0 ? desk_waits_since_us(desk) : INT64_MAX;
    return (struct top_workspace){
        .workspace = text_bytes(desk->workspace),
        .commands_per_ks = meter_per_ks(&desk->commands, now_us),
        .lookups_per_ks = meter_per_ks(&desk->lookups, now_us),
        .connections = desk->subscribers_count,
        .open = desk_open(desk),
        .queued = desk->queued_count,
        .oldest_us = since_us < now_us ? now_us - since_us : 0,
    };
}

static void top_add_workspaces(struct hub_top *top, const struct ranking *ranking, int64_t now_us)
{
    for (size_t i = 0; i < ranking->count; i++) {
        struct top_workspace found = top_workspace(ranking->places[i].value, now_us);
        size_t known = 0;
        while (known < top->workspaces_count && top->workspaces[known].workspace.data != found.workspace.data)
            known++;
        if (known == top->workspaces_count)
            top->workspaces[top->workspaces_count++] = found;
    }
}

struct hub_top hub_top(const struct hub *hub)
{
    struct search search = {.by_commands.count = 0};
    struct hub_top top = {.workspaces_count = 0};
    int64_t now_us = hub->node.timings.present_us;
    size_t position = 0;
    const struct desk *desk;
    while ((desk = desks_next(&hub->desks, &position)) != NULL)
        search_desk(&search, desk, now_us);
    top_add_workspaces(&top, &search.by_commands, now_us);
    top_add_workspaces(&top, &search.by_connections, now_us);
    top_add_workspaces(&top, &search.by_open, now_us);
    top_add_workspaces(&top, &search.by_lookups, now_us);
    top.persons_count = sessions_top_persons(&hub->sessions, top.persons);
    top.dashboards_count = sessions_top_dashboards(&hub->sessions, top.dashboards);
    top.consumers_count = sessions_top_consumers(&hub->sessions, top.consumers);
    return top;
}
