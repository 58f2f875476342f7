/* A lone command: one at a time, before the eyes of a few idle dashboards. */
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "bench/peers/parts.h"
#include "bench/support/crowd.h"
#include "bench/support/people.h"
#include "bench/support/process.h"

enum { DASHBOARDS = 10, COMMANDS = 400, WARM = 100, REST_MS = 2 };

/* From the command to its answer, in milliseconds. */
static double ask(struct wire *channel, uint64_t id)
{
    uint64_t messages = channel->messages;
    int64_t start_ns = now_ns();
    contender_command(channel, id, "contact_message", "bench", "Do you still have the blue one?");
    while (channel->messages == messages) {
        poll(&(struct pollfd){.fd = channel->fd, .events = POLLIN}, 1, 1000);
        wire_count(channel);
    }
    return (double)(now_ns() - start_ns) / 1e6;
}

static void rest(const struct crowd *crowd)
{
    nanosleep(&(struct timespec){.tv_nsec = REST_MS * 1000000}, NULL);
    crowd_take(crowd, 0);
}

static void measure(enum contender_kind kind, const struct people *people, const char *channel_token,
                    int commands, double figures_r[4])
{
    struct contender contender = contender_start(kind);
    struct crowd crowd = crowd_make(DASHBOARDS);
    struct wire channel;
    double *answers_ms = calloc((size_t)commands, sizeof(*answers_ms));
    uint64_t id = 0;
    contender_greet(&contender, &channel, channel_token);
    ask(&channel, ++id);
    for (int i = 0; i < DASHBOARDS; i++)
        contender_greet_dashboard(&contender, &crowd.each[i], people_token(people, i));
    contender_command(&crowd.each[0], UINT64_MAX, "reopen", "bench", NULL);
    crowd_watch(&crowd);
    for (int i = 0; i < WARM; i++) {
        rest(&crowd);
        ask(&channel, ++id);
    }
    struct spent before = contender_spent(&contender);
    for (int i = 0; i < commands; i++) {
        rest(&crowd);
        answers_ms[i] = ask(&channel, ++id);
    }
    struct spent after = contender_spent(&contender);
    figures_r[0] = median(answers_ms, (size_t)commands); /* sorts them */
    figures_r[1] = answers_ms[commands * 99 / 100];
    figures_r[2] = (double)(after.database_ns - before.database_ns) / 1000 / commands;
    figures_r[3] = (double)(after.server_ns - before.server_ns) / 1000 / commands;
    close(channel.fd);
    crowd_leave(&crowd);
    contender_stop(&contender);
    free(answers_ms);
}

void lone_measure(struct effort effort)
{
    struct figure figures[4] = {
        {.what = "lone answer p50", .unit = "ms", .aim = 1},
        {.what = "lone answer p99", .unit = "ms", .aim = 1},
        {.what = "lone postgresql", .unit = "us", .aim = 1},
        {.what = "lone server", .unit = "us"},
    };
    struct people people;
    people_make(&people, "bench", DASHBOARDS);
    char *channel_token = process_token("bench", "web", "channel");
    for (int round = 0; round < effort.rounds; round++) {
        for (enum contender_kind kind = 0; kind < CONTENDER_ROOM; kind++) {
            double values[4];
            measure(kind, &people, channel_token, (int)(COMMANDS * effort.share), values);
            for (int i = 0; i < 4; i++)
                figures[i].values[kind][round] = values[i];
        }
    }
    figures_print(figures, 4, effort.rounds);
    free(channel_token);
    people_free(&people);
}
