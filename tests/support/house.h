#ifndef RELEVO_TESTS_SUPPORT_HOUSE_H
#define RELEVO_TESTS_SUPPORT_HOUSE_H

#include "support/node.h"

/* One server over one database with the usual people, for tests of what happens between them. */
struct house {
    struct store_memory_database *database;
    struct node node;
    struct peer ana;     /* an agent */
    struct peer bea;     /* another */
    struct peer sol;     /* a supervisor */
    struct peer bot;     /* the automation */
    struct peer contact; /* the channel "whatsapp" */
};

#define HOUSE_WORKSPACE "demo"

/* At noon, the database is up. Nobody is connected. */
void house_init(struct house *house);
void house_init_with(struct house *house, struct hub_limits limits);

/* Lets the server end in order, and gives all back. */
void house_finish(struct house *house);

/* Connects and says hello; house_join settles then. `resume` says what the client has. */
void house_hello(struct house *house, struct peer *peer, bool resume);
void house_join(struct house *house, struct peer *peer);
void house_resume(struct house *house, struct peer *peer);

/* Sends a command under a new id, where it has none. Returns the id. */
struct command_id house_send(struct peer *peer, struct wire_command command);

/* Sends it and settles; what it was answered. Asserts that it was. */
const struct wire_message *house_do(struct peer *peer, struct wire_command command);

/* Another node carries this out (in "c1" where it names no conversation): this one has not heard of it yet.
 */
void house_foreign(struct house *house, struct actor actor, struct command command);

/* The database's row; NULL where there is none. */
const struct conversation *house_truth(const struct house *house, const char *id);

/* How many transitions the log has; and the time of one. */
int64_t house_seq(const struct house *house);
int64_t house_mark(const struct house *house, int64_t seq);

/* From now on the client says that it has everything up to there. */
void house_put_at(const struct house *house, struct peer *peer, int64_t seq);

/* Asserts that this client shows every open row exactly as it is, and no other as open, and that no client
 * has found fault. */
void house_expect_in_sync(const struct house *house, const struct peer *peer);

#endif
