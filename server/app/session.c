#include "app/session.h"

#include <assert.h>
#include <stdlib.h>

#include "app/consumer.h"
#include "app/laggards.h"
#include "app/watch.h"
#include "base/alloc.h"
#include "base/log.h"
#include "protocol/limits.h"

/*                    connected
 *                        │
 *                        ▼    hello                   loaded, agent known
 *                   SESSION_NEW ──────► SESSION_JOINING ──────► SESSION_LIVE
 *                        │                     │                    │
 *   no hello, bad token  │        token, drain │                    │ token over, bad frame, drain
 *                        ▼                     ▼                    ▼
 *                        └────────────► SESSION_CLOSING ◄───────────┘
 */
static void session_enter_state(struct session *session, enum session_state state)
{
    assert(session->state != SESSION_CLOSING);
    session->state = state;
    switch (state) {
    case SESSION_NEW:
        deadlines_set(&session->hub->session_alarms, &session->alarm,
                      hub_mono_ms(session->hub) + LIMIT_HELLO_MS);
        break;
    case SESSION_JOINING: break;
    case SESSION_LIVE:
        session->owes_welcome = true;
        if (session_is_dashboard(session))
            desk_presence_say(session->desk, session, bytes_make(NULL, 0), false);
        break;
    case SESSION_CLOSING:
        deadlines_remove(&session->hub->session_alarms, &session->alarm);
        session->owes_bye = true;
        if (session->desk != NULL)
            desk_push_leave(session->desk, session);
        break;
    }
    session_set_ready(session);
}

struct session *session_create(struct hub *hub, void *connection, struct address from)
{
    struct session *session = alloc_zeroed(sizeof(*session));
    session->hub = hub;
    session->connection = connection;
    session->from = from;
    rate_init(&session->frames);
    list_init(&session->ready_link);
    list_init(&session->desk_link);
    list_init(&session->blocked_link);
    fair_item_init(&session->turn);
    list_init(&session->tasks);
    list_init(&session->answers);
    list_init(&session->requests);
    list_init(&session->queries);
    list_init(&session->watches);
    deadline_init(&session->alarm);
    list_append(&hub->sessions, &session->hub_link);
    hub->stats.sessions++;
    hub->watching.sessions[session->identity.role]++;
    session_enter_state(session, SESSION_NEW);
    return session;
}

void session_destroy(struct session **place)
{
    struct session *session = *place;
    enum role role = session->identity.role;
    LIST_FOR_EACH (link, &session->tasks) {
        CONTAINER_OF(link, struct task, session_link)->session = NULL;
        list_remove(link);
    }
    if (session->desk != NULL) {
        desk_presence_leave(session->desk, session);
        desk_push_leave(session->desk, session);
    }
    if (session->turn.state == FAIR_WAITING)
        fair_queue_remove(&session->hub->arrivals, &session->turn);
    queries_forget(session);
    watches_forget(session);
    consumer_destroy(session);
    LIST_FOR_EACH (link, &session->answers)
        reply_destroy(CONTAINER_OF(link, struct reply, link));
    LIST_FOR_EACH (link, &session->requests)
        reply_destroy(CONTAINER_OF(link, struct reply, link));
    list_remove(&session->hub_link);
    list_remove(&session->ready_link);
    laggards_forget(session);
    list_remove(&session->desk_link);
    if (session->desk != NULL) {
        session->desk->sessions_count--;
        hub_note_work(session->hub, session->desk);
    }
    deadlines_remove(&session->hub->session_alarms, &session->alarm);
    session_release_bytes(session);
    session->hub->held_count -= session->is_held;
    principal_leave(&session->principal);
    identity_finish(&session->identity);
    text_unref(&session->resume_epoch);
    session->hub->stats.sessions--;
    session->hub->watching.sessions[role]--;
    free(session);
    *place = NULL;
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
    if (!list_is_linked(&session->ready_link))
        list_append(&session->hub->ready_sessions, &session->ready_link);
}

void session_close(struct session *session, enum close_code code, const char *detail, int64_t retry_ms)
{
    if (session->state == SESSION_CLOSING)
        return;
    session->close_code = code;
    session->close_detail = detail == NULL ? close_code_sentence(code) : detail;
    session->retry_ms = retry_ms;
    session_enter_state(session, SESSION_CLOSING);
}

void session_fail(struct session *session, enum close_code code)
{
    session_close(session, code, NULL, 0);
}

void session_alarm(struct session *session)
{
    if (session->is_held)
        session_close(session, CLOSE_TOO_MANY_CONNECTIONS, session->close_detail, 0);
    else
        session_close(session, session->state == SESSION_NEW ? CLOSE_NO_HELLO : CLOSE_TOKEN_EXPIRED, NULL, 0);
}

void session_restart(struct session *session)
{
    uint8_t salt[8];
    store_be64(salt, (uint64_t)(uintptr_t)session);
    uint64_t spread = hash_sip(session->hub->options.random, bytes_make(salt, sizeof(salt)));
    session_close(session, CLOSE_RESTART, NULL, 1 + (int64_t)(spread % LIMIT_DRAIN_SPREAD_MS));
}

void session_tell_state(struct session *session)
{
    if (session->state != SESSION_JOINING && session->state != SESSION_LIVE)
        return;
    session->owes_state = true;
    session_set_ready(session);
}

/* Signing in. */

/* No connection lasts for a century; no number can overflow. */
#define TOKEN_WATCHED_MS (INT64_C(100) * 366 * 24 * 60 * 60 * 1000)

static void session_watch_expiry(struct session *session)
{
    int64_t left_ms = session->identity.expires_ms - session->hub->now.wall_ms;
    if (left_ms > TOKEN_WATCHED_MS)
        left_ms = TOKEN_WATCHED_MS;
    deadlines_set(&session->hub->session_alarms, &session->alarm,
                  hub_mono_ms(session->hub) + left_ms + LIMIT_TOKEN_LEEWAY_MS);
}

static bool identity_is_same(const struct identity *a, const struct identity *b)
{
    return text_equal(a->workspace, b->workspace) && text_equal(a->id, b->id) && a->role == b->role;
}

/* Who the token says it is; false: the session has been told to close. */
static bool session_check_token(struct session *session, struct bytes token, struct identity *identity_r)
{
    const struct credential_checker *credentials = &session->hub->options.credentials;
    const char *why = NULL;
    char address[ADDRESS_TEXT_SIZE];
    switch (credentials->check(credentials->context, token, session->hub->now.wall_ms, identity_r, &why)) {
    case CREDENTIAL_OK: return true;
    case CREDENTIAL_BAD:
        if (log_ration_allows(&session->hub->sign_in_lines, "sign_in_refused"))
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
    if (!session_is_signed_in(session) || !revocations_void(&session->hub->revocations, &session->identity))
        return;
    if (session->state != SESSION_CLOSING && log_ration_allows(&session->hub->sign_in_lines, "token_revoked"))
        log_info("token_revoked", "workspace=%s agent=%s",
                 log_quote(text_string(session->identity.workspace)),
                 log_quote(text_string(session->identity.id)));
    session_close(session, CLOSE_BAD_TOKEN, "the token has been revoked", 0);
}

bool session_check_trust(struct session *session)
{
    const struct credential_checker *credentials = &session->hub->options.credentials;
    if (!session_is_signed_in(session) || session->state == SESSION_CLOSING ||
        credentials->still_trusts(credentials->context, &session->identity))
        return false;
    session_close(session, CLOSE_BAD_TOKEN, "the token's secret is not in use any more", 0);
    return true;
}

/* Whether the desk has this agent under his present name and role. Only who has a dashboard is recorded. */
static bool session_agent_is_recorded(const struct session *session)
{
    const struct identity *identity = &session->identity;
    const struct agent *agent = roster_find_agent(&session->desk->roster, text_bytes(identity->id));
    return !session_is_dashboard(session) ||
           (agent != NULL && text_equal(agent->name, identity->name) && agent->role == identity->role);
}

/* The agent is known, perhaps by another name or role: that is recorded, at once or later. True: at once. */
static bool session_show_agent(struct session *session)
{
    struct desk *desk = session->desk;
    const struct agent *agent = roster_find_agent(&desk->roster, text_bytes(session->identity.id));
    if (session_agent_is_recorded(session)) {
        if (session_is_dashboard(session))
            desk_keep_agent(desk, &session->identity);
        return false;
    }
    if (agent == NULL || desk_may_change_agent(desk, agent)) {
        desk_note_agent(desk, session);
        return true;
    }
    desk_change_agent_later(desk, &session->identity);
    return false;
}

/* A renewed token: nothing is lost, so the stream goes on. A start afresh that has not been told yet stays
 * one. */
static void session_welcome_again(struct session *session)
{
    session->is_resumed |= !session->owes_welcome;
    session->owes_welcome = true;
    session_set_ready(session);
    if (desk_is_ready(session->desk))
        session_show_agent(session);
}

static void session_join(struct session *session, const struct message_hello *hello)
{
    if (hello->has_resume) {
        session->resume_epoch = text_create(hello->resume.epoch);
        session->resume_seq = hello->resume.seq;
        session->resume_mark_ms = hello->resume.mark_ms;
    }
    session->desk = hub_desk(session->hub, text_bytes(session->identity.workspace));
    session->desk->sessions_count++;
    list_append(&session->desk->sessions, &session->desk_link);
    if (hello->has_consumer)
        consumer_create(session, &hello->consumer);
    session_enter_state(session, SESSION_JOINING);
    if (!hub_can_commit(session->hub))
        session_tell_state(session);
    hub_await_turn(session->hub, session);
}

/* One connection too many. Where that comes again and again, it is told late: to be told at once and to come
 * back at once costs the server more than the client. */
static void session_turn_away(struct session *session, struct rate *refusals, const char *detail)
{
    static const struct rate_limit limit = {LIMIT_REFUSALS_PER_S, LIMIT_REFUSALS_BURST};
    struct hub *hub = session->hub;
    if (rate_spend(refusals, limit, hub->now.mono_us) || hub->held_count >= LIMIT_HELD) {
        session_close(session, CLOSE_TOO_MANY_CONNECTIONS, detail, 0);
        return;
    }
    session->is_held = true;
    session->close_detail = detail;
    hub->held_count++;
    deadlines_set(&hub->session_alarms, &session->alarm, hub_mono_ms(hub) + LIMIT_HELD_MS);
}

static bool session_finds_room(struct session *session)
{
    struct hub *hub = session->hub;
    struct desk *desk = map_get(&hub->desks, text_bytes(session->identity.workspace));
    if (desk == NULL || desk->sessions_count < hub->options.quotas.connections)
        return true;
    hub_refuse_for_quota(hub, desk, QUOTA_CONNECTIONS);
    session_turn_away(session, &desk->refusals, "the workspace has as many connections as it may have");
    return false;
}

/* The oldest connections stay: whoever has too many is told by the one that he makes now. */
static void session_enter(struct session *session, const struct message_hello *hello)
{
    if (!session_finds_room(session))
        return;
    session->principal = principal_join(session->hub, &session->identity);
    if (session->principal != NULL) {
        session_join(session, hello);
        return;
    }
    if (log_ration_allows(&session->hub->sign_in_lines, "connections_of_person"))
        log_warn("connections_of_person", "workspace=%s agent=%s most=%d",
                 log_quote(text_string(session->identity.workspace)),
                 log_quote(text_string(session->identity.id)), LIMIT_CONNECTIONS_OF_PERSON);
    session_turn_away(session, &principal_find(session->hub, &session->identity)->refusals, NULL);
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
    session->hub->watching.sessions[session->identity.role]--;
    identity_finish(&session->identity);
    session->identity = identity;
    session->hub->watching.sessions[identity.role]++;
    session_watch_expiry(session);
    session_check_revoked(session);
    if (session->state == SESSION_CLOSING)
        return;
    if (is_first)
        session_enter(session, hello);
    else if (session->state == SESSION_LIVE)
        session_welcome_again(session);
}

/* The database failed while it came in: as many others' may have. */
static void session_send_away(struct session *session)
{
    session_close(session, CLOSE_TRY_LATER, NULL,
                  principal_spread_ms(session->principal, LIMIT_RETRY_UNAVAILABLE_MS));
}

/* Whether he may go on as who he is: the desk has recorded him, or nobody waits for that.
 * While nothing can be committed nobody does, and he is recorded when something can. */
static bool session_agent_is_known(struct session *session)
{
    if (!session_is_dashboard(session) || session->hub->store_is_stuck)
        return true;
    const struct agent *agent = roster_find_agent(&session->desk->roster, text_bytes(session->identity.id));
    if (agent != NULL && session->has_shown_agent) {
        if (!session_agent_is_recorded(session))
            desk_change_agent_later(session->desk, &session->identity);
        return true;
    }
    if (!session->hub->store_is_up) {
        session->has_shown_agent = false; /* and again when the database is back */
        return session_agent_is_recorded(session);
    }
    if (session->has_shown_agent) {
        session_send_away(session);
    } else if (agent == NULL && session->desk->roster.agents.count >= LIMIT_AGENTS) {
        session_close(session, CLOSE_BAD_TOKEN, "the workspace has as many agents as it may have", 0);
    } else {
        session->has_shown_agent = true;
        return !session_show_agent(session);
    }
    return false;
}

static void session_place_cursor(struct session *session)
{
    const struct roster *roster = &session->desk->roster;
    session->is_resumed =
        session->resume_epoch != NULL && session_is_dashboard(session) &&
        text_equal(session->resume_epoch, session->hub->epoch) && session->resume_seq >= roster->floor_seq &&
        roster_judge_place(roster, session->resume_seq, session->resume_mark_ms) == PLACE_HERE;
    session->cursor = session->is_resumed ? cursor_resumed(session->resume_seq) : cursor_fresh(roster);
    if (session->consumer != NULL)
        session->is_resumed = session->consumer->is_resumed;
    text_unref(&session->resume_epoch);
}

static void session_catch_up(struct session *session)
{
    if (!session->hub->store_is_up) {
        session->has_asked_log = false; /* and again when the database is back */
    } else if (session->has_asked_log) {
        session_send_away(session);
    } else {
        session->has_asked_log = true;
        desk_catch_up(session->desk, session);
    }
}

void session_try_join(struct session *session)
{
    /* With a task in flight it goes on when that is settled. */
    if (session->state != SESSION_JOINING || !session->has_turn || !session->hub->knows_revocations ||
        !desk_is_ready(session->desk) || (!list_is_empty(&session->tasks) && !session->hub->store_is_stuck))
        return;
    if (!session_agent_is_known(session))
        return;
    if (session->consumer != NULL && !consumer_attach(session))
        return;
    /* It has been served by a node that was further than this one: what it knows must be known here before it
     * goes on. */
    bool is_ahead = session->resume_epoch != NULL && session->resume_seq > session->desk->roster.seq &&
                    text_equal(session->resume_epoch, session->hub->epoch);
    if (is_ahead && !session->has_caught_up) {
        session_catch_up(session);
        return;
    }
    session_place_cursor(session);
    session_enter_state(session, SESSION_LIVE);
}

void session_note_agent(struct session *session)
{
    if (session->state == SESSION_LIVE && desk_is_ready(session->desk) && list_is_empty(&session->tasks))
        session_show_agent(session);
}

/* What was owed rested on another database: its seqs mean nothing any more, and what was done in it may be
 * lost. */
static void session_void_replies(struct session *session)
{
    LIST_FOR_EACH (link, &session->answers) {
        struct reply *reply = CONTAINER_OF(link, struct reply, link);
        reply->gate_seq = 0;
        if (reply->answer.outcome == OUTCOME_DONE) {
            reply->answer.outcome = OUTCOME_UNKNOWN;
            reply->answer.seq = 0;
            reply->answer.message = 0;
        }
    }
    LIST_FOR_EACH (link, &session->requests) {
        struct reply *reply = CONTAINER_OF(link, struct reply, link);
        if (reply->kind == REPLY_QUERY)
            query_ask_again(session, reply);
    }
}

void session_start_afresh(struct session *session)
{
    desk_push_leave(session->desk, session);
    session->cursor = cursor_fresh(&session->desk->roster);
    watches_begin_anew(session);
    session->is_resumed = false;
    session->owes_welcome = true;
    session_set_ready(session);
}

void session_start_over(struct session *session)
{
    session->has_shown_agent = false;
    session->has_asked_log = false;
    session->has_caught_up = false;
    consumer_end(session);
    if (session->state == SESSION_JOINING) {
        session_try_join(session);
    } else if (session->state == SESSION_LIVE) {
        session_place_cursor(session);
        session->presence_version = 0;
        session_void_replies(session);
        watches_begin_anew(session);
        queries_ask(session);
        session_show_agent(session); /* the record of him may have been lost */
        session->owes_welcome = true;
        session_set_ready(session);
    }
}
