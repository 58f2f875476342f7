#include "app/hub/top.h"

#include "app/hub/private.h"

struct search {
    struct ranking by_commands; /* struct desk */
    struct ranking by_connections;
    struct ranking by_open;
    struct ranking by_lookups;
};

static void search_desk(struct search *search, const struct desk *desk)
{
    struct desk_figures figures = desk_figures(desk);
    ranking_add(&search->by_commands, figures.commands_per_ks, desk);
    ranking_add(&search->by_connections, figures.connections, desk);
    ranking_add(&search->by_open, figures.open, desk);
    ranking_add(&search->by_lookups, figures.lookups_per_ks, desk);
}

static struct top_workspace top_workspace(const struct desk *desk)
{
    struct desk_figures figures = desk_figures(desk);
    return (struct top_workspace){
        .workspace = figures.workspace,
        .commands_per_ks = figures.commands_per_ks,
        .lookups_per_ks = figures.lookups_per_ks,
        .connections = figures.connections,
        .open = figures.open,
        .queued = figures.queued,
        .oldest_us = figures.oldest_us,
    };
}

static void top_add_workspaces(struct hub_top *top, const struct ranking *ranking)
{
    for (size_t i = 0; i < ranking->count; i++) {
        struct top_workspace found = top_workspace(ranking->places[i].value);
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
    size_t position = 0;
    const struct desk *desk;
    while ((desk = desks_next(hub->desks, &position)) != NULL)
        search_desk(&search, desk);
    top_add_workspaces(&top, &search.by_commands);
    top_add_workspaces(&top, &search.by_connections);
    top_add_workspaces(&top, &search.by_open);
    top_add_workspaces(&top, &search.by_lookups);
    top.persons_count = sessions_top_persons(hub->sessions, top.persons);
    top.dashboards_count = sessions_top_dashboards(hub->sessions, top.dashboards);
    top.consumers_count = sessions_top_consumers(hub->sessions, top.consumers);
    return top;
}
