#include "app/session/lag_log.h"

#include "app/session/lag.h"
#include "app/session/private.h"
#include "base/log.h"

enum { LAGGARD_US = 30 * 1000 * 1000 };

static struct session *laggard_of(struct list *link)
{
    return CONTAINER_OF(link, struct session, laggard.link);
}

/* The alarm is not moved when a session is forgotten; it then finds a later one, or none. */
static void laggards_set_alarm(struct laggards *laggards)
{
    if (list_is_empty(&laggards->list))
        return;
    const struct session *first = laggard_of(laggards->list.next);
    alarms_set(&session_node(first)->alarms, &laggards->alarm,
               (first->laggard.blocked_us + LAGGARD_US) / 1000 + 1);
}

void laggards_note(struct session *session)
{
    struct laggards *laggards = &session->sessions->laggards;
    if (list_is_linked(&session->laggard.link) || !session_is_dashboard(session) ||
        !session_has_lag(session) || session_lag(session).seqs == 0)
        return;
    session->laggard.blocked_us = session_node(session)->timings.present_us;
    list_append(&laggards->list, &session->laggard.link);
    if (!alarm_is_set(&laggards->alarm))
        laggards_set_alarm(laggards);
}

void laggards_forget(struct session *session)
{
    if (list_is_linked(&session->laggard.link))
        list_remove(&session->laggard.link);
}

static void laggard_name(struct session *session)
{
    char address[ADDRESS_TEXT_SIZE];
    if (!session_has_lag(session) ||
        !log_ration_allows(&session_node(session)->rations.laggard, "dashboard_behind"))
        return;
    struct lag lag = session_lag(session);
    log_warn("dashboard_behind", "workspace=%s agent=%s address=%s ms=%lld transitions=%lld",
             log_quote(text_string(session->identity.workspace)),
             log_quote(text_string(session->identity.id)), address_format(&session->from, address),
             (long long)lag.ms, (long long)lag.seqs);
}

/* Names those that are blocked for long, and puts them at the end, so they are named again later. */
static void laggards_name(struct alarm *alarm)
{
    struct laggards *laggards = CONTAINER_OF(alarm, struct laggards, alarm);
    while (!list_is_empty(&laggards->list)) {
        struct session *first = laggard_of(laggards->list.next);
        if (first->laggard.blocked_us + LAGGARD_US > session_node(first)->now.mono_us)
            break;
        laggard_name(first);
        list_remove(&first->laggard.link);
        first->laggard.blocked_us = session_node(first)->now.mono_us;
        list_append(&laggards->list, &first->laggard.link);
    }
    laggards_set_alarm(laggards);
}

void laggards_init(struct laggards *laggards)
{
    list_init(&laggards->list);
    alarm_init(&laggards->alarm, laggards_name);
}
