#ifndef RELEVO_BENCH_PEERS_CONTENDER_H
#define RELEVO_BENCH_PEERS_CONTENDER_H

#include <stdint.h>
#include <sys/types.h>

#include "bench/support/wire.h"

/* Relevo, and what a team would write instead for the same job on the same PostgreSQL. */
enum contender_kind {
    CONTENDER_RELEVO,
    CONTENDER_WS_TRANSACTION, /* ws + pg, a plain transaction */
    CONTENDER_WS_STATEMENT,   /* ws + pg, one statement */
    CONTENDER_SOCKETIO_STATEMENT,
    CONTENDER_ROOM
};

struct contender {
    enum contender_kind kind;
    pid_t pid;
    int port;
};

const char *contender_name(enum contender_kind kind);

/* A server on the first processor, on an empty database of its own, which the peers' tables or Relevo's are
 * in. One at a time. */
struct contender contender_start(enum contender_kind kind);

/* Kills it, and drops its database. */
void contender_stop(struct contender *contender);

/* Signs in: connects, says hello and has its welcome; a dashboard its first screen, too. */
void contender_greet(const struct contender *contender, struct wire *wire, const char *token);
void contender_greet_dashboard(const struct contender *contender, struct wire *wire, const char *token);

/* The same, until it has the whole of its first screen: in Relevo, that may take several frames. */
void contender_greet_whole(const struct contender *contender, struct wire *wire, const char *token);

/* Sends a command. */
void contender_command(const struct wire *wire, uint64_t id, const char *action, const char *conversation,
                       const char *body);

/* What it and PostgreSQL have used of the processors so far. */
struct spent {
    int64_t server_ns;
    int64_t database_ns;
};

struct spent contender_spent(const struct contender *contender);

#endif
