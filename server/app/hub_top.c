#include "app/hub_top.h"

#include "app/lag.h"
#include "app/session_private.h"

struct search {
    struct ranking by_commands; /* of struct desk; */
    struct ranking by_connections;
    struct ranking by_open;
    struct ranking by_lookups;
    struct ranking persons;    /* of struct principal; */
    struct ranking dashboards; /* of struct session */
    struct ranking consumers;
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

/* Whoever has commanded within the time that counts: the others are before them in the list. */
static void search_persons(struct search *search, const struct list *busy, int64_t now_us)
{
    for (const struct list *link = busy->previous; link != busy; link = link->previous) {
        const struct principal *principal = CONTAINER_OF(link, struct principal, busy_link);
        if (principal->commanded_us + 2 * (int64_t)METER_WINDOW_US < now_us)
            return;
        ranking_add(&search->persons, meter_per_ks(&principal->commands_of_late, now_us), principal);
    }
}

static void search_session(struct ranking *ranking, const struct session *session)
{
    if (session_has_lag(session))
        ranking_add(ranking, session_lag(session).ms, session);
}

/* Who is behind is waited for by the transport, or has been found to take nothing. */
static void search_followers(struct search *search, const struct hub *hub)
{
    LIST_FOR_EACH (link, &hub->watching.blocked_sessions)
        search_session(&search->dashboards, CONTAINER_OF(link, struct session, laggard.link));
    LIST_FOR_EACH (link, &hub->node.ready) {
        const struct session *session = CONTAINER_OF(link, struct session, subscriber.ready_link);
        if (session->consumer == NULL && !list_is_linked(&session->laggard.link))
            search_session(&search->dashboards, session);
    }
    LIST_FOR_EACH (link, &hub->watching.consumers)
        search_session(&search->consumers, CONTAINER_OF(link, struct consumer, hub_link)->session);
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
        const struct principal *principal = ranking->places[i].value;
        top->persons[top->persons_count++] = (struct top_person){
            .workspace = principal_workspace(principal),
            .role = principal_role(principal),
            .id = principal_id(principal),
            .connections = principal->sessions,
            .commands_per_ks = ranking->places[i].key,
        };
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
    search_persons(&search, &hub->watching.busy_principals, now_us);
    search_followers(&search, hub);
    top_add_workspaces(&top, &search.by_commands, now_us);
    top_add_workspaces(&top, &search.by_connections, now_us);
    top_add_workspaces(&top, &search.by_open, now_us);
    top_add_workspaces(&top, &search.by_lookups, now_us);
    top_add_persons(&top, &search.persons);
    top.dashboards_count = top_add_connections(top.dashboards, &search.dashboards);
    top.consumers_count = top_add_connections(top.consumers, &search.consumers);
    return top;
}
