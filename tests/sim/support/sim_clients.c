/* What clients do: they connect, act on what they see, which may be old, and send again what was not
 * answered. */
#include "sim.h"

#include <string.h>

#include "app/desk/private.h"
#include "protocol/limits.h"
#include "support/builders.h"

enum { DEEDS_OPEN_MAX = 6 };

const char *const sim_conversations[SIM_CONVERSATIONS] = {"c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7"};
static const char *const agents[] = {"ana", "bea", "sol", "eva"};

bool sim_client_is_dashboard(const struct sim_client *client)
{
    return strcmp(client->role, "agent") == 0 || strcmp(client->role, "supervisor") == 0;
}

bool sim_client_is_replaced(const struct sim_client *client)
{
    const struct sim *sim = client->sim;
    for (int i = 0; i < SIM_CLIENTS; i++)
        if (client->is_consumer && &sim->clients[i] != client && sim->clients[i].connection.session != NULL &&
            strcmp(sim->clients[i].name, client->name) == 0)
            return true;
    return false;
}

static const char *pick(struct random *random, const char *const *from, size_t count)
{
    return from[random_below(random, (uint32_t)count)];
}

/* Commands. */

static void give(struct deed *deed)
{
    struct wire_frame frame;
    struct sim *sim = deed->client->sim;
    deed->is_in_flight = true;
    wire_command(&frame, &deed->command);
    sim_tell(sim, "%s> #%d %s %s%s v%lld %s", deed->client->name, (int)(deed - sim->deeds),
             deed->command.action, deed->command.conversation,
             deed->command.agent == NULL ? "" : deed->command.agent,
             deed->command.has_version ? (long long)deed->command.version : -1LL,
             deed->command.resend ? "(again)" : "");
    client_send(&deed->client->connection, &frame);
}

static void resend(struct deed *deed)
{
    deed->command.resend = true;
    deed->was_resent = true;
    give(deed);
}

static int open_deeds(const struct sim_client *client)
{
    int count = 0;
    for (int i = 0; i < client->sim->deeds_count; i++)
        count += client->sim->deeds[i].client == client && !client->sim->deeds[i].is_settled;
    return count;
}

static void choose_agent_command(struct sim_client *client, struct wire_command *command)
{
    static const char *const actions[] = {"reopen",         "assign",    "send_message", "keep_open",
                                          "resume_bot",     "complete",  "complete",     "unlink",
                                          "set_automation", "mark_read", "send_message"};
    struct random *random = &client->sim->random;
    command->action = pick(random, actions, ARRAY_COUNT(actions));
    if (strcmp(client->role, "supervisor") == 0 && random_once_in(random, 10))
        command->action = "erase";
    command->agent = random_once_in(random, 3) ? NULL : pick(random, agents, ARRAY_COUNT(agents));
    command->has_enabled = true;
    command->enabled = !random_once_in(random, 3);
    const struct wire_row *row = wire_client_find(&client->connection.wire, command->conversation);
    command->received = row == NULL ? 0 : row->received;
    command->take = random_once_in(random, 3);
    if (row != NULL && random_once_in(random, 2)) {
        command->has_version = true;
        command->version = row->version;
    }
    if (random_once_in(random, 4))
        command->pause = random_once_in(random, 4) ? -1 : 60000 + (int64_t)random_below(random, 60000);
}

/* Of what the client shows now, as it would say it also after another database has taken over. */
static void choose_seen(struct sim_client *client, struct deed *deed, int64_t seq, int64_t mark)
{
    struct wire_command *command = &deed->command;
    command->has_seen = random_once_in(&client->sim->random, 2);
    command->seen = seq;
    command->mark = mark;
    memcpy(deed->epoch, client->connection.wire.epoch, sizeof(deed->epoch));
    command->epoch = command->has_seen && deed->epoch[0] != '\0' ? deed->epoch : NULL;
}

static void choose_command(struct sim_client *client, struct deed *deed)
{
    struct wire_command *command = &deed->command;
    static const char *const bot[] = {"open", "bot_message", "bot_message", "bot_message", "assign"};
    static const char *const channel[] = {"contact_message", "contact_message", "contact_message",
                                          "message_status"};
    static const char *const statuses[] = {"sent", "delivered", "failed"};
    struct random *random = &client->sim->random;
    int index = (int)random_below(random, SIM_CONVERSATIONS);
    snprintf(deed->words, sizeof(deed->words), "n%d", (int)(deed - client->sim->deeds));
    command->conversation = sim_conversations[index];
    command->channel = index < SIM_CONVERSATIONS / 2 ? "whatsapp" : "web";
    command->body = deed->words;
    command->name = random_once_in(random, 2) ? NULL : deed->words;
    if (sim_client_is_dashboard(client)) {
        choose_agent_command(client, command);
        choose_seen(client, deed, client->connection.wire.seq, client->connection.wire.mark);
    } else if (strcmp(client->role, "automation") == 0) {
        command->action = pick(random, bot, ARRAY_COUNT(bot));
        command->agent = pick(random, agents, ARRAY_COUNT(agents));
    } else {
        command->action = pick(random, channel, ARRAY_COUNT(channel));
        command->message = 1 + random_below(random, 5);
        command->status = pick(random, statuses, ARRAY_COUNT(statuses));
    }
}

static void act_new(struct sim_client *client)
{
    struct sim *sim = client->sim;
    if (sim->deeds_count == SIM_DEEDS_MAX || open_deeds(client) >= DEEDS_OPEN_MAX)
        return;
    struct deed *deed = &sim->deeds[sim->deeds_count++];
    *deed = (struct deed){.client = client, .command.id = command_id_next()};
    choose_command(client, deed);
    give(deed);
}

static bool is_same_person(const struct sim_client *a, const struct sim_client *b)
{
    return strcmp(a->name, b->name) == 0;
}

void sim_client_resend_all(struct sim_client *client)
{
    int64_t now_us = store_memory_elapsed_us(client->sim->database);
    for (int i = 0; i < client->sim->deeds_count; i++) {
        struct deed *deed = &client->sim->deeds[i];
        bool is_orphan = deed->client->connection.session == NULL && is_same_person(deed->client, client);
        if (client->connection.session == NULL || deed->is_settled)
            continue;
        if (is_orphan)
            deed->is_in_flight = false;
        if (is_orphan)
            deed->client = client;
        if (deed->client == client && !deed->is_in_flight && deed->again_us <= now_us)
            resend(deed);
    }
}

/* Whether the client's node has taken the command in, and has not settled it. */
static bool is_under_way(const struct sim_client *client, const struct deed *deed)
{
    const struct desk *desk = sim_desk(client->sim, client->node);
    const struct command_id *id = &deed->command.id;
    return desk != NULL && map_get(&desk->under_way, bytes_make(id->bytes, sizeof(id->bytes))) != NULL;
}

/* A second copy, on another connection of the same person, of what is under way. */
static bool copy_twins_deed(struct sim_client *client)
{
    for (int i = client->sim->deeds_count - 1; i >= 0; i--) {
        struct deed *deed = &client->sim->deeds[i];
        if (deed->client == client || !is_same_person(deed->client, client) || !is_under_way(client, deed))
            continue;
        struct wire_command copy = deed->command;
        struct wire_frame frame;
        copy.resend = deed->was_resent = true;
        sim_tell(client->sim, "%s> #%d, a second copy", client->name, i);
        wire_command(&frame, &copy);
        client_send(&client->connection, &frame);
        return true;
    }
    return false;
}

/* Other things that clients say. */

static const char *token_of(const struct sim_client *client)
{
    return client_token(SIM_WORKSPACE, client->name, client->role, NOON_MS + 100 * 24 * HOUR_MS);
}

static void say_other(struct sim_client *client)
{
    struct wire_frame frame;
    struct sim *sim = client->sim;
    switch (random_below(&sim->random, 6)) {
    case 0:
        if (sim_client_is_dashboard(client)) {
            wire_page(&frame, 1, random_below(&sim->random, 40), 3);
            client->requests++;
            sim_tell(sim, "%s> page", client->name);
            break;
        }
        return;
    case 1:
        wire_hello(&frame, token_of(client), "whatever", 0);
        sim_tell(sim, "%s> hello again", client->name);
        break;
    case 2:
        frame = (struct wire_frame){.size = 1 + random_below(&sim->random, 12)};
        for (size_t i = 0; i < frame.size; i++)
            frame.data[i] = (uint8_t)random_below(&sim->random, 256);
        client->has_babbled = true;
        sim_tell(sim, "%s> garbage", client->name);
        break;
    default:
        wire_time(&frame, 2);
        sim_tell(sim, "%s> time", client->name);
        break;
    }
    client_send(&client->connection, &frame);
}

void sim_client_act(struct sim_client *client)
{
    struct random *random = &client->sim->random;
    if (!client->connection.wire.has_welcome || sim_client_follow(client))
        return;
    if (random_once_in(random, 8))
        say_other(client);
    else if (random_once_in(random, 6))
        sim_client_resend_all(client);
    else if (!random_once_in(random, 4) || !copy_twins_deed(client))
        act_new(client);
}

/* Coming, going and hearing. */

void sim_client_vanish(struct sim_client *client)
{
    struct sim *sim = client->sim;
    sim_tell(sim, "%s vanishes", client->name);
    client_leave(&client->connection);
    for (int i = 0; i < sim->deeds_count; i++)
        if (sim->deeds[i].client == client)
            sim->deeds[i].is_in_flight = false;
}

void sim_client_connect(struct sim_client *client, int node)
{
    struct sim *sim = client->sim;
    struct wire_frame frame;
    for (int i = 0; i < sim->deeds_count; i++)
        if (sim->deeds[i].client == client)
            sim->deeds[i].is_in_flight = false;
    if (client->connection.closed == CLOSE_BAD_FRAME && !client->has_babbled)
        sim_fail(sim, "%s was closed for a frame of his: %s", client->name, client->connection.close_detail);
    client->has_babbled = false;
    client->node = node;
    sim_follow_connect(client);
    client_connect(&client->connection, &sim->nodes[node].server);
    bool resumes = client->connection.wire.seq > 0 && sim_client_is_dashboard(client) &&
                   !random_once_in(&sim->random, 10);
    client->resumed_at = resumes ? client->connection.wire.seq : -1;
    memcpy(client->resumed_epoch, client->connection.wire.epoch, sizeof(client->resumed_epoch));
    sim_tell(sim, "%s> hello at node %d, resume %lld of %s", client->name, node,
             (long long)client->resumed_at, client->resumed_epoch);
    if (client->is_consumer) {
        sim_consumer_hello(client, token_of(client));
        return;
    }
    if (resumes)
        wire_hello_again(&frame, token_of(client), &client->connection.wire);
    else
        wire_hello(&frame, token_of(client), NULL, -1);
    client_send(&client->connection, &frame);
}

static void settle(struct deed *deed, const struct wire_message *answer)
{
    deed->is_in_flight = false;
    deed->again_us = store_memory_elapsed_us(deed->client->sim->database) + answer->retry_ms * 1000;
    if (strcmp(answer->outcome, "unknown") == 0 || wire_is_temporary(answer->reason))
        return;
    deed->is_settled = true;
    memcpy(deed->outcome, answer->outcome, sizeof(deed->outcome));
    memcpy(deed->reason, answer->reason, sizeof(deed->reason));
    deed->seq = answer->seq;
    deed->message = answer->message;
}

static void tell_message(struct sim_client *client)
{
    const struct wire_message *last = &client->connection.wire.last;
    struct sim *sim = client->sim;
    switch (last->type) {
    case WIRE_WELCOME:
        sim_tell(sim, "%s< welcome %s seq %lld%s", client->name, last->epoch, (long long)last->seq,
                 last->resumed ? " resumed" : "");
        break;
    case WIRE_SYNC:
        sim_tell(sim, "%s< sync %lld to %lld%s%s, %zu rows", client->name, (long long)last->from,
                 (long long)last->to, last->fresh ? " fresh" : "", last->has_digest ? " tail" : "",
                 last->rows_count);
        for (size_t i = 0; i < last->rows_count; i++)
            sim_tell(sim, "      %s list %lld seq %lld version %lld pause %lld", last->rows[i].id,
                     (long long)last->rows[i].list, (long long)last->rows[i].seq,
                     (long long)last->rows[i].version, (long long)last->rows[i].pause);
        break;
    case WIRE_ANSWER: break;
    case WIRE_PAGE: sim_tell(sim, "%s< page, %zu rows", client->name, last->rows_count); break;
    case WIRE_TIME: break;
    case WIRE_STATE:
        sim_tell(sim, "%s< state %s", client->name, last->is_up ? "up" : last->is_stuck ? "stuck" : "down");
        break;
    case WIRE_BYE: sim_tell(sim, "%s< bye %lld", client->name, (long long)last->code); break;
    case WIRE_LOG:
        sim_tell(sim, "%s< log %lld to %lld, %zu entries", client->name, (long long)last->from,
                 (long long)last->to, last->entries_count);
        break;
    case WIRE_THREAD:
        sim_tell(sim, "%s< thread of %s%s to %lld, %zu entries", client->name, last->conversation,
                 last->fresh ? " fresh" : "", (long long)last->to, last->entries_count);
        break;
    case WIRE_REFUSED: sim_tell(sim, "%s< refused %s", client->name, last->reason); break;
    case WIRE_HISTORY:
    case WIRE_FOUND:
    case WIRE_PRESENCE: break;
    }
}

static void hear(struct client *connection)
{
    struct sim_client *client = connection->context;
    struct sim *sim = client->sim;
    const struct wire_message *last = &connection->wire.last;
    tell_message(client);
    sim_follow_hear(client);
    for (int i = 0; i < sim->deeds_count && last->type == WIRE_ANSWER; i++) {
        struct deed *deed = &sim->deeds[i];
        if (!command_id_equal(deed->command.id, last->id))
            continue;
        sim_tell(sim, "%s< #%d %s %s seq %lld", client->name, i, last->outcome, last->reason,
                 (long long)last->seq);
    }
    sim_check_message(client);
    for (int i = 0; i < sim->deeds_count && last->type == WIRE_ANSWER; i++)
        if (command_id_equal(sim->deeds[i].command.id, last->id) && !sim->deeds[i].is_settled)
            settle(&sim->deeds[i], last);
    if (last->type == WIRE_WELCOME && !last->resumed)
        /* What was in flight went with what there was. */
        for (int i = 0; i < sim->deeds_count; i++)
            sim->deeds[i].is_in_flight &= sim->deeds[i].client != client;
}

void sim_clients_init(struct sim *sim)
{
    static const struct {
        const char *name;
        const char *role;
        bool is_consumer;
    } cast[SIM_CLIENTS] = {
        {"ana", "agent", false},       {"bea", "agent", false},      {"sol", "supervisor", false},
        {"ana", "agent", false},       {"eva", "agent", false},      {"bot", "automation", true},
        {"whatsapp", "channel", true}, {"sol", "supervisor", false}, {"bot", "automation", true},
        {"web", "channel", true},
    };
    for (int i = 0; i < SIM_CLIENTS; i++) {
        struct sim_client *client = &sim->clients[i];
        client->sim = sim;
        client->name = cast[i].name;
        client->role = cast[i].role;
        client->is_consumer = cast[i].is_consumer;
        client->resumed_at = -1;
        client->connection.hear = hear;
        client->connection.context = client;
    }
}
