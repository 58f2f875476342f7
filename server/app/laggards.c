#include "app/laggards.h"

#include "app/hub_private.h"
#include "app/lag.h"
#include "app/session_private.h"
#include "base/log.h"

enum { LAGGARD_US = 30 * 1000 * 1000 };

static struct session *blocked_session(struct list *link)
{
    return CONTAINER_OF(link, struct session, laggard.link);
}

/* Whoever goes before it rings is not missed then. */
static void laggards_set_alarm(struct hub *hub)
{
    struct list *blocked = &hub->watching.blocked_sessions;
    if (!list_is_empty(blocked))
        alarms_set(&hub->node.alarms, &hub->watching.laggards,
                   (blocked_session(blocked->next)->laggard.blocked_us + LAGGARD_US) / 1000 + 1);
}

void laggards_note(struct session *session)
{
    struct hub *hub = session->hub;
    if (list_is_linked(&session->laggard.link) || !session_is_dashboard(session) ||
        !session_has_lag(session) || session_lag(session).seqs == 0)
        return;
    session->laggard.blocked_us = hub->node.timings.present_us;
    list_append(&hub->watching.blocked_sessions, &session->laggard.link);
    if (!alarm_is_set(&hub->watching.laggards))
        laggards_set_alarm(hub);
}

void laggards_forget(struct session *session)
{
    if (list_is_linked(&session->laggard.link))
        list_remove(&session->laggard.link);
}

static void laggard_name(struct session *session)
{
    char address[ADDRESS_TEXT_SIZE];
    if (!session_has_lag(session) || !log_ration_allows(&session->node->rations.laggard, "dashboard_behind"))
        return;
    struct lag lag = session_lag(session);
    log_warn("dashboard_behind", "workspace=%s agent=%s address=%s ms=%lld transitions=%lld",
             log_quote(text_string(session->identity.workspace)),
             log_quote(text_string(session->identity.id)), address_format(&session->from, address),
             (long long)lag.ms, (long long)lag.seqs);
}

void laggards_look(struct alarm *alarm)
{
    struct hub *hub = CONTAINER_OF(alarm, struct hub, watching.laggards);
    struct list *blocked = &hub->watching.blocked_sessions;
    while (!list_is_empty(blocked) &&
           blocked_session(blocked->next)->laggard.blocked_us + LAGGARD_US <= hub->node.now.mono_us) {
        struct session *first = blocked_session(list_take_first(blocked));
        laggard_name(first);
        first->laggard.blocked_us = hub->node.now.mono_us;
        list_append(blocked, &first->laggard.link);
    }
    laggards_set_alarm(hub);
}
