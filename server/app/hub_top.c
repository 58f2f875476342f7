#include "app/hub_top.h"

#include "app/lag.h"
#include "app/session_consumer.h"

struct search {
    struct ranking by_commands; /* of struct desk; */
    struct ranking by_connections;
    struct ranking by_open;
    struct ranking by_lookups;
    struct ranking persons; /* of struct session, one of each person's; */
    struct ranking dashboards;
    struct ranking consumers;
};

static int64_t desk_open(const struct desk *desk)
{
    return desk_is_ready(desk) ? desk->roster.counts.open : 0;
}

static void search_desk(struct search *search, const struct desk *desk, int64_t now_us)
{
    ranking_add(&search->by_commands, meter_per_ks(&desk->commands, now_us), desk);
    ranking_add(&search->by_connections, desk->sessions_count, desk);
    ranking_add(&search->by_open, desk_open(desk), desk);
    ranking_add(&search->by_lookups, meter_per_ks(&desk->lookups, now_us), desk);
}

static bool search_has_person(const struct search *search, const struct principal *principal)
{
    for (size_t i = 0; i < search->persons.count; i++) {
        if (((const struct session *)search->persons.places[i].value)->principal == principal)
            return true;
    }
    return false;
}

static void search_session(struct search *search, const struct session *session, int64_t now_us)
{
    if (session->principal == NULL)
        return;
    int64_t commands = meter_per_ks(&session->principal->commands_of_late, now_us);
    if (commands > 0 && !search_has_person(search, session->principal))
        ranking_add(&search->persons, commands, session);
    if (session_has_lag(session))
        ranking_add(session->consumer != NULL ? &search->consumers : &search->dashboards,
                    session_lag(session).ms, session);
}

static struct top_workspace top_workspace(const struct desk *desk, int64_t now_us)
{
    int64_t since_us = desk->queued_count > 0 ? desk_waits_since_us(desk) : INT64_MAX;
    return (struct top_workspace){
        .workspace = text_bytes(desk->workspace),
        .commands_per_ks = meter_per_ks(&desk->commands, now_us),
        .lookups_per_ks = meter_per_ks(&desk->lookups, now_us),
        .connections = desk->sessions_count,
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

static size_t top_add_connections(struct top_connection *connections, const struct ranking *ranking)
{
    for (size_t i = 0; i < ranking->count; i++) {
        const struct session *session = ranking->places[i].value;
        struct lag lag = session_lag(session);
        connections[i] = (struct top_connection){
            .workspace = text_bytes(session->identity.workspace),
            .role = session->identity.role,
            .id = text_bytes(session->identity.id),
            .consumer = session->consumer != NULL ? text_bytes(session->consumer->name) : bytes_make(NULL, 0),
            .from = session->from,
            .lag_ms = lag.ms,
            .lag_seqs = lag.seqs,
        };
    }
    return ranking->count;
}

static void top_add_persons(struct hub_top *top, const struct ranking *ranking)
{
    for (size_t i = 0; i < ranking->count; i++) {
        const struct session *session = ranking->places[i].value;
        top->persons[top->persons_count++] = (struct top_person){
            .workspace = text_bytes(session->identity.workspace),
            .role = session->identity.role,
            .id = text_bytes(session->identity.id),
            .connections = session->principal->sessions,
            .commands_per_ks = ranking->places[i].key,
        };
    }
}

struct hub_top hub_top(const struct hub *hub)
{
    struct search search = {.by_commands.count = 0};
    struct hub_top top = {.workspaces_count = 0};
    int64_t now_us = hub->timings.present_us;
    size_t position = 0;
    const struct desk *desk;
    while ((desk = map_next(&hub->desks, &position)) != NULL)
        search_desk(&search, desk, now_us);
    LIST_FOR_EACH (link, &hub->sessions)
        search_session(&search, CONTAINER_OF(link, struct session, hub_link), now_us);
    top_add_workspaces(&top, &search.by_commands, now_us);
    top_add_workspaces(&top, &search.by_connections, now_us);
    top_add_workspaces(&top, &search.by_open, now_us);
    top_add_workspaces(&top, &search.by_lookups, now_us);
    top_add_persons(&top, &search.persons);
    top.dashboards_count = top_add_connections(top.dashboards, &search.dashboards);
    top.consumers_count = top_add_connections(top.consumers, &search.consumers);
    return top;
}
