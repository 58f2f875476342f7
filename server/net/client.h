#ifndef RELEVO_NET_CLIENT_H
#define RELEVO_NET_CLIENT_H

#include <libwebsockets.h>
#include <stdbool.h>

#include "net/address_limit.h"
#include "net/port.h"
#include "net/upgrade.h"

/* Who is at the other end of a connection, from when it comes in to when it is gone. */
struct client {
    struct port *port;
    struct address_use use; /* counted at the public port only */
    size_t head_bytes;      /* of its request, which libwebsockets has not read */
};

/* NULL for connections that libwebsockets has to itself. */
static inline struct client *client_of(struct lws *wsi)
{
    return lws_get_opaque_user_data(wsi);
}

/* The client's request may become a WebSocket: gives the connection to libwebsockets, with a request of our
 * own making that has the client's key in it. Takes over the descriptor and the client. is_page: it is a page
 * in a browser, which says little, and gets a small receive buffer. */
void client_upgrade(struct client *client, int descriptor, const char key[UPGRADE_KEY_SIZE], bool is_page);

/* What libwebsockets tells about connections that are not WebSockets yet. */
int client_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t size);

/* The connection is gone. */
void client_destroy(struct client *client);

#endif
