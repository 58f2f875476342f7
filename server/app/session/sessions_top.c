#include "app/session/sessions_top.h"

#include "app/session/private.h"

/* The connections that are furthest behind, and the largest lags of all. */
struct search {
    struct ranking by_lag; /* struct session */
    struct lag largest;
    size_t count;
};

static void search_session(struct search *search, const struct session *session)
{
    if (!session_has_lag(session))
        return;
    struct lag lag = session_lag(session);
    ranking_add(&search->by_lag, lag.ms, session);
    search->largest.seqs = lag.seqs > search->largest.seqs ? lag.seqs : search->largest.seqs;
    search->largest.ms = lag.ms > search->largest.ms ? lag.ms : search->largest.ms;
    search->count++;
}

/* A dashboard that is behind is either on the ready list or a laggard. */
static struct search search_dashboards(const struct sessions *sessions)
{
    struct search search = {.count = 0};
    LIST_FOR_EACH (link, &sessions->laggards.list)
        search_session(&search, CONTAINER_OF(link, struct session, laggard.link));
    LIST_FOR_EACH (link, &sessions->node->ready) {
        const struct session *session = CONTAINER_OF(link, struct session, subscriber.ready_link);
        if (session->consumer == NULL && !list_is_linked(&session->laggard.link))
            search_session(&search, session);
    }
    return search;
}

static struct search search_consumers(const struct sessions *sessions)
{
    struct search search = {.count = 0};
    LIST_FOR_EACH (link, &sessions->consumers)
        search_session(&search, CONTAINER_OF(link, struct consumer, all_link)->session);
    return search;
}

struct lag sessions_dashboards_lag(const struct sessions *sessions)
{
    return search_dashboards(sessions).largest;
}

struct lag sessions_consumers_lag(const struct sessions *sessions, size_t *count_r)
{
    struct search search = search_consumers(sessions);
    *count_r = search.count;
    return search.largest;
}

static size_t top_connections(const struct search *search, struct top_connection *top)
{
    for (size_t i = 0; i < search->by_lag.count; i++) {
        const struct session *session = search->by_lag.places[i].value;
        struct lag lag = session_lag(session);
        top[i] = (struct top_connection){
            .workspace = text_bytes(session->identity.workspace),
            .role = session->identity.role,
            .id = text_bytes(session->identity.id),
            .consumer = session->consumer != NULL ? text_bytes(session->consumer->name) : bytes_make(NULL, 0),
            .from = session->from,
            .lag_ms = lag.ms,
            .lag_seqs = lag.seqs,
        };
    }
    return search->by_lag.count;
}

size_t sessions_top_dashboards(const struct sessions *sessions, struct top_connection top[RANKING_ROOM])
{
    struct search search = search_dashboards(sessions);
    return top_connections(&search, top);
}

size_t sessions_top_consumers(const struct sessions *sessions, struct top_connection top[RANKING_ROOM])
{
    struct search search = search_consumers(sessions);
    return top_connections(&search, top);
}

/* Only the end of the list is looked at: the principals before it have given no command within the time that
 * counts. */
size_t sessions_top_persons(const struct sessions *sessions, struct top_person top[RANKING_ROOM])
{
    struct ranking busiest = {.count = 0};
    int64_t now_us = sessions->node->timings.present_us;
    for (const struct list *link = sessions->busy.previous; link != &sessions->busy; link = link->previous) {
        const struct principal *principal = CONTAINER_OF(link, struct principal, busy_link);
        if (principal->commanded_us + 2 * (int64_t)METER_WINDOW_US < now_us)
            break;
        ranking_add(&busiest, meter_per_ks(&principal->commands_of_late, now_us), principal);
    }
    for (size_t i = 0; i < busiest.count; i++) {
        const struct principal *principal = busiest.places[i].value;
        top[i] = (struct top_person){
            .workspace = principal_workspace(principal),
            .role = principal_role(principal),
            .id = principal_id(principal),
            .connections = principal->sessions_count,
            .commands_per_ks = busiest.places[i].key,
        };
    }
    return busiest.count;
}
