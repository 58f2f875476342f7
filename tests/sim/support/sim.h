#ifndef RELEVO_TESTS_SIM_H
#define RELEVO_TESTS_SIM_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "support/random.h"
#include "support/server.h"

/* The simulation: the whole server minus sockets and PostgreSQL, some nodes over one database, and clients
 * who act at random, stop reading, vanish, come back elsewhere and send again what was not answered, while
 * the database goes, comes, loses answers and is replaced. Everything follows from the seed. After every
 * message, and when all has come to rest, it is checked that the promises hold; what happened is written
 * down, one line an event. */

enum {
    SIM_NODES_MAX = 2,
    SIM_CLIENTS = 10,
    SIM_CONVERSATIONS = 8,
    SIM_DEEDS_MAX = 4096,
    SIM_CONSUMERS = 4,
    SIM_LOG_MAX = 8192,
};

struct sim_options {
    uint64_t seed;
    int nodes;       /* 1 to SIM_NODES_MAX */
    int steps;       /* before it is brought to rest */
    bool promotions; /* a standby may take over, without the last commits */
    struct node_limits limits;
};

/* A command that somebody gave, until it is settled, and what it came to. */
struct deed {
    struct wire_command command;
    struct sim_client *client;
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
struct sim_consumer {
    const char *owner; /* the only consumer of that id; NULL: there is none yet */
    bool is_channel;
    char epoch[72]; /* of what follows */
    int64_t start;  /* where it began */
    int64_t acked;  /* the most that any connection has acknowledged */
    bool dealt[SIM_LOG_MAX];
};

struct sim_client {
    struct sim *sim;
    struct client connection;
    const char *name;
    const char *role;
    int node;           /* where it is connected, or was last */
    int64_t resumed_at; /* the seq that its last hello said; -1: none */
    char resumed_epoch[72];
    bool has_babbled; /* on this connection: it may be closed for that */
    int requests;     /* with a ref, not answered */

    /* A dashboard: of each conversation. */
    bool watches[SIM_CONVERSATIONS];
    bool wants[SIM_CONVERSATIONS];        /* to watch it again, after a reconnect */
    bool threads_void[SIM_CONVERSATIONS]; /* what is shown of it is of another database */
    char threads_epoch[72];
    bool is_seated; /* at rest: has said what it looks at */

    /* A consumer. */
    bool is_consumer;
    bool has_begun;  /* has been welcomed on this connection, */
    int64_t acked;   /* and has acknowledged on it */
    size_t log_mark; /* entries from here on have come on this connection, and are not acknowledged */
};

struct sim_node {
    struct server server;
    int64_t epoch; /* how many promotions there had been when its connection last came */
};

struct sim {
    struct sim_options options;
    struct random random;
    struct store_memory_database *database;
    struct sim_node nodes[SIM_NODES_MAX];
    struct sim_client clients[SIM_CLIENTS];
    struct deed deeds[SIM_DEEDS_MAX];
    int deeds_count;
    struct sim_consumer consumers[SIM_CONSUMERS];
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

/* Runs a simulation from its beginning to its rest. True if every promise held; otherwise sim->failure says
 * which one did not, and sim->transcript_text how it came to it. sim_finish afterwards in any case. */
bool sim_run(struct sim *sim, struct sim_options options);
void sim_finish(struct sim *sim);

/* Between the files of the simulation. */

#define SIM_WORKSPACE "sim"
extern const char *const sim_conversations[SIM_CONVERSATIONS];

void sim_tell(struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A promise was broken. The first is kept. */
void sim_fail(struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Takes in what this node has counted, before it is gone. */
void sim_note_stats(struct sim *sim, int index);

/* What clients do (sim_clients.c). */
void sim_clients_init(struct sim *sim);
void sim_client_vanish(struct sim_client *client);
void sim_client_connect(struct sim_client *client, int node);
void sim_client_act(struct sim_client *client);
void sim_client_resend_all(struct sim_client *client);
bool sim_client_is_dashboard(const struct sim_client *client);

/* Somebody else is there in his place, under the same name. */
bool sim_client_is_replaced(const struct sim_client *client);

/* And what they do beside commands (sim_follow.c). sim_client_follow: false where it did nothing.
 * sim_client_watch_again: what was watched before the reconnect; false where there is nothing left.
 * sim_client_sit_down: looks at sim_seat_of its name. sim_consumer_hello: now and then from an earlier
 * place. */
bool sim_client_follow(struct sim_client *client);
bool sim_client_watch_again(struct sim_client *client);
void sim_client_sit_down(struct sim_client *client);
const char *sim_seat_of(const char *agent);
void sim_consumer_hello(struct sim_client *client, const char *token);
void sim_consumer_finish_work(struct sim_client *client);
void sim_follow_connect(struct sim_client *client);
void sim_follow_hear(struct sim_client *client);
int sim_conversation_index(const char *id);

/* What must be true (sim_check.c): of a message that came, of the log, and of everything once nothing is
 * under way. */
const struct transition *sim_log_at(const struct sim *sim, int64_t seq);
bool sim_client_is_current(const struct sim_client *client);
void sim_check_message(struct sim_client *client);
void sim_check_log(struct sim *sim);
void sim_check_censuses(struct sim *sim);
void sim_check_rest(struct sim *sim);

/* Of followers and of what has been erased (sim_check_follow.c). sim_desk: NULL where it is not ready.
 * sim_erased_at: the first erase of the conversation after seq, or 0. sim_may_not_know: it has been
 * erased, and the node has not applied that. */
const struct desk *sim_desk(const struct sim *sim, int node);
int64_t sim_erased_at(const struct sim *sim, struct bytes conversation, int64_t seq);
bool sim_may_not_know(const struct sim *sim, int node, struct bytes conversation, int64_t seq);
void sim_check_follower(struct sim_client *client);
void sim_check_consumer(struct sim *sim, const struct sim_consumer *consumer, int64_t to);
void sim_check_memory(struct sim *sim);
void sim_check_followers_at_rest(struct sim *sim);

#endif
