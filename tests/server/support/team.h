#ifndef RELEVO_TESTS_SERVER_TEAM_H
#define RELEVO_TESTS_SERVER_TEAM_H

#include "support/server.h"

/* What a test of the whole server starts from: one server over one database, with the usual people of one
 * workspace. Each test has a process of its own, so there is one of it; a suite says
 *
 *     TestSuite(name, .init = team_begin, .fini = team_end);
 *
 * or begins with a function of its own, which calls team_begin first. */
struct team {
    struct store_memory_database *database;
    struct server server;
    struct client ana;     /* an agent */
    struct client bea;     /* another */
    struct client sol;     /* a supervisor */
    struct client bot;     /* the automation */
    struct client contact; /* the channel "whatsapp" */
};

extern struct team team;

#define TEAM_WORKSPACE "demo"

/* At noon, the database is up. Nobody is connected. */
void team_begin(void);
void team_begin_with(struct node_limits limits);

/* Lets the server end in order and finishes every client that has ever connected, whosever it is. Aborts
 * where one of them has found fault with what it was told, or where memory has leaked. */
void team_end(void);

/* Until nothing happens any more; and lets time pass. */
void settle(void);
void wait_ms(int64_t ms);

/* Connects and says hello; team_join settles then. `resume` says what the client has. */
void team_hello(struct client *client, bool resume);
void team_join(struct client *client);
void team_resume(struct client *client);

/* Ana, bea and the bot; and ana begins "c1" on the web. */
void everybody_joins(void);

/* Ana begins "c1" on WhatsApp. */
void open_c1(void);

/* Connects any client, says hello with this token and settles; as somebody of the team's workspace, or of
 * another. */
void sign_in(struct client *client, const char *token);
void join_as(struct client *client, const char *id, const char *role);
void join_in(const char *workspace, struct client *client, const char *id, const char *role);

/* The same as the consumer "main"; `after` -1: from where it was. */
void join_as_consumer(struct client *client, const char *id, const char *role, int64_t after,
                      int64_t mark_ms);

/* Another server over the same database, which is up; the test stops it. And somebody there. */
void begin_second(struct server *second, uint64_t seed);
void join_second(struct server *second, struct client *client, const char *id, const char *role);

/* Sends a command under a new id, where it has none; to "c1", where it names no conversation. Returns the id.
 */
struct command_id team_send(struct client *client, struct wire_command command);

/* Sends it and settles; what it was answered. Asserts that it was. */
const struct wire_message *team_do(struct client *client, struct wire_command command);

/* A command that says no more than what it does; and a message, which begins the conversation where there is
 * none. */
struct wire_command just(const char *action);
struct wire_command message_to(const char *conversation);

/* The contact writes; so many messages, "1", "2" and so on. */
void contact_writes(const char *conversation, const char *body);
void contact_writes_many(const char *conversation, int count);

/* From now on the client is shown what happened in the conversation after this seq; what it has been shown.
 */
void watch(struct client *client, const char *conversation, int64_t after);
const struct wire_thread *thread_of(const struct client *client, const char *conversation);

/* Another node carries this out (in "c1" where it names no conversation): this one has not heard of it yet.
 */
void team_foreign(struct actor actor, struct command command);

/* The database's row; NULL where there is none. */
const struct conversation *team_truth(const char *id);

/* How many transitions the log has; and the time of one. */
int64_t team_seq(void);
int64_t team_mark(int64_t seq);

/* From now on the client says that it has everything up to there. */
void team_put_at(struct client *client, int64_t seq);

/* Asserts that this client shows every open row exactly as it is, and no other as open, and that no client
 * has found fault. */
void team_expect_in_sync(const struct client *client);

#endif
