#ifndef RELEVO_NET_HTTP_H
#define RELEVO_NET_HTTP_H

#include <libwebsockets.h>

/* What libwebsockets tells about connections that are not (or not yet) WebSockets, and about itself. */
int http_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t size);

#endif
