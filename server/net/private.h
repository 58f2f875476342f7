#ifndef RELEVO_NET_NET_PRIVATE_H
#define RELEVO_NET_NET_PRIVATE_H

#include <libwebsockets.h>
#include <stdbool.h>

#include "base/log.h"
#include "net/address_limit.h"
#include "net/bundle.h"
#include "net/exchange.h"
#include "net/liveness.h"
#include "net/net.h"
#include "net/port.h"
#include "net/tick.h"

struct client;

/* The body of the net, for the parts of net/; others see net.h only. */
struct net {
    struct net_options options;
    struct lws_context *context;
    struct lws_vhost *programs; /* for the connections of programs, which may say much, */
    struct lws_vhost *pages;    /* and for those of pages in a browser */
    size_t connections_room;    /* how many clients there are descriptors for */
    struct tick tick;
    struct liveness liveness;
    struct port public_port;
    struct port admin_port;
    struct address_limit address_limit;
    struct exchanges exchanges;
    struct client *upgrading; /* whose connection libwebsockets is just being given; else NULL */
    struct log_ration origin_lines;
    struct bundle bundle; /* of the connection that is being served; last, as it is large */
    /* libwebsockets was given a timer from outside its callbacks, through which it sleeps unless woken. */
    bool must_wake;
};

/* The net that a connection belongs to. */
static inline struct net *net_of(struct lws *wsi)
{
    return lws_context_user(lws_get_context(wsi));
}

#endif
