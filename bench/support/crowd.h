#ifndef RELEVO_BENCH_CROWD_H
#define RELEVO_BENCH_CROWD_H

#include <stdint.h>

#include "bench/support/people.h"
#include "bench/support/wire.h"

/* Many connections that only count what they are sent. */
struct crowd {
    struct wire *each;
    int count;
    int epoll; /* once it is watched */
};

struct crowd crowd_make(int count);
void crowd_leave(struct crowd *crowd);

/* Signs in: connects, says hello and has its welcome. */
void crowd_greet(struct wire *wire, int port, const char *token);

/* All have been connected: from now on they are listened to. */
void crowd_watch(struct crowd *crowd);

/* Another is listened to with them. */
void crowd_watch_too(const struct crowd *crowd, struct wire *wire);

uint64_t crowd_messages(const struct crowd *crowd);

/* Takes in what has come, or comes within wait_ms. */
void crowd_take(const struct crowd *crowd, int wait_ms);

/* Takes in what comes until then. */
void crowd_take_until(const struct crowd *crowd, int64_t until_ns);

/* Takes in what comes until all together have so many messages, or the time is over. */
void crowd_collect(const struct crowd *crowd, uint64_t messages, int64_t until_ns);

/* Takes in what comes until nothing does any more: they have all been told of each other. */
void crowd_settle(const struct crowd *crowd);

#endif
