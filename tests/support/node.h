#ifndef RELEVO_TESTS_SUPPORT_NODE_H
#define RELEVO_TESTS_SUPPORT_NODE_H

#include <stdbool.h>
#include <stdint.h>

#include "app/hub.h"
#include "app/session.h"
#include "base/list.h"
#include "support/store_memory.h"
#include "support/wire_client.h"

/* The whole server minus sockets and PostgreSQL: a hub over the store in memory, and clients that speak to it
 * in frames only. Time is the database's. Whoever drives it says when a turn of the loop takes place. */

struct node {
    struct store_memory_database *database; /* borrowed */
    struct store *store;
    struct hub *hub; /* NULL: not running */
    struct list peers;
    uint64_t distrusted; /* whose tokens were issued then are trusted no more; 0: all are */
};

/* Starts a server, not connected to its database yet (store_memory_up). `seed` decides the store's order and
 * the hub's secrets. */
void node_start(struct node *node, struct store_memory_database *database, uint64_t seed);
void node_start_with(struct node *node, struct store_memory_database *database, uint64_t seed,
                     struct hub_limits limits);

/* What the transport would tell the hub now. */
struct moment node_now(const struct node *node);

/* One turn of the loop: time, at most one thing of the store's, work, and then every client that reads gets
 * what is there for it. False where nothing happened and nothing is waiting for the present moment. */
bool node_turn(struct node *node);

/* Turns until nothing happens any more (asserts that it comes to that). */
void node_settle(struct node *node);

/* Settles, lets ms pass, turn by turn as things fall due, and settles. */
void node_wait(struct node *node, int64_t ms);

/* An orderly end: drained, sessions closed, all memory given back. The store must be up or empty-handed. */
void node_stop(struct node *node);

/* The process dies. What it had in memory is kept somewhere, as its addresses were borrowed by nobody that
 * goes on. */
void node_kill(struct node *node);

/* One client's connection. Its memory is the test's, zeroed at first. */
struct peer {
    struct node *node;
    struct session *session; /* NULL: not connected */
    struct list link;
    struct wire_client client; /* outlives the connection, as a client's memory does */
    bool is_deaf;              /* does not read: TCP's window is closed */
    enum close_code closed;    /* how the last connection was closed by the server; CLOSE_NONE: it was not */
    char close_detail[64];
    int64_t frames;                  /* that came, on this connection */
    void (*hear)(struct peer *peer); /* or NULL: called after each message (peer->client.last) */
    void *context;

    struct wire_message *heard; /* every message that came, without its rows, unless `hear` is set */
    size_t heard_count;
};

/* A credential for the node's checker: "workspace|id|name|role|expiry". expires_ms 0: in a day. */
const char *peer_token(const char *workspace, const char *id, const char *role, int64_t expires_ms);

/* The same for a day, with the time it was issued at; the other does not say when. Good until the next call.
 */
const char *peer_token_issued(const char *workspace, const char *id, const char *role, int64_t issued_ms);

void peer_connect(struct peer *peer, struct node *node);
void peer_send(struct peer *peer, const struct wire_frame *frame);

/* Reads again. */
void peer_listen(struct peer *peer);

/* The connection breaks. Harmless where there is none. */
void peer_leave(struct peer *peer);

/* Leaves and forgets. */
void peer_finish(struct peer *peer);

/* The last message of this type that came, or NULL; and how many. */
const struct wire_message *peer_last(const struct peer *peer, enum wire_type type);
size_t peer_count(const struct peer *peer, enum wire_type type);

/* The place of the first message of this type at or after `from` among all that came; heard_count where there
 * is none. */
size_t peer_find(const struct peer *peer, enum wire_type type, size_t from);

/* The last answer to this command, or NULL. */
const struct wire_message *peer_answer(const struct peer *peer, struct command_id id);

#endif
