#include "world.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/builders.h"

/* Telling. */

/* For what ends the process from within the server: an assertion, a sanitizer. */
static struct world *running;

static void tell_the_end(int number)
{
    signal(number, SIG_DFL);
    if (running != NULL) {
        fflush(running->transcript);
        fprintf(stderr, "%s\nthe server died: seed %llu, %d nodes, promotions %d\n", running->transcript_text,
                (unsigned long long)running->options.seed, running->options.nodes,
                running->options.promotions);
    }
    raise(number);
}

void world_tell(struct world *world, const char *format, ...)
{
    int64_t us = store_memory_elapsed_us(world->database);
    fprintf(world->transcript, "%8lld.%03lld  ", (long long)(us / 1000), (long long)(us % 1000));
    va_list arguments;
    va_start(arguments, format);
    vfprintf(world->transcript, format, arguments);
    va_end(arguments);
    fputc('\n', world->transcript);
}

void world_fail(struct world *world, const char *format, ...)
{
    if (world->failure[0] != '\0')
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(world->failure, sizeof(world->failure), format, arguments);
    va_end(arguments);
    world_tell(world, "BROKEN: %s", world->failure);
}

/* Nodes. */

void world_note_stats(struct world *world, int index)
{
    struct hub_stats stats = hub_stats(world->nodes[index].node.hub);
    world->resyncs += stats.resyncs;
    world->unloads += stats.desks_unloaded;
    world->evictions += stats.rows_evicted;
    world->lagged += stats.lagged;
}

static void node_begin(struct world *world, int index)
{
    struct world_node *node = &world->nodes[index];
    node_start_with(&node->node, world->database, world->options.seed * 1000 + ++world->starts,
                    world->options.limits);
    world_tell(world, "node %d starts", index);
}

static void node_up(struct world *world, int index)
{
    world_tell(world, "node %d: database up", index);
    world->nodes[index].epoch = world->promotions;
    store_memory_up(world->nodes[index].node.store);
}

static void node_die(struct world *world, int index)
{
    world_tell(world, "node %d dies", index);
    world_note_stats(world, index);
    node_kill(&world->nodes[index].node);
    for (int i = 0; i < world->deeds_count; i++)
        if (world->deeds[i].client->node == index && world->deeds[i].client->peer.session == NULL)
            world->deeds[i].is_in_flight = false;
    node_begin(world, index);
}

static void promote(struct world *world)
{
    size_t lost = random_below(&world->random, 4);
    world_tell(world, "promotion, %zu transactions are lost", lost);
    store_memory_promote(world->database, lost);
    world->promotions++;
    size_t count;
    store_memory_log(world->database, WORLD_WORKSPACE, &count);
    for (int i = 0; i < world->deeds_count; i++)
        world->deeds[i].is_lost |=
            world->deeds[i].seq > (int64_t)count || strcmp(world->deeds[i].outcome, "done") != 0;
}

/* Retention: what is old is kept no more. */
static void forget(struct world *world)
{
    size_t count;
    store_memory_log(world->database, WORLD_WORKSPACE, &count);
    int64_t up_to = random_below(&world->random, (uint32_t)count);
    if (up_to <= world->forgotten_seq)
        return;
    world_tell(world, "what happened up to %lld is kept no more", (long long)up_to);
    world->forgotten_seq = up_to;
    store_memory_forget(world->database, WORLD_WORKSPACE, up_to);
}

static void turn_nodes(struct world *world, int turns)
{
    for (int i = 0; i < turns && world->failure[0] == '\0'; i++)
        node_turn(&world->nodes[random_below(&world->random, (uint32_t)world->options.nodes)].node);
}

/* Everybody leaves the node at once, and its desk may go. */
static void desert(struct world *world, int index)
{
    world_tell(world, "node %d is deserted", index);
    for (int i = 0; i < WORLD_CLIENTS; i++)
        if (world->clients[i].node == index && world->clients[i].peer.session != NULL)
            world_client_vanish(&world->clients[i]);
    for (int i = 0; i < 10; i++) {
        store_memory_advance(world->database, 1 + random_below(&world->random, 20000));
        node_turn(&world->nodes[index].node);
    }
}

/* Faults. */

static void meddle(struct world *world)
{
    static const char *const names[] = {"lose the request", "lose the answer", "disk full",    "fail",
                                        "locked",           "fail reads",      "slow look-up", "lose hints"};
    int index = (int)random_below(&world->random, (uint32_t)world->options.nodes);
    struct store *store = world->nodes[index].node.store;
    switch (random_below(&world->random, 16)) {
    case 0: store_memory_set_delay_ms(store, 0, 0); break;
    case 1:
    case 2: store_memory_set_delay_ms(store, 0, 1 + random_below(&world->random, 40)); break;
    case 3:
    case 4:
        world_tell(world, "node %d: database down", index);
        store_memory_down(store);
        break;
    case 5:
    case 6: node_up(world, index); break;
    case 7:
        if (random_once_in(&world->random, 3))
            node_die(world, index);
        break;
    case 8:
        if (world->options.promotions && random_once_in(&world->random, 4))
            promote(world);
        else if (!world->options.promotions && random_once_in(&world->random, 6))
            forget(world);
        break;
    case 9:
    case 10: desert(world, index); break;
    case 11:
    case 12: {
        bool is_stuck = random_once_in(&world->random, 2);
        world_tell(world, "node %d: %s", index, is_stuck ? "commits nothing" : "commits");
        store_memory_set_stuck(store, is_stuck);
        break;
    }
    default: {
        uint32_t fault = random_below(&world->random, ARRAY_COUNT(names));
        world_tell(world, "node %d: armed: %s", index, names[fault]);
        store_memory_arm(store, (enum store_memory_fault)fault);
        break;
    }
    }
}

/* Another program writes to the database. */
static void write_foreign(struct world *world)
{
    bool erases = random_once_in(&world->random, 6);
    struct actor actor = erases ? sol() : random_once_in(&world->random, 2) ? bea() : whatsapp();
    struct command command = {
        .action = erases                       ? ACTION_ERASE
                  : actor.role == ROLE_CHANNEL ? ACTION_CONTACT_MESSAGE
                                               : ACTION_COMPLETE,
        .id = command_id_next(),
        .conversation =
            bytes_of_string(world_conversations[random_below(&world->random, WORLD_CONVERSATIONS)]),
        .body = BYTES("from elsewhere"),
        .channel = BYTES("whatsapp"),
    };
    world_tell(world, "foreign: %s %s", action_name(command.action), (const char *)command.conversation.data);
    store_memory_foreign(world->database, WORLD_WORKSPACE, &actor, &command);
}

static void pass_time(struct world *world)
{
    static const int64_t spans_us[] = {300, 2000, 10000, 50000, 1000000, 20000000, 70000000};
    int64_t us = spans_us[random_below(&world->random, ARRAY_COUNT(spans_us))];
    us = 1 + (int64_t)random_below(&world->random, (uint32_t)us);
    store_memory_advance(world->database, us);
    if (random_once_in(&world->random, 60)) {
        int64_t by_ms = (int64_t)random_below(&world->random, 4000) - 2000;
        world_tell(world, "the database's clock is set by %lld ms", (long long)by_ms);
        store_memory_set_now_ms(world->database, store_memory_now_ms(world->database) + by_ms);
    }
}

/* Clients. */

static void move_client(struct world *world, struct world_client *client)
{
    if (client->peer.session == NULL) {
        if (random_once_in(&world->random, 2))
            world_client_connect(client, (int)random_below(&world->random, (uint32_t)world->options.nodes));
        return;
    }
    switch (random_below(&world->random, 24)) {
    case 0: world_client_vanish(client); break;
    case 1:
        world_tell(world, "%s stops reading", client->name);
        client->peer.is_deaf = true;
        break;
    case 2:
    case 3: peer_listen(&client->peer); break;
    default: world_client_act(client); break;
    }
}

/* From the beginning to the rest. */

static void rest_once(struct world *world)
{
    /* Faults that are still armed may break it once more. */
    for (int i = 0; i < world->options.nodes; i++) {
        store_memory_set_stuck(world->nodes[i].node.store, false);
        node_up(world, i);
    }
    for (int i = 0; i < WORLD_CLIENTS; i++) {
        struct world_client *client = &world->clients[i];
        if (client->peer.session == NULL && !world_client_is_replaced(client))
            world_client_connect(client, i % world->options.nodes);
        peer_listen(&client->peer);
    }
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < world->options.nodes && world->failure[0] == '\0'; i++)
            node_wait(&world->nodes[i].node, 2000);
    for (int i = 0; i < WORLD_CLIENTS; i++) {
        struct world_client *client = &world->clients[i];
        if (client->peer.session == NULL || !client->peer.client.has_welcome)
            continue;
        world_client_resend_all(client);
        world_client_sit_down(client);
        world_consumer_finish_work(client);
        while (world_client_watch_again(client))
            continue;
    }
    for (int i = 0; i < world->options.nodes && world->failure[0] == '\0'; i++)
        node_wait(&world->nodes[i].node, 100);
}

/* Nobody meddles any more: within a while every command is answered and every pause that had an end has
 * ended. */
static void come_to_rest(struct world *world)
{
    world_tell(world, "--- rest ---");
    world->is_quiet = true;
    for (int i = 0; i < world->options.nodes; i++) {
        store_memory_set_delay_ms(world->nodes[i].node.store, 0, 0);
        store_memory_down(world->nodes[i].node.store);
    }
    for (int round = 0; round < 30 && world->failure[0] == '\0'; round++)
        rest_once(world);
    if (world->failure[0] == '\0')
        world_check_rest(world);
}

static void begin(struct world *world, struct world_options options)
{
    memset(world, 0, sizeof(*world));
    world->options = options;
    world->random.state = options.seed;
    world->transcript = open_memstream(&world->transcript_text, &world->transcript_size);
    world->database = store_memory_database_create(NOON_MS);
    running = world;
    signal(SIGABRT, tell_the_end);
    /* The workspace exists, with pauses so short that they end while it is watched. */
    struct command command = {.action = ACTION_CONTACT_MESSAGE,
                              .id = command_id_next(),
                              .conversation = BYTES("c0"),
                              .body = BYTES("hello")};
    struct actor channel = whatsapp();
    store_memory_foreign(world->database, WORLD_WORKSPACE, &channel, &command);
    store_memory_set_default_pause_ms(world->database, WORLD_WORKSPACE, 90000);
    for (int i = 0; i < options.nodes; i++) {
        node_begin(world, i);
        node_up(world, i);
    }
    world_clients_init(world);
}

bool world_run(struct world *world, struct world_options options)
{
    begin(world, options);
    for (int step = 0; step < options.steps && world->failure[0] == '\0'; step++) {
        switch (random_below(&world->random, 30)) {
        case 0: meddle(world); break;
        case 1: write_foreign(world); break;
        case 2:
        case 3: pass_time(world); break;
        default: move_client(world, &world->clients[random_below(&world->random, WORLD_CLIENTS)]); break;
        }
        turn_nodes(world, (int)random_below(&world->random, 4));
        world_check_censuses(world);
        if (step % 64 == 0)
            world_check_log(world);
    }
    if (world->failure[0] == '\0')
        come_to_rest(world);
    fflush(world->transcript);
    return world->failure[0] == '\0';
}

void world_finish(struct world *world)
{
    running = NULL;
    bool failed = world->failure[0] != '\0';
    for (int i = 0; i < world->options.nodes; i++) {
        if (failed)
            node_kill(&world->nodes[i].node);
        else
            node_stop(&world->nodes[i].node);
    }
    for (int i = 0; i < WORLD_CLIENTS; i++)
        peer_finish(&world->clients[i].peer);
    store_memory_database_destroy(&world->database);
    fclose(world->transcript);
    free(world->transcript_text);
}
