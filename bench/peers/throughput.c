/* Committed commands a second with IN_FLIGHT of them under way, over some workspaces that nobody looks at. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "bench/peers/parts.h"
#include "bench/support/process.h"

enum { IN_FLIGHT = 256, CONVERSATIONS = 16, DONE_BYTES_MAX = 140 };

struct channel {
    struct wire wire;
    int number;
    uint64_t sent;
    uint64_t answered;
};

struct traffic {
    struct channel *channels;
    int count;
    int next; /* whose turn it is, where there are more channels than commands under way */
    int epoll;
    uint64_t answered;
};

static void channel_send(struct channel *channel)
{
    char conversation[32];
    uint64_t id = ((uint64_t)channel->number << 40) + ++channel->sent;
    snprintf(conversation, sizeof(conversation), "c%d-%d", channel->number,
             (int)(channel->sent % CONVERSATIONS));
    contender_command(&channel->wire, id, "contact_message", conversation, "Is it still available?");
}

/* Where there are many channels, they take turns: each workspace is heard of now and then. */
static void traffic_go_on(struct traffic *traffic, struct channel *answered)
{
    if (traffic->count <= IN_FLIGHT) {
        channel_send(answered);
    } else {
        channel_send(&traffic->channels[traffic->next]);
        traffic->next = (traffic->next + 1) % traffic->count;
    }
}

static void traffic_run(struct traffic *traffic, int64_t until_ns)
{
    while (now_ns() < until_ns) {
        struct epoll_event events[256];
        int ready = epoll_wait(traffic->epoll, events, 256, 10);
        for (int i = 0; i < ready; i++) {
            struct channel *channel = events[i].data.ptr;
            wire_count(&channel->wire);
            for (; channel->answered < channel->wire.messages; channel->answered++) {
                traffic->answered++;
                traffic_go_on(traffic, channel);
            }
        }
    }
}

static struct traffic traffic_begin(const struct contender *contender, int workspaces, char **tokens)
{
    int count = workspaces == 1 ? 64 : workspaces;
    struct traffic traffic = {.count = count,
                              .channels = calloc((size_t)count, sizeof(struct channel)),
                              .epoll = epoll_create1(EPOLL_CLOEXEC),
                              .next = IN_FLIGHT % count};
    for (int i = 0; i < count; i++) {
        struct channel *channel = &traffic.channels[i];
        channel->number = i;
        contender_greet(contender, &channel->wire, tokens[i]);
        channel->wire.messages = channel->wire.bytes = 0;
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = channel};
        epoll_ctl(traffic.epoll, EPOLL_CTL_ADD, channel->wire.fd, &event);
    }
    for (int i = 0; i < IN_FLIGHT; i++)
        channel_send(&traffic.channels[i % count]);
    return traffic;
}

/* Refusals, which say why, are larger. */
static void traffic_end(struct traffic *traffic)
{
    for (int i = 0; i < traffic->count; i++) {
        const struct wire *wire = &traffic->channels[i].wire;
        if (wire->messages > 0 && wire->bytes / wire->messages > DONE_BYTES_MAX) {
            fprintf(stderr, "bench: a server refuses what it is to carry out\n");
            exit(1);
        }
        close(wire->fd);
    }
    close(traffic->epoll);
    free(traffic->channels);
}

static void measure(enum contender_kind kind, int workspaces, char **tokens, struct effort effort,
                    double figures_r[3])
{
    struct contender contender = contender_start(kind);
    struct traffic traffic = traffic_begin(&contender, workspaces, tokens);
    traffic_run(&traffic, now_ns() + (int64_t)(1.5e9 * effort.share)); /* until all is known and warm */
    struct spent before = contender_spent(&contender);
    uint64_t answered = traffic.answered;
    int64_t start_ns = now_ns();
    traffic_run(&traffic, start_ns + (int64_t)(4e9 * effort.share));
    struct spent after = contender_spent(&contender);
    double seconds = (double)(now_ns() - start_ns) / 1e9;
    double commands = (double)(traffic.answered - answered);
    figures_r[0] = commands / seconds;
    figures_r[1] = (double)(after.server_ns - before.server_ns) / 1000 / commands;
    figures_r[2] = (double)(after.database_ns - before.database_ns) / 1000 / commands;
    traffic_end(&traffic);
    contender_stop(&contender);
}

static void compare(int workspaces, double aim, struct effort effort)
{
    int channels = workspaces == 1 ? 64 : workspaces;
    char **tokens = calloc((size_t)channels, sizeof(*tokens)), what[3][64];
    for (int i = 0; i < channels; i++) {
        char workspace[32], name[32];
        snprintf(workspace, sizeof(workspace), "w%d", i % workspaces);
        snprintf(name, sizeof(name), "channel%d", i);
        tokens[i] = process_token(workspace, name, "channel");
    }
    snprintf(what[0], sizeof(what[0]), "commit workspaces=%d", workspaces);
    snprintf(what[1], sizeof(what[1]), "commit workspaces=%d server", workspaces);
    snprintf(what[2], sizeof(what[2]), "commit workspaces=%d postgresql", workspaces);
    struct figure figures[3] = {
        {.what = what[0], .unit = "commands/s", .is_better_high = true, .aim = aim},
        {.what = what[1], .unit = "us"},
        {.what = what[2], .unit = "us"},
    };
    for (int round = 0; round < effort.rounds; round++) {
        for (enum contender_kind kind = 0; kind < CONTENDER_ROOM; kind++) {
            double values[3];
            measure(kind, workspaces, tokens, effort, values);
            for (int i = 0; i < 3; i++)
                figures[i].values[kind][round] = values[i];
        }
    }
    figures_print(figures, 3, effort.rounds);
    for (int i = 0; i < channels; i++)
        free(tokens[i]);
    free(tokens);
}

void throughput_measure(struct effort effort)
{
    compare(1, 15, effort);
    compare(50, 5, effort);
    compare(1000, 4, effort);
}
