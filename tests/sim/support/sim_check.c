/* The promises, as far as they can be seen from outside: by a client, and in the database. */
#include "sim.h"

#include <string.h>

#include "app/desk/private.h"
#include "app/hub/private.h"
#include "app/session/lag.h"
#include "app/session/private.h"
#include "protocol/limits.h"
#include "support/builders.h"

const struct transition *sim_log_at(const struct sim *sim, int64_t seq)
{
    size_t count;
    const struct transition *log = store_memory_log(sim->database, SIM_WORKSPACE, &count);
    return seq >= 1 && seq <= (int64_t)count ? &log[seq - 1] : NULL;
}

/* Whether the client's node serves the database that there is. */
bool sim_client_is_current(const struct sim_client *client)
{
    return client->sim->nodes[client->node].epoch == client->sim->promotions;
}

/* Of a message. */

/* The row is as it was committed, though perhaps the node has not heard of an erase since. */
static bool is_as_committed(const struct sim *sim, int node, const struct transition *truth,
                            const struct wire_row *row)
{
    struct wire_row shown = *row;
    struct wire_row expected = wire_row_of(&truth->after);
    if (sim_may_not_know(sim, node, conversation_id(&truth->after), truth->seq)) {
        memcpy(shown.name, expected.name, sizeof(shown.name));
        memcpy(shown.preview, expected.preview, sizeof(shown.preview));
    }
    return wire_row_equal(&expected, &shown);
}

/* Nothing is pushed that is not committed, and every column is as it was committed. */
static void check_rows(struct sim_client *client)
{
    struct sim *sim = client->sim;
    const struct wire_message *last = &client->connection.wire.last;
    for (size_t i = 0; i < last->rows_count; i++) {
        const struct transition *transition = sim_log_at(sim, last->rows[i].seq);
        if (transition == NULL) {
            sim_fail(sim, "%s was shown %s at seq %lld, which is not committed", client->name,
                     last->rows[i].id, (long long)last->rows[i].seq);
            continue;
        }
        if (!is_as_committed(sim, client->node, transition, &last->rows[i]))
            sim_fail(sim, "%s was shown %s at seq %lld, not as it was committed", client->name,
                     last->rows[i].id, (long long)last->rows[i].seq);
    }
}

/* A resume never goes back behind what the client had. */
static void check_sync(struct sim_client *client)
{
    const struct wire_message *last = &client->connection.wire.last;
    bool is_same = strcmp(client->resumed_epoch, client->connection.wire.epoch) == 0;
    if (last->has_digest && is_same && last->to < client->resumed_at)
        sim_fail(client->sim, "%s had seq %lld, and is brought to %lld only", client->name,
                 (long long)client->resumed_at, (long long)last->to);
}

/* Whether the conversation has been open ever since. What was in another list for a while need not be shown
 * to a client that has begun anew. */
static bool is_open_since(const struct sim *sim, int64_t seq)
{
    size_t count;
    const struct transition *log = store_memory_log(sim->database, SIM_WORKSPACE, &count);
    struct bytes id = conversation_id(&log[seq - 1].after);
    for (size_t i = (size_t)seq - 1; i < count; i++)
        if (bytes_equal(conversation_id(&log[i].after), id) && log[i].after.list != LIST_OPEN)
            return false;
    return true;
}

/* Rows come before the answer that rests on them. */
static void check_own_write(const struct sim_client *client, const struct deed *deed, int64_t seq)
{
    const struct wire_row *shown = wire_client_find(&client->connection.wire, deed->command.conversation);
    bool is_absent = shown == NULL || shown->seq < seq;
    if (sim_client_is_dashboard(client) && is_absent && is_open_since(client->sim, seq))
        sim_fail(client->sim, "%s got the answer of seq %lld before its row", client->name, (long long)seq);
}

static void check_done(const struct sim_client *client, const struct deed *deed)
{
    const struct wire_message *last = &client->connection.wire.last;
    struct sim *sim = client->sim;
    int number = (int)(deed - sim->deeds);
    const struct transition *transition = sim_log_at(sim, last->seq);
    struct stored_outcome stored;
    if (transition == NULL || !command_id_equal(transition->command, deed->command.id) ||
        strcmp(action_name(transition->action), deed->command.action) != 0)
        sim_fail(sim, "#%d was acknowledged at seq %lld, where the log has something else", number,
                 (long long)last->seq);
    else if (!store_memory_find_outcome(sim->database, SIM_WORKSPACE, deed->command.id, &stored) ||
             stored.outcome != OUTCOME_DONE || stored.seq != last->seq || stored.message != last->message)
        sim_fail(sim, "#%d was acknowledged, and the database keeps another outcome", number);
    else
        check_own_write(client, deed, last->seq);
}

/* Whatever is not done has left nothing, but that a bot was blocked. */
static void check_not_done(const struct sim_client *client, const struct deed *deed)
{
    struct sim *sim = client->sim;
    const char *reason = client->connection.wire.last.reason;
    bool is_temporary =
        wire_is_temporary(reason) || strcmp(client->connection.wire.last.outcome, "unknown") == 0;
    /* Said of this copy: an earlier one may have been carried out. */
    if (is_temporary || (deed->was_resent && strcmp(reason, "internal") == 0))
        return;
    size_t count;
    const struct transition *log = store_memory_log(sim->database, SIM_WORKSPACE, &count);
    for (size_t i = 0; i < count; i++)
        if (command_id_equal(log[i].command, deed->command.id) && log[i].action != ACTION_BOT_BLOCKED)
            sim_fail(sim, "#%d was answered %s %s, and has been done at seq %zu", (int)(deed - sim->deeds),
                     client->connection.wire.last.outcome, reason, i + 1);
}

static void check_answer(struct sim_client *client)
{
    struct sim *sim = client->sim;
    const struct wire_message *last = &client->connection.wire.last;
    int i = 0;
    while (i < sim->deeds_count && !command_id_equal(sim->deeds[i].command.id, last->id))
        i++;
    if (i == sim->deeds_count) {
        sim_fail(sim, "%s got an answer to what nobody asked", client->name);
        return;
    }
    const struct deed *deed = &sim->deeds[i];
    /* `internal` says that this copy was not carried out; another may have been. */
    bool is_again = deed->is_settled && !deed->is_lost && strcmp(last->outcome, "unknown") != 0 &&
                    !wire_is_temporary(last->reason) && strcmp(deed->reason, "internal") != 0 &&
                    strcmp(last->reason, "internal") != 0;
    if (is_again && (strcmp(deed->outcome, last->outcome) != 0 || deed->seq != last->seq ||
                     deed->message != last->message || strcmp(deed->reason, last->reason) != 0))
        sim_fail(sim, "#%d was %s %s and is now %s %s", i, deed->outcome, deed->reason, last->outcome,
                 last->reason);
    if (strcmp(last->reason, "id_reused") == 0 || strcmp(last->reason, "bad_value") == 0)
        sim_fail(sim, "#%d was refused %s", i, last->reason);
    if (strcmp(last->reason, "internal") == 0 && sim->is_quiet && !deed->is_settled)
        sim_tell(sim, "#%d refused internal after all", i);
    if (!sim_client_is_current(client))
        return;
    if (strcmp(last->outcome, "done") == 0)
        check_done(client, deed);
    else
        check_not_done(client, deed);
}

/* A client that does not read costs nothing that grows. */
static void check_costs(const struct sim_client *client)
{
    const struct session *session = client->connection.session;
    int owed = 0;
    LIST_FOR_EACH (link, &session->replies.answers) {
        (void)link;
        owed++;
    }
    LIST_FOR_EACH (link, &session->replies.others) {
        (void)link;
        owed++;
    }
    if (owed > 2 * LIMIT_COMMANDS_IN_FLIGHT + LIMIT_REQUESTS_IN_FLIGHT + 1)
        sim_fail(client->sim, "%s is owed %d replies", client->name, owed);
}

void sim_check_message(struct sim_client *client)
{
    const struct wire_message *last = &client->connection.wire.last;
    check_costs(client);
    if (client->connection.wire.fault[0] != '\0')
        sim_fail(client->sim, "%s: %s", client->name, client->connection.wire.fault);
    if (sim_client_is_current(client) && (last->type == WIRE_SYNC || last->type == WIRE_PAGE ||
                                          last->type == WIRE_ANSWER || last->type == WIRE_FOUND))
        check_rows(client);
    if (last->type == WIRE_SYNC)
        check_sync(client);
    if (last->type == WIRE_ANSWER)
        check_answer(client);
}

/* Of what the nodes hold. */

/* Whatever else a roster may have given up: what is open, and what has changed after its floor, is held, and
 * what is held is as it was committed. */
static void check_roster(struct sim *sim, int node, const struct roster *roster)
{
    for (int64_t seq = 1; seq <= roster->seq; seq++) {
        const struct transition *transition = sim_log_at(sim, seq);
        if (transition->action == ACTION_AGENT_SEEN)
            continue;
        const struct row *row = roster_find(roster, conversation_id(&transition->after));
        if (row == NULL ? seq > roster->floor_seq : row->conversation.seq < seq)
            sim_fail(sim, "%s at seq %lld is not held, above the floor at %lld",
                     wire_row_of(&transition->after).id, (long long)seq, (long long)roster->floor_seq);
    }
    int64_t open = 0;
    size_t position = 0;
    const struct row *row;
    while ((row = map_next(&roster->rows, &position)) != NULL) {
        struct wire_row held = wire_row_of(&row->conversation);
        open += row->conversation.list == LIST_OPEN;
        if (!is_as_committed(sim, node, sim_log_at(sim, held.seq), &held))
            sim_fail(sim, "%s is held, not as it was committed", held.id);
    }
    if (open != roster->counts.open)
        sim_fail(sim, "%lld open are held of %lld", (long long)open, (long long)roster->counts.open);
}

static void check_rosters(struct sim *sim)
{
    for (int i = 0; i < sim->options.nodes; i++) {
        const struct desk *desk = sim_desk(sim, i);
        if (sim->nodes[i].epoch == sim->promotions && desk != NULL)
            check_roster(sim, i, &desk->roster);
    }
}

/* Whoever is behind is where operators look for him, without a look at everybody. */
static void check_census(struct sim *sim, const struct hub *hub)
{
    struct hub_census found = hub_census(hub);
    struct hub_census counted = {.rows = 0};
    LIST_FOR_EACH (link, &hub->sessions->all) {
        const struct session *session = CONTAINER_OF(link, struct session, all_link);
        bool is_consumer = session->consumer != NULL;
        counted.sessions[session->identity.role]++;
        if (!session_has_lag(session))
            continue;
        struct lag lag = session_lag(session);
        int64_t *seqs = is_consumer ? &counted.consumers_lag_seqs : &counted.lag_seqs;
        int64_t *ms = is_consumer ? &counted.consumers_lag_ms : &counted.lag_ms;
        counted.consumers += is_consumer;
        *seqs = lag.seqs > *seqs ? lag.seqs : *seqs;
        *ms = lag.ms > *ms ? lag.ms : *ms;
    }
    if (memcmp(found.sessions, counted.sessions, sizeof(found.sessions)) != 0)
        sim_fail(sim, "clients by role are counted wrong");
    if (found.consumers != counted.consumers || found.consumers_lag_seqs != counted.consumers_lag_seqs ||
        found.consumers_lag_ms != counted.consumers_lag_ms)
        sim_fail(sim, "a consumer is behind unseen");
    if (found.lag_seqs != counted.lag_seqs || found.lag_ms != counted.lag_ms)
        sim_fail(sim, "a dashboard is %lld behind, and %lld are seen", (long long)counted.lag_seqs,
                 (long long)found.lag_seqs);
}

void sim_check_censuses(struct sim *sim)
{
    for (int i = 0; i < sim->options.nodes; i++)
        if (sim->nodes[i].server.hub != NULL)
            check_census(sim, sim->nodes[i].server.hub);
}

/* Of the log. */

static const struct transition *previous_of(const struct transition *log, size_t index)
{
    int64_t seq = log[index].before_seq;
    return seq == 0 ? NULL : &log[seq - 1];
}

/* The bot never talks over a person; a pause is ended by one `expire` only, and that not early (the database
 * asserts the latter too). */
static void check_pause(struct sim *sim, const struct transition *log, size_t i)
{
    const struct transition *before = previous_of(log, i);
    if (log[i].action == ACTION_BOT_MESSAGE && before != NULL && !conversation_bot_may_speak(&before->after))
        sim_fail(sim, "the bot spoke in %s at seq %zu, where it might not", wire_row_of(&log[i].after).id,
                 i + 1);
    if (log[i].action == ACTION_EXPIRE && (before == NULL || before->after.pause.kind != PAUSE_UNTIL ||
                                           before->after.pause.until_ms > log[i].at_ms))
        sim_fail(sim, "a pause ended at seq %zu that did not stand, or too early", i + 1);
}

static const struct deed *deed_of(const struct sim *sim, struct command_id id)
{
    for (int i = 0; i < sim->deeds_count; i++) {
        if (command_id_equal(sim->deeds[i].command.id, id))
            return &sim->deeds[i];
    }
    return NULL;
}

static bool is_by_another(const struct transition *message, const struct transition *answer)
{
    bool is_same_kind = role_is_person(message->role) == role_is_person(answer->role);
    return !is_same_kind || !text_equal(message->by, answer->by);
}

static bool minds_what_was_seen(enum action action)
{
    return action == ACTION_SEND_MESSAGE || action == ACTION_BOT_MESSAGE || action == ACTION_COMPLETE ||
           action == ACTION_UNLINK;
}

/* Nobody answers, completes or unlinks over what he had not seen, by the contact or by somebody else, where
 * he said what he had. */
static void check_seen(struct sim *sim, const struct transition *log, size_t i)
{
    const struct deed *deed = deed_of(sim, log[i].command);
    if (deed == NULL || !deed->command.has_seen || !minds_what_was_seen(log[i].action))
        return;
    for (size_t j = (size_t)deed->command.seen; j < i; j++) {
        if (transition_brings_message(&log[j]) &&
            bytes_equal(conversation_id(&log[j].after), conversation_id(&log[i].after)) &&
            is_by_another(&log[j], &log[i]))
            sim_fail(sim, "%s %s at seq %zu and had not seen seq %zu", text_string(log[i].by),
                     action_name(log[i].action), i + 1, j + 1);
    }
}

void sim_check_log(struct sim *sim)
{
    size_t count;
    const struct transition *log = store_memory_log(sim->database, SIM_WORKSPACE, &count);
    for (size_t i = 0; i < count; i++) {
        if (log[i].seq != (int64_t)i + 1)
            sim_fail(sim, "the log has a gap at seq %zu", i + 1);
        for (size_t j = 0; j < i; j++)
            if (command_id_equal(log[i].command, log[j].command))
                sim_fail(sim, "one id was carried out at seq %zu and at seq %zu", j + 1, i + 1);
        if (log[i].action != ACTION_AGENT_SEEN)
            check_pause(sim, log, i);
        check_seen(sim, log, i);
    }
    store_memory_check(sim->database);
    check_rosters(sim);
    sim_check_memory(sim);
}

/* Of everything, at rest. */

static void check_screen(struct sim *sim, const struct sim_client *client)
{
    const struct wire_client *shown = &client->connection.wire;
    if (sim_client_is_replaced(client))
        return;
    if (client->connection.session == NULL || !shown->has_welcome || shown->is_behind) {
        sim_fail(sim, "%s is not connected, or has not caught up", client->name);
        return;
    }
    if (!sim_client_is_dashboard(client))
        return;
    for (size_t i = 0; i < shown->rows_count; i++) {
        const struct conversation *held =
            store_memory_find(sim->database, SIM_WORKSPACE, bytes_of_string(shown->rows[i].id));
        struct wire_row truth;
        if (held != NULL)
            truth = wire_row_of(held);
        if (held == NULL || (!wire_row_equal(&truth, &shown->rows[i]) &&
                             (truth.list != LIST_NONE || shown->rows[i].list != LIST_NONE)))
            sim_fail(sim, "%s shows %s, not as it is", client->name, shown->rows[i].id);
    }
    struct counts counts = store_memory_counts(sim->database, SIM_WORKSPACE);
    if (wire_client_count(shown, LIST_OPEN) != counts.open ||
        wire_client_count(shown, LIST_COMPLETED) > counts.completed)
        sim_fail(sim, "%s shows %lld open and %lld completed, there are %lld and %lld", client->name,
                 (long long)wire_client_count(shown, LIST_OPEN),
                 (long long)wire_client_count(shown, LIST_COMPLETED), (long long)counts.open,
                 (long long)counts.completed);
}

static void check_deed(struct sim *sim, const struct deed *deed)
{
    int number = (int)(deed - sim->deeds);
    struct stored_outcome stored;
    if (!deed->is_settled)
        sim_fail(sim, "#%d was never answered for good", number);
    else if (!deed->is_lost && strcmp(deed->outcome, "done") == 0 &&
             (!store_memory_find_outcome(sim->database, SIM_WORKSPACE, deed->command.id, &stored) ||
              stored.seq != deed->seq))
        sim_fail(sim, "#%d was acknowledged, and is not there any more", number);
}

static void check_pauses_are_over(struct sim *sim)
{
    size_t count;
    const struct transition *log = store_memory_log(sim->database, SIM_WORKSPACE, &count);
    for (size_t i = 0; i < count; i++) {
        const struct conversation *row =
            store_memory_find(sim->database, SIM_WORKSPACE, conversation_id(&log[i].after));
        if (row != NULL && row->pause.kind == PAUSE_UNTIL &&
            row->pause.until_ms + 2000 < store_memory_now_ms(sim->database))
            sim_fail(sim, "the pause of %s has not ended", wire_row_of(row).id);
    }
}

void sim_check_rest(struct sim *sim)
{
    sim_check_log(sim);
    for (int i = 0; i < sim->deeds_count; i++)
        check_deed(sim, &sim->deeds[i]);
    for (int i = 0; i < SIM_CLIENTS; i++)
        check_screen(sim, &sim->clients[i]);
    check_pauses_are_over(sim);
    sim_check_followers_at_rest(sim);
    for (int i = 0; i < sim->options.nodes; i++)
        sim_note_stats(sim, i);
    if (sim->resyncs > 0)
        sim_fail(sim, "%llu clients disagreed with their frames", (unsigned long long)sim->resyncs);
}
