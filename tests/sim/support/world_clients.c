/* What clients do: they connect, act on what they see, which may be old, and send again what was not
 * answered. */
#include "world.h"

#include <string.h>

#include "app/desk.h"
#include "protocol/limits.h"
#include "support/builders.h"

enum { DEEDS_OPEN_MAX = 6 };

const char *const world_conversations[WORLD_CONVERSATIONS] = {"c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7"};
static const char *const agents[] = {"ana", "bea", "sol", "eva"};

bool world_client_is_dashboard(const struct world_client *client)
{
    return strcmp(client->role, "agent") == 0 || strcmp(client->role, "supervisor") == 0;
}

bool world_client_is_replaced(const struct world_client *client)
{
    const struct world *world = client->world;
    for (int i = 0; i < WORLD_CLIENTS; i++)
        if (client->is_consumer && &world->clients[i] != client && world->clients[i].peer.session != NULL &&
            strcmp(world->clients[i].name, client->name) == 0)
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
    struct world *world = deed->client->world;
    deed->is_in_flight = true;
    wire_command(&frame, &deed->command);
    world_tell(world, "%s> #%d %s %s%s v%lld %s", deed->client->name, (int)(deed - world->deeds),
               deed->command.action, deed->command.conversation,
               deed->command.agent == NULL ? "" : deed->command.agent,
               deed->command.has_version ? (long long)deed->command.version : -1LL,
               deed->command.resend ? "(again)" : "");
    peer_send(&deed->client->peer, &frame);
}

static void resend(struct deed *deed)
{
    deed->command.resend = true;
    deed->was_resent = true;
    give(deed);
}

static int open_deeds(const struct world_client *client)
{
    int count = 0;
    for (int i = 0; i < client->world->deeds_count; i++)
        count += client->world->deeds[i].client == client && !client->world->deeds[i].is_settled;
    return count;
}

static void choose_agent_command(struct world_client *client, struct wire_command *command)
{
    static const char *const actions[] = {"reopen",         "assign",    "send_message", "keep_open",
                                          "resume_bot",     "complete",  "complete",     "unlink",
                                          "set_automation", "mark_read", "send_message"};
    struct random *random = &client->world->random;
    command->action = pick(random, actions, ARRAY_COUNT(actions));
    if (strcmp(client->role, "supervisor") == 0 && random_once_in(random, 10))
        command->action = "erase";
    command->agent = random_once_in(random, 3) ? NULL : pick(random, agents, ARRAY_COUNT(agents));
    command->has_enabled = true;
    command->enabled = !random_once_in(random, 3);
    const struct wire_row *row = wire_client_find(&client->peer.client, command->conversation);
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
static void choose_seen(struct world_client *client, struct deed *deed, int64_t seq, int64_t mark)
{
    struct wire_command *command = &deed->command;
    command->has_seen = random_once_in(&client->world->random, 2);
    command->seen = seq;
    command->mark = mark;
    memcpy(deed->epoch, client->peer.client.epoch, sizeof(deed->epoch));
    command->epoch = command->has_seen && deed->epoch[0] != '\0' ? deed->epoch : NULL;
}

static void choose_command(struct world_client *client, struct deed *deed)
{
    struct wire_command *command = &deed->command;
    static const char *const bot[] = {"open", "bot_message", "bot_message", "bot_message", "assign"};
    static const char *const channel[] = {"contact_message", "contact_message", "contact_message",
                                          "message_status"};
    static const char *const statuses[] = {"sent", "delivered", "failed"};
    struct random *random = &client->world->random;
    int index = (int)random_below(random, WORLD_CONVERSATIONS);
    snprintf(deed->words, sizeof(deed->words), "n%d", (int)(deed - client->world->deeds));
    command->conversation = world_conversations[index];
    command->channel = index < WORLD_CONVERSATIONS / 2 ? "whatsapp" : "web";
    command->body = deed->words;
    command->name = random_once_in(random, 2) ? NULL : deed->words;
    if (world_client_is_dashboard(client)) {
        choose_agent_command(client, command);
        choose_seen(client, deed, client->peer.client.seq, client->peer.client.mark);
    } else if (strcmp(client->role, "automation") == 0) {
        command->action = pick(random, bot, ARRAY_COUNT(bot));
        command->agent = pick(random, agents, ARRAY_COUNT(agents));
    } else {
        command->action = pick(random, channel, ARRAY_COUNT(channel));
        command->message = 1 + random_below(random, 5);
        command->status = pick(random, statuses, ARRAY_COUNT(statuses));
    }
}

static void act_new(struct world_client *client)
{
    struct world *world = client->world;
    if (world->deeds_count == WORLD_DEEDS_MAX || open_deeds(client) >= DEEDS_OPEN_MAX)
        return;
    struct deed *deed = &world->deeds[world->deeds_count++];
    *deed = (struct deed){.client = client, .command.id = command_id_next()};
    choose_command(client, deed);
    give(deed);
}

static bool is_same_person(const struct world_client *a, const struct world_client *b)
{
    return strcmp(a->name, b->name) == 0;
}

void world_client_resend_all(struct world_client *client)
{
    int64_t now_us = store_memory_elapsed_us(client->world->database);
    for (int i = 0; i < client->world->deeds_count; i++) {
        struct deed *deed = &client->world->deeds[i];
        bool is_orphan = deed->client->peer.session == NULL && is_same_person(deed->client, client);
        if (client->peer.session == NULL || deed->is_settled)
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
static bool is_under_way(const struct world_client *client, const struct deed *deed)
{
    const struct desk *desk = world_desk(client->world, client->node);
    const struct command_id *id = &deed->command.id;
    return desk != NULL && map_get(&desk->under_way, bytes_make(id->bytes, sizeof(id->bytes))) != NULL;
}

/* A second copy, on another connection of the same person, of what is under way. */
static bool copy_twins_deed(struct world_client *client)
{
    for (int i = client->world->deeds_count - 1; i >= 0; i--) {
        struct deed *deed = &client->world->deeds[i];
        if (deed->client == client || !is_same_person(deed->client, client) || !is_under_way(client, deed))
            continue;
        struct wire_command copy = deed->command;
        struct wire_frame frame;
        copy.resend = deed->was_resent = true;
        world_tell(client->world, "%s> #%d, a second copy", client->name, i);
        wire_command(&frame, &copy);
        peer_send(&client->peer, &frame);
        return true;
    }
    return false;
}

/* Other things that clients say. */

static const char *token_of(const struct world_client *client)
{
    return peer_token(WORLD_WORKSPACE, client->name, client->role, NOON_MS + 100 * 24 * HOUR_MS);
}

static void say_other(struct world_client *client)
{
    struct wire_frame frame;
    struct world *world = client->world;
    switch (random_below(&world->random, 6)) {
    case 0:
        if (world_client_is_dashboard(client)) {
            wire_page(&frame, 1, random_below(&world->random, 40), 3);
            client->requests++;
            world_tell(world, "%s> page", client->name);
            break;
        }
        return;
    case 1:
        wire_hello(&frame, token_of(client), "whatever", 0);
        world_tell(world, "%s> hello again", client->name);
        break;
    case 2:
        frame = (struct wire_frame){.size = 1 + random_below(&world->random, 12)};
        for (size_t i = 0; i < frame.size; i++)
            frame.data[i] = (uint8_t)random_below(&world->random, 256);
        client->has_babbled = true;
        world_tell(world, "%s> garbage", client->name);
        break;
    default:
        wire_time(&frame, 2);
        world_tell(world, "%s> time", client->name);
        break;
    }
    peer_send(&client->peer, &frame);
}

void world_client_act(struct world_client *client)
{
    struct random *random = &client->world->random;
    if (!client->peer.client.has_welcome || world_client_follow(client))
        return;
    if (random_once_in(random, 8))
        say_other(client);
    else if (random_once_in(random, 6))
        world_client_resend_all(client);
    else if (!random_once_in(random, 4) || !copy_twins_deed(client))
        act_new(client);
}

/* Coming, going and hearing. */

void world_client_vanish(struct world_client *client)
{
    struct world *world = client->world;
    world_tell(world, "%s vanishes", client->name);
    peer_leave(&client->peer);
    for (int i = 0; i < world->deeds_count; i++)
        if (world->deeds[i].client == client)
            world->deeds[i].is_in_flight = false;
}

void world_client_connect(struct world_client *client, int node)
{
    struct world *world = client->world;
    struct wire_frame frame;
    for (int i = 0; i < world->deeds_count; i++)
        if (world->deeds[i].client == client)
            world->deeds[i].is_in_flight = false;
    if (client->peer.closed == CLOSE_BAD_FRAME && !client->has_babbled)
        world_fail(world, "%s was closed for a frame of his: %s", client->name, client->peer.close_detail);
    client->has_babbled = false;
    client->node = node;
    world_follow_connect(client);
    peer_connect(&client->peer, &world->nodes[node].node);
    bool resumes = client->peer.client.seq > 0 && world_client_is_dashboard(client) &&
                   !random_once_in(&world->random, 10);
    client->resumed_at = resumes ? client->peer.client.seq : -1;
    memcpy(client->resumed_epoch, client->peer.client.epoch, sizeof(client->resumed_epoch));
    world_tell(world, "%s> hello at node %d, resume %lld of %s", client->name, node,
               (long long)client->resumed_at, client->resumed_epoch);
    if (client->is_consumer) {
        world_consumer_hello(client, token_of(client));
        return;
    }
    if (resumes)
        wire_hello_again(&frame, token_of(client), &client->peer.client);
    else
        wire_hello(&frame, token_of(client), NULL, -1);
    peer_send(&client->peer, &frame);
}

static void settle(struct deed *deed, const struct wire_message *answer)
{
    deed->is_in_flight = false;
    deed->again_us = store_memory_elapsed_us(deed->client->world->database) + answer->retry_ms * 1000;
    if (strcmp(answer->outcome, "unknown") == 0 || wire_is_temporary(answer->reason))
        return;
    deed->is_settled = true;
    memcpy(deed->outcome, answer->outcome, sizeof(deed->outcome));
    memcpy(deed->reason, answer->reason, sizeof(deed->reason));
    deed->seq = answer->seq;
    deed->message = answer->message;
}

static void tell_message(struct world_client *client)
{
    const struct wire_message *last = &client->peer.client.last;
    struct world *world = client->world;
    switch (last->type) {
    case WIRE_WELCOME:
        world_tell(world, "%s< welcome %s seq %lld%s", client->name, last->epoch, (long long)last->seq,
                   last->resumed ? " resumed" : "");
        break;
    case WIRE_SYNC:
        world_tell(world, "%s< sync %lld to %lld%s%s, %zu rows", client->name, (long long)last->from,
                   (long long)last->to, last->fresh ? " fresh" : "", last->has_digest ? " tail" : "",
                   last->rows_count);
        for (size_t i = 0; i < last->rows_count; i++)
            world_tell(world, "      %s list %lld seq %lld version %lld pause %lld", last->rows[i].id,
                       (long long)last->rows[i].list, (long long)last->rows[i].seq,
                       (long long)last->rows[i].version, (long long)last->rows[i].pause);
        break;
    case WIRE_ANSWER: break;
    case WIRE_PAGE: world_tell(world, "%s< page, %zu rows", client->name, last->rows_count); break;
    case WIRE_TIME: break;
    case WIRE_STATE:
        world_tell(world, "%s< state %s", client->name,
                   last->is_up      ? "up"
                   : last->is_stuck ? "stuck"
                                    : "down");
        break;
    case WIRE_BYE: world_tell(world, "%s< bye %lld", client->name, (long long)last->code); break;
    case WIRE_LOG:
        world_tell(world, "%s< log %lld to %lld, %zu entries", client->name, (long long)last->from,
                   (long long)last->to, last->entries_count);
        break;
    case WIRE_THREAD:
        world_tell(world, "%s< thread of %s%s to %lld, %zu entries", client->name, last->conversation,
                   last->fresh ? " fresh" : "", (long long)last->to, last->entries_count);
        break;
    case WIRE_REFUSED: world_tell(world, "%s< refused %s", client->name, last->reason); break;
    case WIRE_HISTORY:
    case WIRE_FOUND:
    case WIRE_PRESENCE: break;
    }
}

static void hear(struct peer *peer)
{
    struct world_client *client = peer->context;
    struct world *world = client->world;
    const struct wire_message *last = &peer->client.last;
    tell_message(client);
    world_follow_hear(client);
    for (int i = 0; i < world->deeds_count && last->type == WIRE_ANSWER; i++) {
        struct deed *deed = &world->deeds[i];
        if (!command_id_equal(deed->command.id, last->id))
            continue;
        world_tell(world, "%s< #%d %s %s seq %lld", client->name, i, last->outcome, last->reason,
                   (long long)last->seq);
    }
    world_check_message(client);
    for (int i = 0; i < world->deeds_count && last->type == WIRE_ANSWER; i++)
        if (command_id_equal(world->deeds[i].command.id, last->id) && !world->deeds[i].is_settled)
            settle(&world->deeds[i], last);
    if (last->type == WIRE_WELCOME && !last->resumed)
        /* What was in flight went with what there was. */
        for (int i = 0; i < world->deeds_count; i++)
            world->deeds[i].is_in_flight &= world->deeds[i].client != client;
}

void world_clients_init(struct world *world)
{
    static const struct {
        const char *name;
        const char *role;
        bool is_consumer;
    } cast[WORLD_CLIENTS] = {
        {"ana", "agent", false},       {"bea", "agent", false},      {"sol", "supervisor", false},
        {"ana", "agent", false},       {"eva", "agent", false},      {"bot", "automation", true},
        {"whatsapp", "channel", true}, {"sol", "supervisor", false}, {"bot", "automation", true},
        {"web", "channel", true},
    };
    for (int i = 0; i < WORLD_CLIENTS; i++) {
        struct world_client *client = &world->clients[i];
        client->world = world;
        client->name = cast[i].name;
        client->role = cast[i].role;
        client->is_consumer = cast[i].is_consumer;
        client->resumed_at = -1;
        client->peer.hear = hear;
        client->peer.context = client;
    }
}
