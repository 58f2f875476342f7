#ifndef RELEVO_BENCH_SUPPORT_WIRE_H
#define RELEVO_BENCH_SUPPORT_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WIRE_HEAD_ROOM = 96 };

/* What is spoken above the WebSocket: Relevo's messages, or socket.io's (engine.io 4, msgpack), which holds
 * each of those in an event "m". */
enum wire_dialect { WIRE_RELEVO, WIRE_SOCKETIO };

/* A WebSocket client that costs as little as possible, so that the load generator is never the limit: it
 * counts messages by their headers and looks into them only when asked. A failure of any call ends the
 * program with a message. */
struct wire {
    int fd;
    enum wire_dialect dialect;
    uint8_t header[10]; /* of the message that is coming in */
    uint8_t header_size;
    uint64_t left;     /* bytes of it that are still to come */
    uint64_t messages; /* that have come in whole */
    uint64_t bytes;    /* that have come in, headers and all */

    /* Called for each message that wire_count has taken in whole; it may look into `head`. NULL: nobody. */
    void (*heard)(struct wire *wire);
    void *hearer;                 /* whatever `heard` wants */
    uint8_t head[WIRE_HEAD_ROOM]; /* how the message begins, where somebody hears it */
    uint8_t head_size;
};

/* The number that the message's head has under this key; -1: it is not there. */
int64_t wire_number(const struct wire *wire, const char *key);

/* The number of the command that an answer's head names. */
bool wire_id(const struct wire *wire, uint64_t *id_r);

/* A connection on which nothing has been said yet. */
void wire_connect(struct wire *wire, int port);

/* Asks for the WebSocket and waits for the server's consent. */
void wire_upgrade(struct wire *wire, int port);

/* The same as a page in a browser does it: with the page's origin. */
#define WIRE_ORIGIN "http://bench.example"
void wire_upgrade_page(struct wire *wire, int port);

/* Sends one binary message; waits until the socket has taken it. */
void wire_send(const struct wire *wire, const void *payload, size_t size);

/* Waits for one message and gives its payload; returns its size. */
size_t wire_receive(struct wire *wire, uint8_t *payload, size_t payload_room);

/* Takes in what has come, without waiting, and counts it. */
void wire_count(struct wire *wire);

/* Builds the messages that a bench sends; returns the size. */
size_t wire_hello(uint8_t *place, size_t room, const char *token);
size_t wire_hello_consumer(uint8_t *place, size_t room, const char *token, const char *name);
size_t wire_command(uint8_t *place, size_t room, uint64_t id, const char *action, const char *conversation,
                    const char *body);

#endif
