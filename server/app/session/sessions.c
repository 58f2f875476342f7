#include "app/session/sessions.h"

#include <assert.h>
#include <stdlib.h>

#include "app/session/private.h"
#include "base/alloc.h"
#include "protocol/limits.h"

static struct session *session_of(struct list *link)
{
    return CONTAINER_OF(link, struct session, all_link);
}

static void sessions_ask_queries(struct alarm *alarm)
{
    struct sessions *sessions = CONTAINER_OF(alarm, struct sessions, queries_again);
    LIST_FOR_EACH (link, &sessions->all)
        queries_ask(session_of(link));
}

struct sessions *sessions_create(struct node *node, struct desks *desks)
{
    struct sessions *sessions = alloc_zeroed(sizeof(*sessions));
    sessions->node = node;
    sessions->desks = desks;
    desks_set_notice(desks, session_take_notice);
    list_init(&sessions->all);
    map_init(&sessions->principals, principal_key, node->options.random);
    revocations_init(&sessions->revocations, node->options.random);
    alarm_init(&sessions->queries_again, sessions_ask_queries);
    list_init(&sessions->consumers);
    list_init(&sessions->busy);
    laggards_init(&sessions->laggards);
    turns_init(&node->arrivals, node, WORK_ARRIVALS, session_let_in);
    node->arrivals.at_once_max = LIMIT_SIGN_INS_A_TURN;
    return sessions;
}

void sessions_destroy(struct sessions **place)
{
    struct sessions *sessions = *place;
    assert(list_is_empty(&sessions->all));
    alarms_remove(&sessions->node->alarms, &sessions->queries_again);
    alarms_remove(&sessions->node->alarms, &sessions->laggards.alarm);
    principals_forget_all(sessions);
    map_finish(&sessions->principals);
    revocations_finish(&sessions->revocations);
    free(sessions);
    *place = NULL;
}

bool sessions_are_gone(const struct sessions *sessions)
{
    return list_is_empty(&sessions->all);
}

const size_t *sessions_of_role(const struct sessions *sessions)
{
    return sessions->of_role;
}

int64_t sessions_newest_revocation(const struct sessions *sessions)
{
    return sessions->revocations.newest_number;
}

void sessions_note_store(struct sessions *sessions, bool was_away)
{
    LIST_FOR_EACH (link, &sessions->all) {
        struct session *session = session_of(link);
        session_try_join(session);
        if (was_away)
            session_tell_state(session);
        queries_ask(session);
    }
}

void sessions_tell_state(struct sessions *sessions)
{
    LIST_FOR_EACH (link, &sessions->all)
        session_tell_state(session_of(link));
}

void sessions_note_stuck(struct sessions *sessions, bool is_stuck)
{
    LIST_FOR_EACH (link, &sessions->all) {
        struct session *session = session_of(link);
        session_tell_state(session);
        if (is_stuck)
            session_try_join(session);
        else
            session_note_agent(session);
    }
}

void sessions_begin_revocations(struct sessions *sessions, bool is_other)
{
    sessions->revocations.newest_number = 0;
    sessions->knows_revocations &= !is_other;
}

void sessions_take_revocations(struct sessions *sessions, const struct store_revocations *taken, bool is_all)
{
    for (size_t i = 0; i < taken->count; i++)
        revocations_add(&sessions->revocations, &taken->list[i]);
    bool is_first = !sessions->knows_revocations && is_all;
    sessions->knows_revocations |= is_first;
    if (taken->count == 0 && !is_first)
        return;
    LIST_FOR_EACH (link, &sessions->all) {
        session_check_revoked(session_of(link));
        session_try_join(session_of(link));
    }
}

size_t sessions_check_trust(struct sessions *sessions)
{
    size_t closed = 0;
    LIST_FOR_EACH (link, &sessions->all)
        closed += session_check_trust(session_of(link));
    return closed;
}

struct session *sessions_take_ready(struct sessions *sessions)
{
    struct list *link = list_take_first(&sessions->node->ready);
    return link == NULL ? NULL : CONTAINER_OF(link, struct session, subscriber.ready_link);
}

void sessions_restart(struct sessions *sessions)
{
    LIST_FOR_EACH (link, &sessions->all) {
        if (!session_has_frame(session_of(link)))
            session_restart(session_of(link));
    }
}
