/* Joining: from signed in to welcomed.
 *
 * A session becomes LIVE when the client has had its turn, revocations are known, the desk is ready and has
 * recorded the agent, the place of a consumer is known, and this node is as far as the one that served the
 * client before. When something that was missing is there, session_try_join is called, and checks all of it.
 *
 * What may fail: the database fails while the client waits for it (1013); there are too many agents (4001).
 */
#include "app/session/private.h"

#include <assert.h>

#include "protocol/limits.h"

/* Whether the desk has the agent with its present name and role. Only people with a dashboard are
 * recorded. */
static bool session_agent_is_recorded(const struct session *session)
{
    const struct identity *identity = &session->identity;
    const struct agent *agent = roster_find_agent(desk_roster(session->desk), text_bytes(identity->id));
    return !session_is_dashboard(session) ||
           (agent != NULL && text_equal(agent->name, identity->name) && agent->role == identity->role);
}

static void session_agent_done(struct task *task, const struct answer *answer, int64_t gate_seq)
{
    (void)answer, (void)gate_seq;
    session_try_join(task->waiter);
}

static void session_record_agent(struct session *session)
{
    const struct identity *who = &session->identity;
    struct task *task =
        task_create_agent_seen(node_make_id(session_node(session)), who->id, who->name, who->role);
    task_await(task, &session->tasks, session, session_agent_done);
    desk_submit(session->desk, &task);
}

bool session_show_agent(struct session *session)
{
    struct desk *desk = session->desk;
    const struct agent *agent = roster_find_agent(desk_roster(desk), text_bytes(session->identity.id));
    if (session_agent_is_recorded(session)) {
        if (session_is_dashboard(session))
            desk_keep_agent(desk, &session->identity);
        return false;
    }
    if (agent == NULL || desk_may_change_agent(desk, agent)) {
        session_record_agent(session);
        return true;
    }
    desk_change_agent_later(desk, &session->identity);
    return false;
}

void session_welcome_again(struct session *session)
{
    session->outbox.is_resumed |= !session->outbox.owes_welcome;
    session->outbox.owes_welcome = true;
    session_set_ready(session);
    if (desk_is_ready(session->desk))
        session_show_agent(session);
}

void session_join(struct session *session, const struct message_hello *hello)
{
    if (hello->has_resume) {
        session->joining.resume_epoch = text_create(hello->resume.epoch);
        session->joining.resume_seq = hello->resume.seq;
        session->joining.resume_mark_ms = hello->resume.mark_ms;
    }
    session->desk = desks_of_identity(session->sessions->desks, &session->identity);
    desk_subscribe(session->desk, &session->subscriber);
    if (hello->has_consumer)
        consumer_create(session, &hello->consumer, session_try_join);
    session_enter_state(session, SESSION_JOINING);
    if (!node_can_commit(session_node(session)))
        session_tell_state(session);
    turns_wait(&session_node(session)->arrivals, desk_arrivals_turn(session->desk),
               &session->principal->arrivals, &session->joining.turn);
}

/* The database failed while the client was joining. Others may be in the same state, so it is told to
 * wait. */
static void session_send_away(struct session *session)
{
    session_close(session, CLOSE_TRY_LATER, NULL,
                  principal_spread_ms(session->principal, LIMIT_RETRY_UNAVAILABLE_MS));
}

/* Whether the session may go on: its agent is recorded, or nobody has to wait for that. While nothing can be
 * committed nobody waits, and the agent is recorded when commits are possible again. */
static bool session_agent_is_known(struct session *session)
{
    if (!session_is_dashboard(session) || session_node(session)->store_is_stuck)
        return true;
    const struct agent *agent =
        roster_find_agent(desk_roster(session->desk), text_bytes(session->identity.id));
    if (agent != NULL && session->joining.has_shown_agent) {
        if (!session_agent_is_recorded(session))
            desk_change_agent_later(session->desk, &session->identity);
        return true;
    }
    if (!session_node(session)->store_is_up) {
        session->joining.has_shown_agent = false; /* it asks again when the database is back */
        return session_agent_is_recorded(session);
    }
    if (session->joining.has_shown_agent) {
        session_send_away(session);
    } else if (agent == NULL && desk_roster(session->desk)->agents.count >= LIMIT_AGENTS) {
        session_close(session, CLOSE_BAD_TOKEN, "the workspace has as many agents as it may have", 0);
    } else {
        session->joining.has_shown_agent = true;
        return !session_show_agent(session);
    }
    return false;
}

void session_place_cursor(struct session *session)
{
    const struct roster *roster = desk_roster(session->desk);
    session->outbox.is_resumed = session->joining.resume_epoch != NULL && session_is_dashboard(session) &&
                                 text_equal(session->joining.resume_epoch, session_node(session)->epoch) &&
                                 session->joining.resume_seq >= roster->floor_seq &&
                                 roster_judge_place(roster, session->joining.resume_seq,
                                                    session->joining.resume_mark_ms) == PLACE_HERE;
    session->subscriber.cursor =
        session->outbox.is_resumed ? cursor_resumed(session->joining.resume_seq) : cursor_fresh(roster);
    if (session->consumer != NULL)
        session->outbox.is_resumed = session->consumer->is_resumed;
    text_unref(&session->joining.resume_epoch);
}

static void session_caught_up(struct task *task, const struct answer *answer, int64_t gate_seq)
{
    struct session *session = task->waiter;
    (void)gate_seq;
    session->joining.has_caught_up |= answer->outcome != OUTCOME_REFUSED;
    session_try_join(session);
}

static void session_catch_up(struct session *session)
{
    if (!session_node(session)->store_is_up) {
        session->joining.has_asked_log = false; /* it asks again when the database is back */
    } else if (session->joining.has_asked_log) {
        session_send_away(session);
    } else {
        struct task *task = task_create_catch_up();
        session->joining.has_asked_log = true;
        task_await(task, &session->tasks, session, session_caught_up);
        desk_submit(session->desk, &task);
    }
}

void session_let_in(struct fair_item *turn)
{
    struct session *session = CONTAINER_OF(turn, struct session, joining.turn);
    turns_end(&session_node(session)->arrivals, turn);
    session->joining.has_turn = true;
    session_try_join(session);
}

void session_try_join(struct session *session)
{
    /* A session with a task in flight goes on when that is settled. */
    if (session->state != SESSION_JOINING || !session->joining.has_turn ||
        !session->sessions->knows_revocations || !desk_is_ready(session->desk) ||
        (!list_is_empty(&session->tasks) && !session_node(session)->store_is_stuck))
        return;
    if (!session_agent_is_known(session))
        return;
    if (session->consumer != NULL && !consumer_attach(session))
        return;
    /* The client was served by a node that was further than this one. What it knows must be known here before
     * it goes on. */
    bool is_ahead = session->joining.resume_epoch != NULL &&
                    session->joining.resume_seq > desk_roster(session->desk)->seq &&
                    text_equal(session->joining.resume_epoch, session_node(session)->epoch);
    if (is_ahead && !session->joining.has_caught_up) {
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
