#ifndef RELEVO_NET_WS_H
#define RELEVO_NET_WS_H

#include <libwebsockets.h>
#include <stdbool.h>

#include "net/liveness.h"

struct net;

/* Serves what the hub has ready, until some LIMIT_FLUSH_WRITES frames have been written. False: there may be
 * more. */
bool ws_flush(struct net *net);

/* Asks the client to show that it lives. */
void ws_ping(struct pulse *pulse);

/* It has not: the connection is cut. */
void ws_give_up(struct pulse *pulse);

/* Memory that libwebsockets keeps for each WebSocket connection, zeroed. */
size_t ws_size(void);

/* What libwebsockets tells about WebSocket connections. */
int ws_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t size);

#endif
