/* What more nodes cost: the processor time of all of them for each delivery of a changed row, with the same
 * dashboards at the same pace spread over three, as a ratio to one, in the same run. What is done at one
 * comes to the others through the database. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "bench/support/crowd.h"
#include "bench/support/people.h"
#include "bench/support/process.h"
#include "bench/support/wire.h"

enum { ROUNDS = 5, PORT = 17690, DASHBOARDS = 3000, SECONDS = 3, INTERVAL_MS = 50, NODES_MAX = 3 };

/* So many nodes with a workspace of their own. */
struct side {
    int nodes;
    int port; /* of the first */
    pid_t pids[NODES_MAX];
    struct wire publisher; /* at the first */
    struct crowd crowd;
};

static void publish(struct wire *wire, const char *action, const char *body)
{
    static uint64_t id = 1;
    uint8_t message[512];
    wire_send(wire, message, wire_command(message, sizeof(message), id++, action, "bench", body));
}

/* The workspace has one Open conversation, which is on every screen. */
static void open_conversation(struct side *side, const char *workspace, const char *token)
{
    uint8_t message[65536];
    char *channel_token = process_token(workspace, "web", "channel");
    struct wire agent = {0};
    crowd_greet(&side->publisher, side->port, channel_token);
    publish(&side->publisher, "contact_message", "Hello");
    wire_receive(&side->publisher, message, sizeof(message));
    crowd_greet(&agent, side->port, token);
    publish(&agent, "reopen", NULL);
    for (int frames = 0; frames < 2; frames++) /* at least its screen and its answer */
        wire_receive(&agent, message, sizeof(message));
    close(agent.fd);
    free(channel_token);
}

/* Takes in what has come, and answers pings. */
static void side_take(struct side *side)
{
    crowd_take(&side->crowd, 0);
    wire_count(&side->publisher);
}

/* Meanwhile the other side's pings are answered. */
static void side_start(struct side *side, const char *workspace, const struct people *people,
                       struct side *other)
{
    side->crowd = crowd_make(DASHBOARDS);
    for (int n = 0; n < side->nodes; n++)
        side->pids[n] = process_start_relevo(side->port + n);
    people_introduce(people, side->port);
    open_conversation(side, workspace, people_token(people, 0));
    for (int i = 0; i < DASHBOARDS; i++) {
        crowd_greet(&side->crowd.each[i], side->port + i % side->nodes, people_token(people, i));
        if (other != NULL)
            side_take(other);
    }
    crowd_watch(&side->crowd);
    crowd_settle(&side->crowd);
}

static int64_t side_cpu_ns(const struct side *side)
{
    int64_t total_ns = 0;
    for (int n = 0; n < side->nodes; n++)
        total_ns += process_cpu_ns(side->pids[n]);
    return total_ns;
}

/* Processor time for each delivery, in nanoseconds. The next change comes when all have the last. */
static double side_measure(struct side *side, struct side *other)
{
    uint64_t before = crowd_messages(&side->crowd), sent = 0;
    int64_t cpu_ns = side_cpu_ns(side), interval_ns = INTERVAL_MS * INT64_C(1000000), start_ns = now_ns();
    for (int64_t next_ns = start_ns; next_ns < start_ns + SECONDS * INT64_C(1000000000);
         next_ns += interval_ns) {
        publish(&side->publisher, "contact_message", "Do you still have the blue one?");
        sent++;
        crowd_collect(&side->crowd, before + sent * DASHBOARDS, next_ns + 3000000000);
        wire_count(&side->publisher);
        side_take(other);
        int64_t rest_ns = next_ns + interval_ns - now_ns();
        if (rest_ns > 0)
            nanosleep(&(struct timespec){.tv_nsec = rest_ns}, NULL);
    }
    uint64_t delivered = crowd_messages(&side->crowd) - before;
    if (delivered != sent * DASHBOARDS) {
        fprintf(stderr, "bench: %llu deliveries of %llu\n", (unsigned long long)delivered,
                (unsigned long long)(sent * DASHBOARDS));
        exit(1);
    }
    return (double)(side_cpu_ns(side) - cpu_ns) / (double)delivered;
}

static void side_stop(struct side *side)
{
    for (int n = 0; n < side->nodes; n++)
        process_stop(side->pids[n]);
    close(side->publisher.fd);
    crowd_leave(&side->crowd);
}

int main(void)
{
    struct rlimit limit = {.rlim_cur = 65536, .rlim_max = 65536};
    struct side one = {.nodes = 1, .port = PORT};
    struct side three = {.nodes = NODES_MAX, .port = PORT + 1};
    double one_us[ROUNDS], three_us[ROUNDS], ratios[ROUNDS];
    setrlimit(RLIMIT_NOFILE, &limit);
    process_create_database();
    process_step_aside();
    struct people few, many;
    people_make(&few, "one", DASHBOARDS);
    people_make(&many, "three", DASHBOARDS);
    side_start(&one, "one", &few, NULL);
    side_start(&three, "three", &many, &one);
    for (int i = 0; i < ROUNDS; i++) {
        one_us[i] = side_measure(&one, &three) / 1000;
        three_us[i] = side_measure(&three, &one) / 1000;
        ratios[i] = three_us[i] / one_us[i];
    }
    double ratio = median(ratios, ROUNDS);
    printf("nodes dashboards=%d one_us=%.2f three_us=%.2f ratio=%.2f (%.2f to %.2f)\n", DASHBOARDS,
           median(one_us, ROUNDS), median(three_us, ROUNDS), ratio, ratios[0], ratios[ROUNDS - 1]);
    side_stop(&one);
    side_stop(&three);
    people_free(&few);
    people_free(&many);
    return 0;
}
