#ifndef RELEVO_TESTS_SUPPORT_WORLD_H
#define RELEVO_TESTS_SUPPORT_WORLD_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "support/node.h"
#include "support/random.h"

/* The simulation: the whole server minus sockets and PostgreSQL, some nodes over one database, and clients
 * who act at random, stop reading, vanish, come back elsewhere and send again what was not answered, while
 * the database goes, comes, loses answers and is replaced. Everything follows from the seed. After every
 * message, and when all has come to rest, it is checked that the promises hold; what happened is written
 * down, one line an event. */

enum {
    WORLD_NODES_MAX = 2,
    WORLD_CLIENTS = 10,
    WORLD_CONVERSATIONS = 8,
    WORLD_DEEDS_MAX = 4096,
    WORLD_CONSUMERS = 4,
    WORLD_LOG_MAX = 8192,
};

struct world_options {
    uint64_t seed;
    int nodes;       /* 1 to WORLD_NODES_MAX */
    int steps;       /* before it is brought to rest */
    bool promotions; /* a standby may take over, without the last commits */
    struct hub_limits limits;
};

/* A command that somebody gave, until it is settled, and what it came to. */
struct deed {
    struct wire_command command;
    struct world_client *client;
    bool is_in_flight; /* a copy is under way on the present connection */
    bool is_settled;   /* it has an answer that is not to be sent again */
    bool was_resent;
    int64_t again_us; /* of the time that passes: it may not be sent again before */
    bool is_lost;     /* it was done in a database that is no more */
    char outcome[16];
    char reason[32];
    int64_t seq;
    int64_t message;
    char words[16]; /* the command's own: body and name */
    char epoch[72]; /* and of what its author had seen */
};

/* What is dealt with under one name of the automation or of a channel, whichever connection brought it. */
struct world_consumer {
    const char *owner; /* the only consumer of that id; NULL: there is none yet */
    bool is_channel;
    char epoch[72]; /* of what follows */
    int64_t start;  /* where it began */
    int64_t acked;  /* the most that any connection has acknowledged */
    bool dealt[WORLD_LOG_MAX];
};

struct world_client {
    struct world *world;
    struct peer peer;
    const char *name;
    const char *role;
    int node;           /* where it is connected, or was last */
    int64_t resumed_at; /* the seq that its last hello said; -1: none */
    char resumed_epoch[72];
    bool has_babbled; /* on this connection: it may be closed for that */
    int requests;     /* with a ref, not answered */

    /* A dashboard: of each conversation. */
    bool watches[WORLD_CONVERSATIONS];
    bool wants[WORLD_CONVERSATIONS];        /* to watch it again, after a reconnect */
    bool threads_void[WORLD_CONVERSATIONS]; /* what is shown of it is of another database */
    char threads_epoch[72];
    bool is_seated; /* at rest: has said what it looks at */

    /* A consumer. */
    bool is_consumer;
    bool has_begun;  /* has been welcomed on this connection, */
    int64_t acked;   /* and has acknowledged on it */
    size_t log_mark; /* entries from here on have come on this connection, and are not acknowledged */
};

struct world_node {
    struct node node;
    int64_t epoch; /* how many promotions there had been when its connection last came */
};

struct world {
    struct world_options options;
    struct random random;
    struct store_memory_database *database;
    struct world_node nodes[WORLD_NODES_MAX];
    struct world_client clients[WORLD_CLIENTS];
    struct deed deeds[WORLD_DEEDS_MAX];
    int deeds_count;
    struct world_consumer consumers[WORLD_CONSUMERS];
    int64_t promotions;
    int64_t forgotten_seq; /* what has happened up to it is kept no more */
    uint64_t starts;       /* of nodes */
    uint64_t resyncs;      /* counted by nodes that died, and at rest by all */
    uint64_t unloads;      /* likewise, and so on */
    uint64_t evictions;
    uint64_t lagged;
    bool is_quiet; /* no more faults */
    bool is_any_failure_armed;

    FILE *transcript; /* into transcript_text */
    char *transcript_text;
    size_t transcript_size;
    char failure[400]; /* the first promise that was broken; "" for none */
};

/* Runs a world from its beginning to its rest. True if every promise held; otherwise world->failure says
 * which one did not, and world->transcript_text how it came to it. world_finish afterwards in any case. */
bool world_run(struct world *world, struct world_options options);
void world_finish(struct world *world);

/* Between the files of the world. */

#define WORLD_WORKSPACE "sim"
extern const char *const world_conversations[WORLD_CONVERSATIONS];

void world_tell(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A promise was broken. The first is kept. */
void world_fail(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Takes in what this node has counted, before it is gone. */
void world_note_stats(struct world *world, int index);

/* What clients do (world_clients.c). */
void world_clients_init(struct world *world);
void world_client_vanish(struct world_client *client);
void world_client_connect(struct world_client *client, int node);
void world_client_act(struct world_client *client);
void world_client_resend_all(struct world_client *client);
bool world_client_is_dashboard(const struct world_client *client);

/* Somebody else is there in his place, under the same name. */
bool world_client_is_replaced(const struct world_client *client);

/* And what they do beside commands (world_follow.c). world_client_follow: false where it did nothing.
 * world_client_watch_again: what was watched before the reconnect; false where there is nothing left.
 * world_client_sit_down: looks at world_seat_of its name. world_consumer_hello: now and then from an earlier
 * place. */
bool world_client_follow(struct world_client *client);
bool world_client_watch_again(struct world_client *client);
void world_client_sit_down(struct world_client *client);
const char *world_seat_of(const char *agent);
void world_consumer_hello(struct world_client *client, const char *token);
void world_consumer_finish_work(struct world_client *client);
void world_follow_connect(struct world_client *client);
void world_follow_hear(struct world_client *client);
int world_conversation_index(const char *id);

/* What must be true (world_check.c): of a message that came, of the log, and of everything once nothing is
 * under way. */
const struct transition *world_log_at(const struct world *world, int64_t seq);
bool world_client_is_current(const struct world_client *client);
void world_check_message(struct world_client *client);
void world_check_log(struct world *world);
void world_check_censuses(struct world *world);
void world_check_rest(struct world *world);

/* Of followers and of what has been erased (world_check_follow.c). world_desk: NULL where it is not ready.
 * world_erased_at: the first erase of the conversation after seq, or 0. world_may_not_know: it has been
 * erased, and the node has not applied that. */
const struct desk *world_desk(const struct world *world, int node);
int64_t world_erased_at(const struct world *world, struct bytes conversation, int64_t seq);
bool world_may_not_know(const struct world *world, int node, struct bytes conversation, int64_t seq);
void world_check_follower(struct world_client *client);
void world_check_consumer(struct world *world, const struct world_consumer *consumer, int64_t to);
void world_check_memory(struct world *world);
void world_check_followers_at_rest(struct world *world);

#endif
