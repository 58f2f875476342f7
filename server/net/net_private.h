#ifndef RELEVO_NET_NET_PRIVATE_H
#define RELEVO_NET_NET_PRIVATE_H

#include <libwebsockets.h>
#include <stdbool.h>

#include "net/liveness.h"
#include "net/net.h"
#include "net/turn.h"

/* A port that connections come in through. */
struct door {
    struct net *net;
    size_t connections;
    size_t connections_max;
    uint64_t refused; /* for want of room */
};

/* The body of the net, for the parts of net/; others see net.h only. */
struct net {
    struct net_options options;
    struct lws_context *context;
    struct lws_vhost *vhost;
    struct turn turn;
    struct liveness liveness;
    struct door public_door;
    struct door admin_door;
    /* libwebsockets was given a timer from outside its callbacks, through which it sleeps unless woken. */
    bool must_wake;
};

/* The net that a connection belongs to. */
static inline struct net *net_of(struct lws *wsi)
{
    return lws_context_user(lws_get_context(wsi));
}

/* The door that it came in through; NULL for those that libwebsockets has to itself. */
static inline struct door *door_of(struct lws *wsi)
{
    return lws_get_opaque_user_data(wsi);
}

#endif
