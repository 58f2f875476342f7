#ifndef RELEVO_TESTS_SUPPORT_TEAM_H
#define RELEVO_TESTS_SUPPORT_TEAM_H

#include "support/server.h"

/* One server over one database with the usual people, for tests of what happens between them. */
struct team {
    struct store_memory_database *database;
    struct server server;
    struct client ana;     /* an agent */
    struct client bea;     /* another */
    struct client sol;     /* a supervisor */
    struct client bot;     /* the automation */
    struct client contact; /* the channel "whatsapp" */
};

#define TEAM_WORKSPACE "demo"

/* At noon, the database is up. Nobody is connected. */
void team_init(struct team *team);
void team_init_with(struct team *team, struct hub_limits limits);

/* Lets the server end in order, and gives all back. */
void team_finish(struct team *team);

/* Connects and says hello; team_join settles then. `resume` says what the client has. */
void team_hello(struct team *team, struct client *client, bool resume);
void team_join(struct team *team, struct client *client);
void team_resume(struct team *team, struct client *client);

/* Sends a command under a new id, where it has none. Returns the id. */
struct command_id team_send(struct client *client, struct wire_command command);

/* Sends it and settles; what it was answered. Asserts that it was. */
const struct wire_message *team_do(struct client *client, struct wire_command command);

/* Another node carries this out (in "c1" where it names no conversation): this one has not heard of it yet.
 */
void team_foreign(struct team *team, struct actor actor, struct command command);

/* The database's row; NULL where there is none. */
const struct conversation *team_truth(const struct team *team, const char *id);

/* How many transitions the log has; and the time of one. */
int64_t team_seq(const struct team *team);
int64_t team_mark(const struct team *team, int64_t seq);

/* From now on the client says that it has everything up to there. */
void team_put_at(const struct team *team, struct client *client, int64_t seq);

/* Asserts that this client shows every open row exactly as it is, and no other as open, and that no client
 * has found fault. */
void team_expect_in_sync(const struct team *team, const struct client *client);

#endif
