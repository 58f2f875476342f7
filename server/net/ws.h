#ifndef RELEVO_NET_WS_H
#define RELEVO_NET_WS_H

#include <libwebsockets.h>
#include <stdbool.h>

struct net;

/* Memory that libwebsockets keeps for each WebSocket connection, zeroed. */
size_t ws_connection_size(void);

/* What libwebsockets tells about WebSocket connections. */
int ws_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t size);

/* Sends what the hub has ready, or closes, LIMIT_FLUSH_WRITES connections at most. False: there may be more.
 */
bool ws_flush(struct net *net);

#endif
