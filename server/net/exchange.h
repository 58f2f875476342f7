#ifndef RELEVO_NET_EXCHANGE_H
#define RELEVO_NET_EXCHANGE_H

#include <stddef.h>
#include <uv.h>

#include "base/list.h"

/* Connections before they are WebSockets. What a client asks for is read and judged here, before
 * libwebsockets has seen a byte of it (SECURITY.md says why), and answered here, but for the upgrade: of that
 * libwebsockets gets a request of our own making. A connection carries one request. */

struct client;
struct net;

struct exchanges {
    struct list active;    /* whose request or answer is under way; the oldest first */
    struct list lingering; /* which have been answered; likewise */
    size_t heads_bytes;    /* memory for the requests of all */
    uv_timer_t look;       /* for those who take too long */
};

void exchanges_start(struct net *net);

/* Closes them all. The loop runs out of their handles then. */
void exchanges_stop(struct net *net);

/* Somebody has connected. Takes over the descriptor and the client. */
void exchange_begin(struct client *client, int descriptor);

#endif
