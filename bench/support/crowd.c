#include "bench/support/crowd.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "bench/support/process.h"

enum { QUIET_MS = 2000 };

struct crowd crowd_make(int count)
{
    return (struct crowd){.each = calloc((size_t)count, sizeof(struct wire)), .count = count};
}

void crowd_leave(struct crowd *crowd)
{
    for (int i = 0; i < crowd->count; i++)
        close(crowd->each[i].fd);
    close(crowd->epoll);
    free(crowd->each);
}

void crowd_greet(struct wire *wire, int port, const char *token)
{
    uint8_t message[8192];
    wire_connect(wire, port);
    wire_upgrade(wire, port);
    wire_send(wire, message, wire_hello(message, sizeof(message), token));
    wire_receive(wire, message, sizeof(message));
}

void crowd_watch(struct crowd *crowd)
{
    crowd->epoll = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < crowd->count; i++)
        crowd_watch_too(crowd, &crowd->each[i]);
}

void crowd_watch_too(const struct crowd *crowd, struct wire *wire)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = wire};
    epoll_ctl(crowd->epoll, EPOLL_CTL_ADD, wire->fd, &event);
}

uint64_t crowd_messages(const struct crowd *crowd)
{
    uint64_t total = 0;
    for (int i = 0; i < crowd->count; i++)
        total += crowd->each[i].messages;
    return total;
}

void crowd_take(const struct crowd *crowd, int wait_ms)
{
    struct epoll_event events[512];
    int ready = epoll_wait(crowd->epoll, events, 512, wait_ms);
    for (int i = 0; i < ready; i++)
        wire_count(events[i].data.ptr);
}

void crowd_take_until(const struct crowd *crowd, int64_t until_ns)
{
    struct epoll_event events[512];
    for (int64_t rest_ns; (rest_ns = until_ns - now_ns()) > 0;) {
        struct timespec rest = {.tv_sec = rest_ns / 1000000000, .tv_nsec = rest_ns % 1000000000};
        int ready = epoll_pwait2(crowd->epoll, events, 512, &rest, NULL);
        for (int i = 0; i < ready; i++)
            wire_count(events[i].data.ptr);
    }
}

void crowd_collect(const struct crowd *crowd, uint64_t messages, int64_t until_ns)
{
    while (crowd_messages(crowd) < messages && now_ns() < until_ns)
        crowd_take(crowd, 10);
}

void crowd_settle(const struct crowd *crowd)
{
    int64_t quiet_since_ns = now_ns();
    while (now_ns() < quiet_since_ns + QUIET_MS * INT64_C(1000000)) {
        uint64_t before = crowd_messages(crowd);
        crowd_take(crowd, 50);
        if (crowd_messages(crowd) != before)
            quiet_since_ns = now_ns();
    }
}
