#ifndef RELEVO_TESTS_STORE_POSTGRES_WORLD_H
#define RELEVO_TESTS_STORE_POSTGRES_WORLD_H

#include <libpq-fe.h>
#include <uv.h>

#include "suite.h"

/* A world over a real PostgreSQL: the one that DATABASE_URL or PG* name, which must be one for tests. Each
 * test has a database of its own, copied from a template that has been migrated once: before the first test
 * of whatever program is linked with this, which fails, and says so, without a server. */

struct postgres_world {
    struct world world;
    uv_loop_t loop;
    PGconn *admin;  /* blocking; to the test's database */
    char *conninfo; /* of the test's database */
    char name[64];
    char *unfit;            /* what a store said that did not start; NULL: none did */
    int64_t node_silent_ms; /* of the stores that are started from now on */
};

/* A database without stores; from the template, or empty. */
void postgres_open_database(struct postgres_world *postgres, bool is_migrated);

/* Both nodes, up, and they hear each other. */
void postgres_open(struct postgres_world *postgres);

/* Starts a store for this node, without waiting for it. `lanes` 0: as many as are usual. */
void postgres_start(struct postgres_world *postgres, int node, int lanes, bool allow_unsafe);

void postgres_close(struct postgres_world *postgres);

/* Runs SQL as the administrator, and asserts that it went well; the second gives the first column of the
 * first row as a number. */
void postgres_do(struct postgres_world *postgres, const char *sql);
int64_t postgres_ask(struct postgres_world *postgres, const char *sql);

/* The sessions of the stores that wait for a lock; and runs until there is one. */
int64_t postgres_count_waiting(struct postgres_world *postgres);
void postgres_run_until_it_waits(struct postgres_world *postgres);

/* Whether the node knows of somebody who hears it; and runs until both nodes do. */
bool postgres_is_accompanied(const struct postgres_world *postgres, int node);
void postgres_run_until_they_hear(struct postgres_world *postgres);

/* The conninfo of the server with another database, to be freed. */
char *postgres_conninfo(const char *database);

/* Throws away what the server has said to the stores and has not been read, and breaks their connections. */
void postgres_lose_answers(struct postgres_world *postgres);

#endif
