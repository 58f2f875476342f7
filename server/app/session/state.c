/* The states of a session, and how it is closed.
 *
 *                    connected
 *                        │
 *                        ▼    hello                   loaded, agent known
 *                   SESSION_NEW ──────► SESSION_JOINING ──────► SESSION_LIVE
 *                        │                     │                    │
 *   no hello, bad token  │        token, drain │                    │ token over, bad frame, drain
 *                        ▼                     ▼                    ▼
 *                        └────────────► SESSION_CLOSING ◄───────────┘
 *
 * When the token is over says sign_in.c (session_watch_expiry); session.c is rung then. */
#include <assert.h>

#include "app/session/private.h"
#include "protocol/limits.h"

void session_enter_state(struct session *session, enum session_state state)
{
    assert(session->state != SESSION_CLOSING);
    session->state = state;
    switch (state) {
    case SESSION_NEW:
        alarms_set(&session_node(session)->alarms, &session->alarm,
                   node_mono_ms(session_node(session)) + LIMIT_HELLO_MS);
        break;
    case SESSION_JOINING: break;
    case SESSION_LIVE:
        session->outbox.owes_welcome = true;
        session->subscriber.is_fed = session_is_dashboard(session);
        if (session_is_dashboard(session))
            desk_presence_say(session->desk, &session->subscriber, session->identity.id, bytes_make(NULL, 0),
                              false);
        break;
    case SESSION_CLOSING:
        alarms_remove(&session_node(session)->alarms, &session->alarm);
        session->outbox.owes_bye = true;
        session->subscriber.is_fed = false;
        if (session->desk != NULL)
            desk_push_leave(session->desk, &session->subscriber);
        break;
    }
    session_set_ready(session);
}

void *session_connection(const struct session *session)
{
    return session->connection;
}

bool session_is_signed_in(const struct session *session)
{
    return session->identity.id != NULL;
}

void session_set_ready(struct session *session)
{
    subscriber_set_ready(&session->subscriber, &session_node(session)->ready);
}

void session_close(struct session *session, enum close_code code, const char *detail, int64_t retry_ms)
{
    if (session->state == SESSION_CLOSING)
        return;
    session->farewell.code = code;
    session->farewell.detail = detail == NULL ? close_code_sentence(code) : detail;
    session->farewell.retry_ms = (int32_t)retry_ms;
    session_enter_state(session, SESSION_CLOSING);
}

void session_fail(struct session *session, enum close_code code)
{
    session_close(session, code, NULL, 0);
}

void session_restart(struct session *session)
{
    uint8_t salt[8];
    store_be64(salt, (uint64_t)(uintptr_t)session);
    uint64_t spread = hash_sip(session_node(session)->options.random, bytes_make(salt, sizeof(salt)));
    session_close(session, CLOSE_RESTART, NULL, 1 + (int64_t)(spread % LIMIT_DRAIN_SPREAD_MS));
}

void session_tell_state(struct session *session)
{
    if (session->state != SESSION_JOINING && session->state != SESSION_LIVE)
        return;
    session->outbox.owes_state = true;
    session_set_ready(session);
}
