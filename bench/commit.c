/* What the way to the database costs: committed commands a second with IN_FLIGHT of them under way, over 1
 * and 50 workspaces, as a ratio to appends made straight through the store to one workspace, in batches of
 * the same size, in the same run. (To 50 workspaces they are no faster than a server: that would be no
 * floor.) */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "bench/support/appender.h"
#include "bench/support/process.h"
#include "bench/support/wire.h"

enum {
    ROUNDS = 3,
    PORT = 17684,
    CONNECTIONS = 64,
    WINDOW = 4,
    IN_FLIGHT = CONNECTIONS * WINDOW,
    SECONDS = 4
};

/* What the server did for each command. */
struct done {
    double per_s;
    double batch;     /* commands in a transaction */
    double server_us; /* its processor time */
};

/* One channel that always has WINDOW messages of its contacts under way. */
struct channel {
    struct wire wire;
    int number;
    uint64_t sent;
    uint64_t answered;
};

static void channel_send(struct channel *channel)
{
    uint8_t message[512];
    char conversation[32];
    uint64_t id = ((uint64_t)channel->number << 40) + ++channel->sent;
    /* A few contacts each, so that most batches touch many conversations. */
    snprintf(conversation, sizeof(conversation), "c%d-%d", channel->number, (int)(channel->sent % 16));
    wire_send(&channel->wire, message,
              wire_command(message, sizeof(message), id, "contact_message", conversation,
                           "Is it still available?"));
}

static void channel_start(struct channel *channel, int number, const char *token)
{
    uint8_t message[8192];
    channel->number = number;
    wire_connect(&channel->wire, PORT);
    wire_upgrade(&channel->wire, PORT);
    wire_send(&channel->wire, message, wire_hello(message, sizeof(message), token));
    wire_receive(&channel->wire, message, sizeof(message));
    channel->wire.messages = channel->wire.bytes = 0;
}

static void channels_run(int epoll, int64_t until_ns)
{
    while (now_ns() < until_ns) {
        struct epoll_event events[CONNECTIONS];
        int ready = epoll_wait(epoll, events, CONNECTIONS, 10);
        for (int i = 0; i < ready; i++) {
            struct channel *channel = events[i].data.ptr;
            wire_count(&channel->wire);
            for (; channel->answered < channel->wire.messages; channel->answered++)
                channel_send(channel);
        }
    }
}

/* Refusals, which say why, are larger: what was refused `too_fast` would count as carried out, and whoever
 * keeps to its `retry_ms` measures that. So each channel stays below its rate, or nothing is measured. */
static void channels_check_answers(const struct channel *channels)
{
    enum { DONE_BYTES_MAX = 100 };
    for (int i = 0; i < CONNECTIONS; i++) {
        const struct wire *wire = &channels[i].wire;
        if (wire->messages > 0 && wire->bytes / wire->messages > DONE_BYTES_MAX) {
            fprintf(stderr, "bench: the server refuses what it is to carry out\n");
            exit(1);
        }
    }
}

static uint64_t channels_answered(const struct channel *channels)
{
    uint64_t answered = 0;
    for (int i = 0; i < CONNECTIONS; i++)
        answered += channels[i].answered;
    return answered;
}

static struct done measure_server(int workspaces)
{
    struct channel *channels = calloc(CONNECTIONS, sizeof(*channels));
    pid_t server = process_start_relevo(PORT);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < CONNECTIONS; i++) {
        char workspace[32], name[32];
        snprintf(workspace, sizeof(workspace), "w%d", i % workspaces);
        snprintf(name, sizeof(name), "channel%d", i);
        char *token = process_token(workspace, name, "channel");
        channel_start(&channels[i], i, token);
        free(token);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &channels[i]};
        epoll_ctl(epoll, EPOLL_CTL_ADD, channels[i].wire.fd, &event);
    }
    for (int i = 0; i < IN_FLIGHT; i++)
        channel_send(&channels[i % CONNECTIONS]);
    channels_run(epoll, now_ns() + 1000000000); /* until all contacts are known */
    int64_t transactions = appender_transactions();
    uint64_t before = channels_answered(channels);
    int64_t start_ns = now_ns(), cpu_ns = process_cpu_ns(server);
    channels_run(epoll, start_ns + SECONDS * INT64_C(1000000000));
    channels_check_answers(channels);
    double answered = (double)(channels_answered(channels) - before);
    struct done done = {
        .per_s = answered / ((double)(now_ns() - start_ns) / 1e9),
        .batch = answered / (double)(appender_transactions() - transactions),
        .server_us = (double)(process_cpu_ns(server) - cpu_ns) / 1000 / answered,
    };
    process_stop(server);
    for (int i = 0; i < CONNECTIONS; i++)
        close(channels[i].wire.fd);
    close(epoll);
    free(channels);
    return done;
}

/* False: the aim is not held. */
static bool compare(int workspaces, double aim)
{
    double through_server[ROUNDS], straight[ROUNDS], ratios[ROUNDS], server_us[ROUNDS];
    double batch = 0;
    for (int i = 0; i < ROUNDS; i++) {
        process_create_database();
        struct done done = measure_server(workspaces);
        through_server[i] = done.per_s;
        server_us[i] = done.server_us;
        batch = done.batch;
        process_drop_database();
        process_create_database();
        straight[i] = appender_measure(1, (int)(batch + 0.5), SECONDS);
        process_drop_database();
        ratios[i] = through_server[i] / straight[i];
    }
    double ratio = median(ratios, ROUNDS);
    printf("commit workspaces=%d in_flight=%d relevo_per_s=%.0f append_per_s=%.0f batch=%.0f "
           "server_us=%.1f ratio=%.2f (%.2f to %.2f; aim >= %.2g%s)\n",
           workspaces, IN_FLIGHT, median(through_server, ROUNDS), median(straight, ROUNDS), batch,
           median(server_us, ROUNDS), ratio, ratios[0], ratios[ROUNDS - 1], aim,
           ratio >= aim ? "" : ", MISSED");
    return ratio >= aim;
}

int main(void)
{
    bool holds = compare(1, 0.6);
    holds &= compare(50, 0.6);
    return holds ? 0 : 1;
}
