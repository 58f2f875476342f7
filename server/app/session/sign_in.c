/* Signing in: who a client is, whether there is room for it, and whether its token is still good.
 *
 * A hello shows a token. With the first one, the client must find room in its workspace and among the
 * connections of its principal; then it waits for its turn to join (join.c). A later hello renews the token
 * of the same principal, and the stream goes on.
 *
 * What may fail: the token is bad, revoked or somebody else's (4001), or has expired (4100). There is one
 * connection too many (4102): the client is told at once or, where that happens again and again, later. */
#include <assert.h>

#include "app/session/private.h"
#include "base/log.h"
#include "protocol/limits.h"

/* No connection lasts for a century; so no sum overflows. */
#define TOKEN_WATCHED_MS (INT64_C(100) * 366 * 24 * 60 * 60 * 1000)

static void session_watch_expiry(struct session *session)
{
    int64_t left_ms = session->identity.expires_ms - session_node(session)->now.wall_ms;
    if (left_ms > TOKEN_WATCHED_MS)
        left_ms = TOKEN_WATCHED_MS;
    alarms_set(&session_node(session)->alarms, &session->alarm,
               node_mono_ms(session_node(session)) + left_ms + LIMIT_TOKEN_LEEWAY_MS);
}

static bool identity_is_same(const struct identity *a, const struct identity *b)
{
    return text_equal(a->workspace, b->workspace) && text_equal(a->id, b->id) && a->role == b->role;
}

/* Checks the token. False: it is not good, and the session wants to be closed. */
static bool session_check_token(struct session *session, struct bytes token, struct identity *identity_r)
{
    const struct credential_checker *credentials = &session_node(session)->options.credentials;
    const char *why = NULL;
    char address[ADDRESS_TEXT_SIZE];
    switch (credentials->check(credentials->context, token, session_node(session)->now.wall_ms, identity_r,
                               &why)) {
    case CREDENTIAL_OK: return true;
    case CREDENTIAL_BAD:
        if (log_ration_allows(&session_node(session)->rations.sign_in, "sign_in_refused"))
            log_warn("sign_in_refused", "address=%s why=%s", address_format(&session->from, address),
                     log_quote(why));
        session_close(session, CLOSE_BAD_TOKEN, why, 0);
        return false;
    case CREDENTIAL_EXPIRED: session_close(session, CLOSE_TOKEN_EXPIRED, NULL, 0); return false;
    }
    assert(false);
    return false;
}

void session_check_revoked(struct session *session)
{
    if (!session_is_signed_in(session) ||
        !revocations_void(&session->sessions->revocations, &session->identity))
        return;
    if (session->state != SESSION_CLOSING &&
        log_ration_allows(&session_node(session)->rations.sign_in, "token_revoked"))
        log_info("token_revoked", "workspace=%s agent=%s",
                 log_quote(text_string(session->identity.workspace)),
                 log_quote(text_string(session->identity.id)));
    session_close(session, CLOSE_BAD_TOKEN, "the token has been revoked", 0);
}

bool session_check_trust(struct session *session)
{
    const struct credential_checker *credentials = &session_node(session)->options.credentials;
    if (!session_is_signed_in(session) || session->state == SESSION_CLOSING ||
        credentials->still_trusts(credentials->context, &session->identity))
        return false;
    session_close(session, CLOSE_BAD_TOKEN, "the token's secret is not in use any more", 0);
    return true;
}

/* There is one connection too many. Where that happens again and again, the client is told late: to tell it
 * at once, and have it come back at once, costs the server more than the client. */
static void session_turn_away(struct session *session, struct rate *refusals, const char *detail)
{
    static const struct rate_limit limit = {LIMIT_REFUSALS_PER_S, LIMIT_REFUSALS_BURST};
    struct node *node = session_node(session);
    if (rate_spend(refusals, limit, node->now.mono_us) || session->sessions->held_count >= LIMIT_HELD) {
        session_close(session, CLOSE_TOO_MANY_CONNECTIONS, detail, 0);
        return;
    }
    session->joining.is_held = true;
    session->farewell.detail = detail;
    session->sessions->held_count++;
    alarms_set(&node->alarms, &session->alarm, node_mono_ms(node) + LIMIT_HELD_MS);
}

static bool session_finds_room(struct session *session)
{
    struct desk *desk = desks_find_full(session->sessions->desks, &session->identity);
    if (desk == NULL)
        return true;
    desk_refuse_for_quota(desk, QUOTA_CONNECTIONS);
    session_turn_away(session, desk_refusals(desk), "the workspace has as many connections as it may have");
    return false;
}

/* The oldest connections stay: the new one is closed where there are too many. */
static void session_enter(struct session *session, const struct message_hello *hello)
{
    if (!session_finds_room(session))
        return;
    session->principal = principal_join(session->sessions, &session->identity);
    if (session->principal != NULL) {
        session_join(session, hello);
        return;
    }
    if (log_ration_allows(&session_node(session)->rations.sign_in, "connections_of_person"))
        log_warn("connections_of_person", "workspace=%s agent=%s most=%d",
                 log_quote(text_string(session->identity.workspace)),
                 log_quote(text_string(session->identity.id)), LIMIT_CONNECTIONS_OF_PERSON);
    session_turn_away(session, &principal_find(session->sessions, &session->identity)->refusals, NULL);
}

void session_sign_in(struct session *session, const struct message_hello *hello)
{
    struct identity identity = {0};
    if (!session_check_token(session, hello->token, &identity))
        return;
    bool is_first = session->state == SESSION_NEW;
    if (is_first && hello->has_consumer && role_is_person(identity.role)) {
        identity_finish(&identity);
        session_close(session, CLOSE_BAD_FRAME, "dashboards follow rows, not the log", 0);
        return;
    }
    if (!is_first && !identity_is_same(&session->identity, &identity)) {
        identity_finish(&identity);
        session_close(session, CLOSE_BAD_TOKEN, "a token may be renewed only for the same person", 0);
        return;
    }
    session->sessions->of_role[session->identity.role]--;
    identity_finish(&session->identity);
    session->identity = identity;
    session->sessions->of_role[identity.role]++;
    session_watch_expiry(session);
    session_check_revoked(session);
    if (session->state == SESSION_CLOSING)
        return;
    if (is_first)
        session_enter(session, hello);
    else if (session->state == SESSION_LIVE)
        session_welcome_again(session);
}
