#ifndef RELEVO_NET_NET_PRIVATE_H
#define RELEVO_NET_NET_PRIVATE_H

#include <libwebsockets.h>
#include <stdbool.h>

#include "net/liveness.h"
#include "net/net.h"
#include "net/turn.h"

/* The body of the net, for the parts of net/; others see net.h only. */
struct net {
    struct net_options options;
    struct lws_context *context;
    struct lws_vhost *vhost;
    struct turn turn;
    struct liveness liveness;
    size_t connections;
    size_t connections_max;
    /* libwebsockets was given a timer from outside its callbacks, through which it sleeps unless woken. */
    bool must_wake;
};

/* The net that a connection belongs to. */
static inline struct net *net_of(struct lws *wsi)
{
    return lws_context_user(lws_get_context(wsi));
}

#endif
