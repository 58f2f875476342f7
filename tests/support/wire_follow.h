#ifndef RELEVO_TESTS_SUPPORT_WIRE_FOLLOW_H
#define RELEVO_TESTS_SUPPORT_WIRE_FOLLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a client of wire_client.h keeps of the log: its place as a consumer, and the threads that it has open;
 * and whom it sees (PROTOCOL.md, "thread", "log", "presence"). */

/* One entry as it travelled. */
struct wire_entry {
    int64_t seq;
    int64_t at;
    int64_t message;
    int64_t status;
    char action[24];
    char role[16];
    char by[72];
    char body[256]; /* cut */
    size_t body_size;
    bool has_body;
    char conversation[72]; /* of its row; "" for agent_seen */
    char name[136];
};

struct wire_entries {
    struct wire_entry *each;
    size_t count;
};

struct wire_thread {
    char conversation[72];
    struct wire_entries entries; /* in order */
    int64_t to;
    bool has_more; /* there is a history before it */
    bool too_old;
};

struct wire_person {
    char agent[72];
    char conversation[72];
    bool is_online;
    bool is_typing;
};

enum { WIRE_THREADS_MAX = 16 };

struct wire_follow {
    struct wire_thread threads[WIRE_THREADS_MAX];
    size_t threads_count;
    struct wire_entries log;    /* all that came as a consumer, in order */
    int64_t place;              /* the `to` of the last frame */
    int64_t lost_to;            /* too_old: up to here */
    struct wire_person *people; /* all that were ever told of since the last fresh start */
    size_t people_count;
    int64_t presence_frames; /* that came */
};

void wire_follow_finish(struct wire_follow *follow);

/* The thread of this conversation, or NULL. */
const struct wire_thread *wire_follow_thread(const struct wire_follow *follow, const char *conversation);

/* How this agent looks: "-" not there, "o" online, or "v c1", "t c1" with the conversation. Good until the
 * next call. */
const char *wire_follow_look(const struct wire_follow *follow, const char *agent);

#endif
