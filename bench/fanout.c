/* What a push costs: the server's processor time for each delivery of a changed row to a dashboard, as a
 * ratio to a bare epoll + send() loop that sends messages of the same size to as many connections at the same
 * pace, in the same run. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bench/support/crowd.h"
#include "bench/support/people.h"
#include "bench/support/process.h"
#include "bench/support/wire.h"

enum { ROUNDS = 5, RELEVO_PORT = 17681, RAW_PORT = 17682, SECONDS = 3, DASHBOARDS_MAX = 5000 };

/* One side of the comparison: its process, a connection that makes it push, and those it pushes to. */
struct side {
    pid_t pid;
    struct wire publisher;
    struct crowd crowd;
};

struct raw_options {
    int listener;
    int count;
    size_t message_size;
};

static int raw_listen(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(RAW_PORT)};
    int on = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 4096) < 0) {
        perror("bench: listen");
        exit(1);
    }
    return fd;
}

/* The floor: for each byte that the first connection sends, one send() to every other. */
static void raw_serve(void *argument)
{
    const struct raw_options *options = argument;
    int *fds = calloc((size_t)options->count + 1, sizeof(*fds));
    uint8_t *message = calloc(1, options->message_size);
    int epoll = epoll_create1(0), on = 1;
    size_t payload = options->message_size - 4;
    message[0] = 0x82;
    message[1] = 126;
    message[2] = (uint8_t)(payload >> 8);
    message[3] = (uint8_t)payload;
    for (int i = 0; i <= options->count; i++) {
        fds[i] = accept(options->listener, NULL, NULL);
        setsockopt(fds[i], IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fds[i]};
        epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &event);
    }
    for (;;) {
        struct epoll_event events[64];
        char bytes[64];
        int ready = epoll_wait(epoll, events, 64, -1);
        for (int i = 0; i < ready; i++) {
            ssize_t got = recv(events[i].data.fd, bytes, sizeof(bytes), 0);
            if (got <= 0)
                return;
            for (ssize_t n = 0; n < got; n++) {
                for (int to = 1; to <= options->count; to++)
                    send(fds[to], message, options->message_size, MSG_NOSIGNAL);
            }
        }
    }
}

static void side_publish(struct side *side, bool is_raw)
{
    static uint64_t id;
    uint8_t message[512];
    if (is_raw) {
        send(side->publisher.fd, "x", 1, MSG_NOSIGNAL);
        return;
    }
    size_t size = wire_command(message, sizeof(message), ++id, "contact_message", "bench",
                               "Do you still have the blue one?");
    wire_send(&side->publisher, message, size);
}

/* Processor time for each delivery, in nanoseconds, at a steady pace. Meanwhile the other side's pings are
 * answered. */
static double side_measure(struct side *side, const struct side *other, bool is_raw, int64_t interval_ns)
{
    uint64_t before = crowd_messages(&side->crowd), sent = 0;
    int64_t cpu_ns = process_cpu_ns(side->pid), start_ns = now_ns();
    for (int64_t next_ns = start_ns; next_ns < start_ns + SECONDS * INT64_C(1000000000);
         next_ns += interval_ns) {
        side_publish(side, is_raw);
        sent++;
        crowd_collect(&side->crowd, before + sent * (uint64_t)side->crowd.count, next_ns + 2000000000);
        crowd_take(&other->crowd, 0);
        int64_t rest_ns = next_ns + interval_ns - now_ns();
        if (rest_ns > 0)
            nanosleep(&(struct timespec){.tv_nsec = rest_ns}, NULL);
        if (!is_raw)
            wire_count(&side->publisher);
    }
    uint64_t delivered = crowd_messages(&side->crowd) - before;
    if (delivered != sent * (uint64_t)side->crowd.count) {
        fprintf(stderr, "bench: %llu deliveries of %llu\n", (unsigned long long)delivered,
                (unsigned long long)(sent * (uint64_t)side->crowd.count));
        exit(1);
    }
    return (double)(process_cpu_ns(side->pid) - cpu_ns) / (double)delivered;
}

/* Dashboards, all with the one Open conversation on screen. */
static void start_relevo(struct side *side, const struct people *people, const char *channel_token)
{
    uint8_t message[65536];
    side->pid = process_start_relevo(RELEVO_PORT);
    people_introduce(people, RELEVO_PORT);
    crowd_greet(&side->publisher, RELEVO_PORT, channel_token);
    side_publish(side, false);
    wire_receive(&side->publisher, message, sizeof(message));
    for (int i = 0; i < side->crowd.count; i++) {
        crowd_greet(&side->crowd.each[i], RELEVO_PORT, people_token(people, i));
        wire_receive(&side->crowd.each[i], message, sizeof(message));
        if (i == 0) {
            size_t size = wire_command(message, sizeof(message), UINT64_MAX - (uint64_t)side->crowd.count,
                                       "reopen", "bench", NULL);
            wire_send(&side->crowd.each[i], message, size);
            wire_receive(&side->crowd.each[i], message, sizeof(message)); /* its row */
            wire_receive(&side->crowd.each[i], message, sizeof(message)); /* its answer */
        }
    }
    crowd_watch(&side->crowd);
}

static void start_raw(struct side *side, size_t message_size)
{
    struct raw_options options = {
        .listener = raw_listen(), .count = side->crowd.count, .message_size = message_size};
    side->pid = process_start(raw_serve, &options);
    close(options.listener);
    wire_connect(&side->publisher, RAW_PORT);
    for (int i = 0; i < side->crowd.count; i++)
        wire_connect(&side->crowd.each[i], RAW_PORT);
    crowd_watch(&side->crowd);
}

static void side_stop(struct side *side)
{
    process_stop(side->pid);
    close(side->publisher.fd);
    crowd_leave(&side->crowd);
}

static void compare(int count, int64_t interval_ns)
{
    char workspace[32];
    snprintf(workspace, sizeof(workspace), "bench%d", count);
    struct people people;
    people_make(&people, workspace, count);
    char *channel_token = process_token(workspace, "web", "channel");
    double relevo_ns[ROUNDS], raw_ns[ROUNDS], ratios[ROUNDS];
    struct side relevo = {.crowd = crowd_make(count)};
    struct side raw = {.crowd = crowd_make(count)};
    start_relevo(&relevo, &people, channel_token);
    crowd_settle(&relevo.crowd);
    uint64_t bytes = relevo.crowd.each[0].bytes;
    side_publish(&relevo, false);
    crowd_collect(&relevo.crowd, crowd_messages(&relevo.crowd) + (uint64_t)count, now_ns() + 5000000000);
    size_t message_size = relevo.crowd.each[0].bytes - bytes;
    start_raw(&raw, message_size);
    for (int i = 0; i < ROUNDS; i++) {
        relevo_ns[i] = side_measure(&relevo, &raw, false, interval_ns);
        raw_ns[i] = side_measure(&raw, &relevo, true, interval_ns);
        ratios[i] = relevo_ns[i] / raw_ns[i];
    }
    double ratio = median(ratios, ROUNDS);
    printf("fanout dashboards=%d message_bytes=%zu relevo_us=%.2f raw_us=%.2f ratio=%.2f (%.2f to %.2f; aim "
           "1.25)\n",
           count, message_size, median(relevo_ns, ROUNDS) / 1000, median(raw_ns, ROUNDS) / 1000, ratio,
           ratios[0], ratios[ROUNDS - 1]);
    side_stop(&relevo);
    side_stop(&raw);
    people_free(&people);
    free(channel_token);
}

int main(void)
{
    struct rlimit limit = {.rlim_cur = 65536, .rlim_max = 65536};
    setrlimit(RLIMIT_NOFILE, &limit);
    process_create_database();
    process_step_aside();
    compare(1000, 50 * 1000 * 1000);
    compare(DASHBOARDS_MAX, 200 * 1000 * 1000);
    return 0;
}
