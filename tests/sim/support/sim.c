#include "sim.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/builders.h"

/* Telling. */

/* For what ends the process from within the server: an assertion, a sanitizer. */
static struct sim *running;

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

void sim_tell(struct sim *sim, const char *format, ...)
{
    int64_t us = store_memory_elapsed_us(sim->database);
    fprintf(sim->transcript, "%8lld.%03lld  ", (long long)(us / 1000), (long long)(us % 1000));
    va_list arguments;
    va_start(arguments, format);
    vfprintf(sim->transcript, format, arguments);
    va_end(arguments);
    fputc('\n', sim->transcript);
}

void sim_fail(struct sim *sim, const char *format, ...)
{
    if (sim->failure[0] != '\0')
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sim->failure, sizeof(sim->failure), format, arguments);
    va_end(arguments);
    sim_tell(sim, "BROKEN: %s", sim->failure);
}

/* Nodes. */

void sim_note_stats(struct sim *sim, int index)
{
    struct node_stats stats = hub_stats(sim->nodes[index].server.hub);
    sim->resyncs += stats.resyncs;
    sim->unloads += stats.desks_unloaded;
    sim->evictions += stats.rows_evicted;
    sim->lagged += stats.lagged;
}

static void node_begin(struct sim *sim, int index)
{
    struct sim_node *node = &sim->nodes[index];
    server_start_with(&node->server, sim->database, sim->options.seed * 1000 + ++sim->starts,
                      sim->options.limits);
    sim_tell(sim, "node %d starts", index);
}

static void node_up(struct sim *sim, int index)
{
    sim_tell(sim, "node %d: database up", index);
    sim->nodes[index].epoch = sim->promotions;
    store_memory_up(sim->nodes[index].server.store);
}

static void node_die(struct sim *sim, int index)
{
    sim_tell(sim, "node %d dies", index);
    sim_note_stats(sim, index);
    server_kill(&sim->nodes[index].server);
    for (int i = 0; i < sim->deeds_count; i++)
        if (sim->deeds[i].client->node == index && sim->deeds[i].client->connection.session == NULL)
            sim->deeds[i].is_in_flight = false;
    node_begin(sim, index);
}

static void promote(struct sim *sim)
{
    size_t lost = random_below(&sim->random, 4);
    sim_tell(sim, "promotion, %zu transactions are lost", lost);
    store_memory_promote(sim->database, lost);
    sim->promotions++;
    size_t count;
    store_memory_log(sim->database, SIM_WORKSPACE, &count);
    for (int i = 0; i < sim->deeds_count; i++)
        sim->deeds[i].is_lost |=
            sim->deeds[i].seq > (int64_t)count || strcmp(sim->deeds[i].outcome, "done") != 0;
}

/* Retention: what is old is kept no more. */
static void forget(struct sim *sim)
{
    size_t count;
    store_memory_log(sim->database, SIM_WORKSPACE, &count);
    int64_t up_to = random_below(&sim->random, (uint32_t)count);
    if (up_to <= sim->forgotten_seq)
        return;
    sim_tell(sim, "what happened up to %lld is kept no more", (long long)up_to);
    sim->forgotten_seq = up_to;
    store_memory_forget(sim->database, SIM_WORKSPACE, up_to);
}

static void turn_nodes(struct sim *sim, int turns)
{
    for (int i = 0; i < turns && sim->failure[0] == '\0'; i++)
        server_turn(&sim->nodes[random_below(&sim->random, (uint32_t)sim->options.nodes)].server);
}

/* Everybody leaves the node at once, and its desk may go. */
static void desert(struct sim *sim, int index)
{
    sim_tell(sim, "node %d is deserted", index);
    for (int i = 0; i < SIM_CLIENTS; i++)
        if (sim->clients[i].node == index && sim->clients[i].connection.session != NULL)
            sim_client_vanish(&sim->clients[i]);
    for (int i = 0; i < 10; i++) {
        store_memory_advance(sim->database, 1 + random_below(&sim->random, 20000));
        server_turn(&sim->nodes[index].server);
    }
}

/* Faults. */

static void meddle(struct sim *sim)
{
    static const char *const names[] = {"lose the request", "lose the answer", "disk full",    "fail",
                                        "locked",           "fail reads",      "slow look-up", "lose hints"};
    int index = (int)random_below(&sim->random, (uint32_t)sim->options.nodes);
    struct store *store = sim->nodes[index].server.store;
    switch (random_below(&sim->random, 16)) {
    case 0: store_memory_set_delay_ms(store, 0, 0); break;
    case 1:
    case 2: store_memory_set_delay_ms(store, 0, 1 + random_below(&sim->random, 40)); break;
    case 3:
    case 4:
        sim_tell(sim, "node %d: database down", index);
        store_memory_down(store);
        break;
    case 5:
    case 6: node_up(sim, index); break;
    case 7:
        if (random_once_in(&sim->random, 3))
            node_die(sim, index);
        break;
    case 8:
        if (sim->options.promotions && random_once_in(&sim->random, 4))
            promote(sim);
        else if (!sim->options.promotions && random_once_in(&sim->random, 6))
            forget(sim);
        break;
    case 9:
    case 10: desert(sim, index); break;
    case 11:
    case 12: {
        bool is_stuck = random_once_in(&sim->random, 2);
        sim_tell(sim, "node %d: %s", index, is_stuck ? "commits nothing" : "commits");
        store_memory_set_stuck(store, is_stuck);
        break;
    }
    default: {
        uint32_t fault = random_below(&sim->random, ARRAY_COUNT(names));
        sim_tell(sim, "node %d: armed: %s", index, names[fault]);
        store_memory_arm(store, (enum store_memory_fault)fault);
        break;
    }
    }
}

/* Another program writes to the database. */
static void write_foreign(struct sim *sim)
{
    bool erases = random_once_in(&sim->random, 6);
    struct actor actor = erases ? sol() : random_once_in(&sim->random, 2) ? bea() : whatsapp();
    struct command command = {
        .action = erases                       ? ACTION_ERASE
                  : actor.role == ROLE_CHANNEL ? ACTION_CONTACT_MESSAGE
                                               : ACTION_COMPLETE,
        .id = command_id_next(),
        .conversation = bytes_of_string(sim_conversations[random_below(&sim->random, SIM_CONVERSATIONS)]),
        .body = BYTES("from elsewhere"),
        .channel = BYTES("whatsapp"),
    };
    sim_tell(sim, "foreign: %s %s", action_name(command.action), (const char *)command.conversation.data);
    store_memory_foreign(sim->database, SIM_WORKSPACE, &actor, &command);
}

static void pass_time(struct sim *sim)
{
    static const int64_t spans_us[] = {300, 2000, 10000, 50000, 1000000, 20000000, 70000000};
    int64_t us = spans_us[random_below(&sim->random, ARRAY_COUNT(spans_us))];
    us = 1 + (int64_t)random_below(&sim->random, (uint32_t)us);
    store_memory_advance(sim->database, us);
    if (random_once_in(&sim->random, 60)) {
        int64_t by_ms = (int64_t)random_below(&sim->random, 4000) - 2000;
        sim_tell(sim, "the database's clock is set by %lld ms", (long long)by_ms);
        store_memory_set_now_ms(sim->database, store_memory_now_ms(sim->database) + by_ms);
    }
}

/* Clients. */

static void move_client(struct sim *sim, struct sim_client *client)
{
    if (client->connection.session == NULL) {
        if (random_once_in(&sim->random, 2))
            sim_client_connect(client, (int)random_below(&sim->random, (uint32_t)sim->options.nodes));
        return;
    }
    switch (random_below(&sim->random, 24)) {
    case 0: sim_client_vanish(client); break;
    case 1:
        sim_tell(sim, "%s stops reading", client->name);
        client->connection.is_deaf = true;
        break;
    case 2:
    case 3: client_listen(&client->connection); break;
    default: sim_client_act(client); break;
    }
}

/* From the beginning to the rest. */

static void rest_once(struct sim *sim)
{
    /* Faults that are still armed may break it once more. */
    for (int i = 0; i < sim->options.nodes; i++) {
        store_memory_set_stuck(sim->nodes[i].server.store, false);
        node_up(sim, i);
    }
    for (int i = 0; i < SIM_CLIENTS; i++) {
        struct sim_client *client = &sim->clients[i];
        if (client->connection.session == NULL && !sim_client_is_replaced(client))
            sim_client_connect(client, i % sim->options.nodes);
        client_listen(&client->connection);
    }
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < sim->options.nodes && sim->failure[0] == '\0'; i++)
            server_wait(&sim->nodes[i].server, 2000);
    for (int i = 0; i < SIM_CLIENTS; i++) {
        struct sim_client *client = &sim->clients[i];
        if (client->connection.session == NULL || !client->connection.wire.has_welcome)
            continue;
        sim_client_resend_all(client);
        sim_client_sit_down(client);
        sim_consumer_finish_work(client);
        while (sim_client_watch_again(client))
            continue;
    }
    for (int i = 0; i < sim->options.nodes && sim->failure[0] == '\0'; i++)
        server_wait(&sim->nodes[i].server, 100);
}

/* Nobody meddles any more: within a while every command is answered and every pause that had an end has
 * ended. */
static void come_to_rest(struct sim *sim)
{
    sim_tell(sim, "--- rest ---");
    sim->is_quiet = true;
    for (int i = 0; i < sim->options.nodes; i++) {
        store_memory_set_delay_ms(sim->nodes[i].server.store, 0, 0);
        store_memory_down(sim->nodes[i].server.store);
    }
    for (int round = 0; round < 30 && sim->failure[0] == '\0'; round++)
        rest_once(sim);
    if (sim->failure[0] == '\0')
        sim_check_rest(sim);
}

static void begin(struct sim *sim, struct sim_options options)
{
    memset(sim, 0, sizeof(*sim));
    sim->options = options;
    sim->random.state = options.seed;
    sim->transcript = open_memstream(&sim->transcript_text, &sim->transcript_size);
    sim->database = store_memory_database_create(NOON_MS);
    running = sim;
    signal(SIGABRT, tell_the_end);
    /* The workspace exists, with pauses so short that they end while it is watched. */
    struct command command = {.action = ACTION_CONTACT_MESSAGE,
                              .id = command_id_next(),
                              .conversation = BYTES("c0"),
                              .body = BYTES("hello")};
    struct actor channel = whatsapp();
    store_memory_foreign(sim->database, SIM_WORKSPACE, &channel, &command);
    store_memory_set_default_pause_ms(sim->database, SIM_WORKSPACE, 90000);
    for (int i = 0; i < options.nodes; i++) {
        node_begin(sim, i);
        node_up(sim, i);
    }
    sim_clients_init(sim);
}

bool sim_run(struct sim *sim, struct sim_options options)
{
    begin(sim, options);
    for (int step = 0; step < options.steps && sim->failure[0] == '\0'; step++) {
        switch (random_below(&sim->random, 30)) {
        case 0: meddle(sim); break;
        case 1: write_foreign(sim); break;
        case 2:
        case 3: pass_time(sim); break;
        default: move_client(sim, &sim->clients[random_below(&sim->random, SIM_CLIENTS)]); break;
        }
        turn_nodes(sim, (int)random_below(&sim->random, 4));
        sim_check_censuses(sim);
        if (step % 64 == 0)
            sim_check_log(sim);
    }
    if (sim->failure[0] == '\0')
        come_to_rest(sim);
    fflush(sim->transcript);
    return sim->failure[0] == '\0';
}

void sim_finish(struct sim *sim)
{
    running = NULL;
    bool failed = sim->failure[0] != '\0';
    for (int i = 0; i < sim->options.nodes; i++) {
        if (failed)
            server_kill(&sim->nodes[i].server);
        else
            server_stop(&sim->nodes[i].server);
    }
    for (int i = 0; i < SIM_CLIENTS; i++)
        client_finish(&sim->clients[i].connection);
    store_memory_database_destroy(&sim->database);
    fclose(sim->transcript);
    free(sim->transcript_text);
}
