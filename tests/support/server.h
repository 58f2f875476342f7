#ifndef RELEVO_TESTS_SUPPORT_SERVER_H
#define RELEVO_TESTS_SUPPORT_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "app/hub/hub.h"
#include "app/session/session.h"
#include "base/list.h"
#include "support/store_memory.h"
#include "support/wire_client.h"

/* The whole server minus sockets and PostgreSQL: a hub over the store in memory, and clients that speak to it
 * in frames only. Time is the database's. Whoever drives it says when a turn of the loop takes place. */

struct server {
    struct store_memory_database *database; /* borrowed */
    struct store *store;
    struct hub *hub; /* NULL: not running */
    struct list clients;
    uint64_t distrusted; /* whose tokens were issued then are trusted no more; 0: all are */
};

/* Starts a server, not connected to its database yet (store_memory_up). `seed` decides the store's order and
 * the hub's secrets. */
void server_start(struct server *server, struct store_memory_database *database, uint64_t seed);
void server_start_with(struct server *server, struct store_memory_database *database, uint64_t seed,
                       struct node_limits limits);

/* What the transport would tell the hub now. */
struct moment server_now(const struct server *server);

/* One turn of the loop: time, at most one thing of the store's, work, and then every client that reads gets
 * what is there for it. False where nothing happened and nothing is waiting for the present moment. */
bool server_turn(struct server *server);

/* Turns until nothing happens any more (asserts that it comes to that). */
void server_settle(struct server *server);

/* Settles, lets ms pass, turn by turn as things fall due, and settles. */
void server_wait(struct server *server, int64_t ms);

/* An orderly end: drained, sessions closed, all memory given back. The store must be up or empty-handed. */
void server_stop(struct server *server);

/* The process dies. What it had in memory is kept somewhere, as its addresses were borrowed by nobody that
 * goes on. */
void server_kill(struct server *server);

/* One client's connection. Its memory is the test's, zeroed at first. */
struct client {
    struct server *server;
    struct session *session; /* NULL: not connected */
    struct list link;
    struct list known;       /* among all that have connected and are not finished */
    struct wire_client wire; /* outlives the connection, as a client's memory does */
    bool is_deaf;            /* does not read: TCP's window is closed */
    enum close_code closed;  /* how the last connection was closed by the server; CLOSE_NONE: it was not */
    char close_detail[64];
    int64_t frames;                      /* that came, on this connection */
    void (*hear)(struct client *client); /* or NULL: called after each message (client->wire.last) */
    void *context;

    struct wire_message *heard; /* every message that came, without its rows, unless `hear` is set */
    size_t heard_count;
};

/* A credential for the node's checker: "workspace|id|name|role|expiry". expires_ms 0: in a day. */
const char *client_token(const char *workspace, const char *id, const char *role, int64_t expires_ms);

/* The same for a day, with the time it was issued at; the other does not say when. Good until the next call.
 */
const char *client_token_issued(const char *workspace, const char *id, const char *role, int64_t issued_ms);

void client_connect(struct client *client, struct server *server);
void client_send(struct client *client, const struct wire_frame *frame);

/* Reads again. */
void client_listen(struct client *client);

/* The connection breaks. Harmless where there is none. */
void client_leave(struct client *client);

/* Leaves and forgets. */
void client_finish(struct client *client);

/* One that has connected and is not finished, whosever it is; NULL: there is none. */
struct client *client_of_all(void);

/* The last message of this type that came, or NULL; and how many. */
const struct wire_message *client_last(const struct client *client, enum wire_type type);
size_t client_count(const struct client *client, enum wire_type type);

/* The place of the first message of this type at or after `from` among all that came; heard_count where there
 * is none. */
size_t client_find(const struct client *client, enum wire_type type, size_t from);

/* The last answer to this command, or NULL. */
const struct wire_message *client_answer(const struct client *client, struct command_id id);

#endif
