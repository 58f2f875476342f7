#ifndef RELEVO_NET_NET_PRIVATE_H
#define RELEVO_NET_NET_PRIVATE_H

#include <libwebsockets.h>
#include <stdbool.h>

#include "base/log.h"
#include "net/arrival.h"
#include "net/liveness.h"
#include "net/net.h"
#include "net/turn.h"
#include "net/upgrade.h"
#include "net/visitors.h"

/* A port that connections come in through. */
struct door {
    struct net *net;
    size_t connections;
    size_t connections_max;
    uint64_t refused_full;  /* for want of room */
    uint64_t refused_crowd; /* because many came from their address already */
};

/* A connection that has come in. */
struct caller {
    struct door *door;
    struct guest guest; /* counted at the public door only */
    size_t head_bytes;  /* of its request, which libwebsockets has not read */
};

/* The body of the net, for the parts of net/; others see net.h only. */
struct net {
    struct net_options options;
    struct lws_context *context;
    struct lws_vhost *vhost;
    size_t connections_room; /* how many clients there are descriptors for */
    struct turn turn;
    struct liveness liveness;
    struct door public_door;
    struct door admin_door;
    struct visitors visitors;
    struct arrivals arrivals;
    struct caller *upgrading; /* whose connection libwebsockets is just being given; else NULL */
    struct log_ration origin_lines;
    /* libwebsockets was given a timer from outside its callbacks, through which it sleeps unless woken. */
    bool must_wake;
};

/* What the 429 says. */
#define NET_TOO_MANY_FROM_ADDRESS "Too many connections from this address. Come later.\n"

/* The net that a connection belongs to. */
static inline struct net *net_of(struct lws *wsi)
{
    return lws_context_user(lws_get_context(wsi));
}

/* Who is at the other end; NULL for connections that libwebsockets has to itself. */
static inline struct caller *caller_of(struct lws *wsi)
{
    return lws_get_opaque_user_data(wsi);
}

/* Lets everybody in who comes through the listener, as far as there is room. */
void door_open(struct door *door, struct listener *listener);

/* The caller's request may become a WebSocket: gives the connection to libwebsockets, with a request of our
 * own making that has his key in it. Takes over the descriptor and the caller. */
void door_upgrade(struct caller *caller, int descriptor, const char key[UPGRADE_KEY_SIZE]);

/* What libwebsockets tells about connections that are not WebSockets yet. */
int door_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t size);

/* The connection is gone. Frees the caller. */
void door_forget(struct caller *caller);

#endif
