/* From a command to the last of many dashboards, at a steady pace. A dashboard has a command once it has been
 * told of the log up to its seq or beyond: several changes may come in one frame. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/peers/parts.h"
#include "bench/support/crowd.h"
#include "bench/support/people.h"
#include "bench/support/process.h"

enum { CONVERSATIONS = 50, SECONDS = 4, DRAIN_S = 8, RATES = 2, FIGURES = 3, DASHBOARDS_MAX = 1000 };

static const int rates[RATES] = {50, 200};

struct command {
    int64_t sent_ns;
    int64_t seq;
};

struct audience {
    struct contender contender;
    struct crowd crowd;
    struct wire channel;
    int64_t to[DASHBOARDS_MAX]; /* of each dashboard */

    /* Of the commands under way: they are those with an id from first_id on, and a seq behind base. */
    struct command *commands;
    int room, sent, answered;
    uint64_t first_id;
    int64_t base;
    int *reached;     /* by seq, how many dashboards; */
    int64_t *last_ns; /* and when the last of them was */
    int complete;     /* so many have reached all */

    int prepared;         /* answers, while it is made ready; */
    int64_t prepared_seq; /* and the greatest seq of them */
};

static void take_answer(struct audience *audience, const struct wire *wire, uint64_t id)
{
    int64_t seq = wire_number(wire, "seq");
    if (id - audience->first_id < (uint64_t)audience->sent) {
        audience->commands[id - audience->first_id].seq = seq;
        audience->answered++;
    } else {
        audience->prepared++;
        audience->prepared_seq = seq > audience->prepared_seq ? seq : audience->prepared_seq;
    }
}

static void channel_heard(struct wire *wire)
{
    struct audience *audience = wire->hearer;
    uint64_t id;
    if (wire_id(wire, &id))
        take_answer(audience, wire, id);
}

static void dashboard_heard(struct wire *wire)
{
    struct audience *audience = wire->hearer;
    uint64_t id;
    if (wire_id(wire, &id))
        take_answer(audience, wire, id);
    int64_t to = wire_number(wire, "to");
    int64_t *known = &audience->to[wire - audience->crowd.each];
    for (; *known < to; ++*known) {
        int64_t place = *known - audience->base;
        if (place < 0 || place >= audience->room || ++audience->reached[place] < audience->crowd.count)
            continue;
        audience->last_ns[place] = now_ns();
        audience->complete++;
    }
}

static void audience_command(struct audience *audience)
{
    char conversation[16];
    int number = audience->sent++;
    snprintf(conversation, sizeof(conversation), "c%d", number % CONVERSATIONS);
    audience->commands[number].sent_ns = now_ns();
    contender_command(&audience->channel, audience->first_id + (uint64_t)number, "contact_message",
                      conversation, "Do you still have the blue one?");
}

static bool is_through(const struct audience *audience)
{
    return audience->answered == audience->sent && audience->complete >= audience->sent;
}

/* Gives so many commands, at this rate, and waits until everybody has heard of all. */
static void audience_run(struct audience *audience, int commands, int rate)
{
    audience->first_id += (uint64_t)audience->sent;
    audience->base += audience->sent;
    audience->sent = audience->answered = audience->complete = 0;
    audience->room = commands;
    audience->commands = calloc((size_t)commands, sizeof(*audience->commands));
    audience->reached = calloc((size_t)commands, sizeof(*audience->reached));
    audience->last_ns = calloc((size_t)commands, sizeof(*audience->last_ns));
    int64_t next_ns = now_ns();
    for (int i = 0; i < commands; i++, next_ns += 1000000000 / rate) {
        crowd_take_until(&audience->crowd, next_ns);
        audience_command(audience);
    }
    int64_t until_ns = now_ns() + DRAIN_S * INT64_C(1000000000);
    while (!is_through(audience) && now_ns() < until_ns)
        crowd_take_until(&audience->crowd, now_ns() + 1000000);
    if (!is_through(audience))
        fprintf(stderr, "bench: %s has told all of only %d commands of %d\n",
                contender_name(audience->contender.kind), audience->complete, audience->sent);
}

/* From the command to the last dashboard; what has not been told to all by the end counts as told then. */
static double command_ms(const struct audience *audience, const struct command *command)
{
    int64_t place = command->seq - audience->base - 1, last_ns = 0;
    if (place >= 0 && place < audience->room)
        last_ns = audience->last_ns[place];
    return (double)((last_ns == 0 ? now_ns() : last_ns) - command->sent_ns) / 1e6;
}

static void audience_forget(struct audience *audience)
{
    free(audience->commands);
    free(audience->reached);
    free(audience->last_ns);
}

static void measure(struct audience *audience, int commands, int rate, double figures_r[FIGURES])
{
    uint64_t frames = crowd_messages(&audience->crowd);
    int64_t cpu_ns = process_cpu_ns(audience->contender.pid);
    audience_run(audience, commands, rate);
    cpu_ns = process_cpu_ns(audience->contender.pid) - cpu_ns;
    frames = crowd_messages(&audience->crowd) - frames;
    double *spent_ms = calloc((size_t)commands, sizeof(*spent_ms));
    for (int i = 0; i < commands; i++)
        spent_ms[i] = command_ms(audience, &audience->commands[i]);
    figures_r[0] = median(spent_ms, (size_t)commands); /* sorts them */
    figures_r[1] = spent_ms[commands * 99 / 100];
    figures_r[2] = (double)cpu_ns / 1000 / (double)frames;
    free(spent_ms);
    audience_forget(audience);
}

static bool is_prepared(const struct audience *audience, int answers)
{
    if (audience->prepared < answers)
        return false;
    for (int i = 0; i < audience->crowd.count; i++) {
        if (audience->to[i] < audience->prepared_seq)
            return false;
    }
    return true;
}

/* Does it to each conversation, and waits until all know. What is in no list yet they are not told of. */
static void audience_prepare(struct audience *audience, const struct wire *wire, const char *action,
                             const char *body)
{
    static uint64_t id = UINT64_C(1) << 32;
    bool is_told = body == NULL;
    int answers = audience->prepared + CONVERSATIONS;
    for (int i = 0; i < CONVERSATIONS; i++) {
        char conversation[16];
        snprintf(conversation, sizeof(conversation), "c%d", i);
        contender_command(wire, id++, action, conversation, body);
    }
    while (is_told ? !is_prepared(audience, answers) : audience->prepared < answers)
        crowd_take_until(&audience->crowd, now_ns() + 10000000);
}

/* So many dashboards with CONVERSATIONS Open ones on screen. */
static void audience_come(struct audience *audience, enum contender_kind kind, const struct people *people,
                          const char *channel_token, int dashboards)
{
    *audience = (struct audience){.contender = contender_start(kind), .crowd = crowd_make(dashboards)};
    if (kind == CONTENDER_RELEVO)
        people_introduce(people, audience->contender.port);
    contender_greet(&audience->contender, &audience->channel, channel_token);
    for (int i = 0; i < dashboards; i++)
        contender_greet_dashboard(&audience->contender, &audience->crowd.each[i], people_token(people, i));
    for (int i = 0; i < dashboards; i++) {
        audience->crowd.each[i].hearer = audience;
        audience->crowd.each[i].heard = dashboard_heard;
    }
    crowd_watch(&audience->crowd);
    audience->channel.hearer = audience;
    audience->channel.heard = channel_heard;
    crowd_watch_too(&audience->crowd, &audience->channel);
    crowd_settle(&audience->crowd);
    audience_prepare(audience, &audience->channel, "contact_message", "Hello?");
    audience_prepare(audience, &audience->crowd.each[0], "reopen", NULL);
    audience->base = audience->prepared_seq;
    audience->first_id = 1;
}

static void audience_leave(struct audience *audience)
{
    close(audience->channel.fd);
    crowd_leave(&audience->crowd);
    contender_stop(&audience->contender);
}

static void compare(int dashboards, const double aims[RATES][FIGURES], struct effort effort)
{
    static const char *const names[FIGURES][2] = {{"p50", "ms"}, {"p99", "ms"}, {"server", "us/frame"}};
    static struct audience audience;
    struct figure figures[RATES][FIGURES] = {0};
    char what[RATES][FIGURES][64];
    struct people people;
    people_make(&people, "bench", dashboards);
    char *channel_token = process_token("bench", "web", "channel");
    for (int rate = 0; rate < RATES; rate++) {
        for (int i = 0; i < FIGURES; i++) {
            snprintf(what[rate][i], sizeof(what[rate][i]), "push dashboards=%d per_s=%d %s", dashboards,
                     rates[rate], names[i][0]);
            figures[rate][i].what = what[rate][i];
            figures[rate][i].unit = names[i][1];
            figures[rate][i].aim = aims[rate][i];
        }
    }
    for (int round = 0; round < effort.rounds; round++) {
        for (enum contender_kind kind = 0; kind < CONTENDER_ROOM; kind++) {
            audience_come(&audience, kind, &people, channel_token, dashboards);
            for (int rate = 0; rate < RATES; rate++) {
                double values[FIGURES];
                measure(&audience, (int)(rates[rate] * SECONDS * effort.share), rates[rate], values);
                for (int i = 0; i < FIGURES; i++)
                    figures[rate][i].values[kind][round] = values[i];
            }
            audience_leave(&audience);
        }
    }
    figures_print(figures[0], RATES * FIGURES, effort.rounds);
    free(channel_token);
    people_free(&people);
}

void push_measure(struct effort effort)
{
    compare(100, (const double[RATES][FIGURES]){{1, 1}, {1, 1}}, effort);
    compare(1000, (const double[RATES][FIGURES]){{0}, {0, 0.1}}, effort);
}
