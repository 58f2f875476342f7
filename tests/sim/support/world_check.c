/* The promises, as far as they can be seen from outside: by a client, and in the database. */
#include "world.h"

#include <string.h>

#include "app/lag.h"
#include "app/session_private.h"
#include "protocol/limits.h"
#include "support/builders.h"

const struct transition *world_log_at(const struct world *world, int64_t seq)
{
    size_t count;
    const struct transition *log = store_memory_log(world->database, WORLD_WORKSPACE, &count);
    return seq >= 1 && seq <= (int64_t)count ? &log[seq - 1] : NULL;
}

/* Whether the client's node serves the database that there is. */
bool world_client_is_current(const struct world_client *client)
{
    return client->world->nodes[client->node].epoch == client->world->promotions;
}

/* Of a message. */

/* The row is as it was committed, though perhaps the node has not heard of an erase since. */
static bool is_as_committed(const struct world *world, int node, const struct transition *truth,
                            const struct wire_row *row)
{
    struct wire_row shown = *row;
    struct wire_row expected = wire_row_of(&truth->after);
    if (world_may_not_know(world, node, conversation_id(&truth->after), truth->seq)) {
        memcpy(shown.name, expected.name, sizeof(shown.name));
        memcpy(shown.preview, expected.preview, sizeof(shown.preview));
    }
    return wire_row_equal(&expected, &shown);
}

/* Nothing is pushed that is not committed, and every column is as it was committed. */
static void check_rows(struct world_client *client)
{
    struct world *world = client->world;
    const struct wire_message *last = &client->peer.client.last;
    for (size_t i = 0; i < last->rows_count; i++) {
        const struct transition *transition = world_log_at(world, last->rows[i].seq);
        if (transition == NULL) {
            world_fail(world, "%s was shown %s at seq %lld, which is not committed", client->name,
                       last->rows[i].id, (long long)last->rows[i].seq);
            continue;
        }
        if (!is_as_committed(world, client->node, transition, &last->rows[i]))
            world_fail(world, "%s was shown %s at seq %lld, not as it was committed", client->name,
                       last->rows[i].id, (long long)last->rows[i].seq);
    }
}

/* A resume never goes back behind what the client had. */
static void check_sync(struct world_client *client)
{
    const struct wire_message *last = &client->peer.client.last;
    bool is_same = strcmp(client->resumed_epoch, client->peer.client.epoch) == 0;
    if (last->has_digest && is_same && last->to < client->resumed_at)
        world_fail(client->world, "%s had seq %lld, and is brought to %lld only", client->name,
                   (long long)client->resumed_at, (long long)last->to);
}

/* Whether the conversation has been open ever since. What was in another list for a while need not be shown
 * to a client that has begun anew. */
static bool is_open_since(const struct world *world, int64_t seq)
{
    size_t count;
    const struct transition *log = store_memory_log(world->database, WORLD_WORKSPACE, &count);
    struct bytes id = conversation_id(&log[seq - 1].after);
    for (size_t i = (size_t)seq - 1; i < count; i++)
        if (bytes_equal(conversation_id(&log[i].after), id) && log[i].after.list != LIST_OPEN)
            return false;
    return true;
}

/* Rows come before the answer that rests on them. */
static void check_own_write(const struct world_client *client, const struct deed *deed, int64_t seq)
{
    const struct wire_row *shown = wire_client_find(&client->peer.client, deed->command.conversation);
    bool is_absent = shown == NULL || shown->seq < seq;
    if (world_client_is_dashboard(client) && is_absent && is_open_since(client->world, seq))
        world_fail(client->world, "%s got the answer of seq %lld before its row", client->name,
                   (long long)seq);
}

static void check_done(const struct world_client *client, const struct deed *deed)
{
    const struct wire_message *last = &client->peer.client.last;
    struct world *world = client->world;
    int number = (int)(deed - world->deeds);
    const struct transition *transition = world_log_at(world, last->seq);
    struct stored_outcome stored;
    if (transition == NULL || !command_id_equal(transition->command, deed->command.id) ||
        strcmp(action_name(transition->action), deed->command.action) != 0)
        world_fail(world, "#%d was acknowledged at seq %lld, where the log has something else", number,
                   (long long)last->seq);
    else if (!store_memory_find_outcome(world->database, WORLD_WORKSPACE, deed->command.id, &stored) ||
             stored.outcome != OUTCOME_DONE || stored.seq != last->seq || stored.message != last->message)
        world_fail(world, "#%d was acknowledged, and the database keeps another outcome", number);
    else
        check_own_write(client, deed, last->seq);
}

/* Whatever is not done has left nothing, but that a bot was blocked. */
static void check_not_done(const struct world_client *client, const struct deed *deed)
{
    struct world *world = client->world;
    const char *reason = client->peer.client.last.reason;
    bool is_temporary = wire_is_temporary(reason) || strcmp(client->peer.client.last.outcome, "unknown") == 0;
    /* Said of this copy: an earlier one may have been carried out. */
    if (is_temporary || (deed->was_resent && strcmp(reason, "internal") == 0))
        return;
    size_t count;
    const struct transition *log = store_memory_log(world->database, WORLD_WORKSPACE, &count);
    for (size_t i = 0; i < count; i++)
        if (command_id_equal(log[i].command, deed->command.id) && log[i].action != ACTION_BOT_BLOCKED)
            world_fail(world, "#%d was answered %s %s, and has been done at seq %zu",
                       (int)(deed - world->deeds), client->peer.client.last.outcome, reason, i + 1);
}

static void check_answer(struct world_client *client)
{
    struct world *world = client->world;
    const struct wire_message *last = &client->peer.client.last;
    int i = 0;
    while (i < world->deeds_count && !command_id_equal(world->deeds[i].command.id, last->id))
        i++;
    if (i == world->deeds_count) {
        world_fail(world, "%s got an answer to what nobody asked", client->name);
        return;
    }
    const struct deed *deed = &world->deeds[i];
    /* `internal` says that this copy was not carried out; another may have been. */
    bool is_again = deed->is_settled && !deed->is_lost && strcmp(last->outcome, "unknown") != 0 &&
                    !wire_is_temporary(last->reason) && strcmp(deed->reason, "internal") != 0 &&
                    strcmp(last->reason, "internal") != 0;
    if (is_again && (strcmp(deed->outcome, last->outcome) != 0 || deed->seq != last->seq ||
                     deed->message != last->message || strcmp(deed->reason, last->reason) != 0))
        world_fail(world, "#%d was %s %s and is now %s %s", i, deed->outcome, deed->reason, last->outcome,
                   last->reason);
    if (strcmp(last->reason, "id_reused") == 0 || strcmp(last->reason, "bad_value") == 0)
        world_fail(world, "#%d was refused %s", i, last->reason);
    if (strcmp(last->reason, "internal") == 0 && world->is_quiet && !deed->is_settled)
        world_tell(world, "#%d refused internal after all", i);
    if (!world_client_is_current(client))
        return;
    if (strcmp(last->outcome, "done") == 0)
        check_done(client, deed);
    else
        check_not_done(client, deed);
}

/* A client that does not read costs nothing that grows. */
static void check_costs(const struct world_client *client)
{
    const struct session *session = client->peer.session;
    int owed = 0;
    LIST_FOR_EACH (link, &session->answers) {
        (void)link;
        owed++;
    }
    LIST_FOR_EACH (link, &session->requests) {
        (void)link;
        owed++;
    }
    if (owed > 2 * LIMIT_COMMANDS_IN_FLIGHT + LIMIT_REQUESTS_IN_FLIGHT + 1)
        world_fail(client->world, "%s is owed %d replies", client->name, owed);
}

void world_check_message(struct world_client *client)
{
    const struct wire_message *last = &client->peer.client.last;
    check_costs(client);
    if (client->peer.client.fault[0] != '\0')
        world_fail(client->world, "%s: %s", client->name, client->peer.client.fault);
    if (world_client_is_current(client) && (last->type == WIRE_SYNC || last->type == WIRE_PAGE ||
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
static void check_roster(struct world *world, int node, const struct roster *roster)
{
    for (int64_t seq = 1; seq <= roster->seq; seq++) {
        const struct transition *transition = world_log_at(world, seq);
        if (transition->action == ACTION_AGENT_SEEN)
            continue;
        const struct row *row = roster_find(roster, conversation_id(&transition->after));
        if (row == NULL ? seq > roster->floor_seq : row->conversation.seq < seq)
            world_fail(world, "%s at seq %lld is not held, above the floor at %lld",
                       wire_row_of(&transition->after).id, (long long)seq, (long long)roster->floor_seq);
    }
    int64_t open = 0;
    size_t position = 0;
    const struct row *row;
    while ((row = map_next(&roster->rows, &position)) != NULL) {
        struct wire_row held = wire_row_of(&row->conversation);
        open += row->conversation.list == LIST_OPEN;
        if (!is_as_committed(world, node, world_log_at(world, held.seq), &held))
            world_fail(world, "%s is held, not as it was committed", held.id);
    }
    if (open != roster->counts.open)
        world_fail(world, "%lld open are held of %lld", (long long)open, (long long)roster->counts.open);
}

static void check_rosters(struct world *world)
{
    for (int i = 0; i < world->options.nodes; i++) {
        const struct desk *desk = world_desk(world, i);
        if (world->nodes[i].epoch == world->promotions && desk != NULL)
            check_roster(world, i, &desk->roster);
    }
}

/* Whoever is behind is where operators look for him, without a look at everybody. */
static void check_census(struct world *world, const struct hub *hub)
{
    struct hub_census found = hub_census(hub);
    struct hub_census counted = {.rows = 0};
    LIST_FOR_EACH (link, &hub->sessions) {
        const struct session *session = CONTAINER_OF(link, struct session, hub_link);
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
        world_fail(world, "clients by role are counted wrong");
    if (found.consumers != counted.consumers || found.consumers_lag_seqs != counted.consumers_lag_seqs ||
        found.consumers_lag_ms != counted.consumers_lag_ms)
        world_fail(world, "a consumer is behind unseen");
    if (found.lag_seqs != counted.lag_seqs || found.lag_ms != counted.lag_ms)
        world_fail(world, "a dashboard is %lld behind, and %lld are seen", (long long)counted.lag_seqs,
                   (long long)found.lag_seqs);
}

void world_check_censuses(struct world *world)
{
    for (int i = 0; i < world->options.nodes; i++)
        if (world->nodes[i].node.hub != NULL)
            check_census(world, world->nodes[i].node.hub);
}

/* Of the log. */

static const struct transition *previous_of(const struct transition *log, size_t index)
{
    int64_t seq = log[index].before_seq;
    return seq == 0 ? NULL : &log[seq - 1];
}

/* The bot never talks over a person; a pause is ended by one `expire` only, and that not early (the database
 * asserts the latter too). */
static void check_pause(struct world *world, const struct transition *log, size_t i)
{
    const struct transition *before = previous_of(log, i);
    if (log[i].action == ACTION_BOT_MESSAGE && before != NULL && !conversation_bot_may_speak(&before->after))
        world_fail(world, "the bot spoke in %s at seq %zu, where it might not", wire_row_of(&log[i].after).id,
                   i + 1);
    if (log[i].action == ACTION_EXPIRE && (before == NULL || before->after.pause.kind != PAUSE_UNTIL ||
                                           before->after.pause.until_ms > log[i].at_ms))
        world_fail(world, "a pause ended at seq %zu that did not stand, or too early", i + 1);
}

static const struct deed *deed_of(const struct world *world, struct command_id id)
{
    for (int i = 0; i < world->deeds_count; i++) {
        if (command_id_equal(world->deeds[i].command.id, id))
            return &world->deeds[i];
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
static void check_seen(struct world *world, const struct transition *log, size_t i)
{
    const struct deed *deed = deed_of(world, log[i].command);
    if (deed == NULL || !deed->command.has_seen || !minds_what_was_seen(log[i].action))
        return;
    for (size_t j = (size_t)deed->command.seen; j < i; j++) {
        if (transition_brings_message(&log[j]) &&
            bytes_equal(conversation_id(&log[j].after), conversation_id(&log[i].after)) &&
            is_by_another(&log[j], &log[i]))
            world_fail(world, "%s %s at seq %zu and had not seen seq %zu", text_string(log[i].by),
                       action_name(log[i].action), i + 1, j + 1);
    }
}

void world_check_log(struct world *world)
{
    size_t count;
    const struct transition *log = store_memory_log(world->database, WORLD_WORKSPACE, &count);
    for (size_t i = 0; i < count; i++) {
        if (log[i].seq != (int64_t)i + 1)
            world_fail(world, "the log has a gap at seq %zu", i + 1);
        for (size_t j = 0; j < i; j++)
            if (command_id_equal(log[i].command, log[j].command))
                world_fail(world, "one id was carried out at seq %zu and at seq %zu", j + 1, i + 1);
        if (log[i].action != ACTION_AGENT_SEEN)
            check_pause(world, log, i);
        check_seen(world, log, i);
    }
    store_memory_check(world->database);
    check_rosters(world);
    world_check_memory(world);
}

/* Of everything, at rest. */

static void check_screen(struct world *world, const struct world_client *client)
{
    const struct wire_client *shown = &client->peer.client;
    if (world_client_is_replaced(client))
        return;
    if (client->peer.session == NULL || !shown->has_welcome || shown->is_behind) {
        world_fail(world, "%s is not connected, or has not caught up", client->name);
        return;
    }
    if (!world_client_is_dashboard(client))
        return;
    for (size_t i = 0; i < shown->rows_count; i++) {
        const struct conversation *held =
            store_memory_find(world->database, WORLD_WORKSPACE, bytes_of_string(shown->rows[i].id));
        struct wire_row truth;
        if (held != NULL)
            truth = wire_row_of(held);
        if (held == NULL || (!wire_row_equal(&truth, &shown->rows[i]) &&
                             (truth.list != LIST_NONE || shown->rows[i].list != LIST_NONE)))
            world_fail(world, "%s shows %s, not as it is", client->name, shown->rows[i].id);
    }
    struct counts counts = store_memory_counts(world->database, WORLD_WORKSPACE);
    if (wire_client_count(shown, LIST_OPEN) != counts.open ||
        wire_client_count(shown, LIST_COMPLETED) > counts.completed)
        world_fail(world, "%s shows %lld open and %lld completed, there are %lld and %lld", client->name,
                   (long long)wire_client_count(shown, LIST_OPEN),
                   (long long)wire_client_count(shown, LIST_COMPLETED), (long long)counts.open,
                   (long long)counts.completed);
}

static void check_deed(struct world *world, const struct deed *deed)
{
    int number = (int)(deed - world->deeds);
    struct stored_outcome stored;
    if (!deed->is_settled)
        world_fail(world, "#%d was never answered for good", number);
    else if (!deed->is_lost && strcmp(deed->outcome, "done") == 0 &&
             (!store_memory_find_outcome(world->database, WORLD_WORKSPACE, deed->command.id, &stored) ||
              stored.seq != deed->seq))
        world_fail(world, "#%d was acknowledged, and is not there any more", number);
}

static void check_pauses_are_over(struct world *world)
{
    size_t count;
    const struct transition *log = store_memory_log(world->database, WORLD_WORKSPACE, &count);
    for (size_t i = 0; i < count; i++) {
        const struct conversation *row =
            store_memory_find(world->database, WORLD_WORKSPACE, conversation_id(&log[i].after));
        if (row != NULL && row->pause.kind == PAUSE_UNTIL &&
            row->pause.until_ms + 2000 < store_memory_now_ms(world->database))
            world_fail(world, "the pause of %s has not ended", wire_row_of(row).id);
    }
}

void world_check_rest(struct world *world)
{
    world_check_log(world);
    for (int i = 0; i < world->deeds_count; i++)
        check_deed(world, &world->deeds[i]);
    for (int i = 0; i < WORLD_CLIENTS; i++)
        check_screen(world, &world->clients[i]);
    check_pauses_are_over(world);
    world_check_followers_at_rest(world);
    for (int i = 0; i < world->options.nodes; i++)
        world_note_stats(world, i);
    if (world->resyncs > 0)
        world_fail(world, "%llu clients disagreed with their frames", (unsigned long long)world->resyncs);
}
