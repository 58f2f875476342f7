#ifndef RELEVO_NET_NET_H
#define RELEVO_NET_NET_H

#include <uv.h>

#include "app/hub/hub.h"
#include "base/alloc.h"
#include "net/forwarded.h"
#include "net/listener.h"
#include "net/origins.h"
#include "net/site.h"

/* The clients' side of the server: WebSocket sessions of the hub at /ws, the page and the probes over HTTP,
 * and on a port of its own what operators look at; all on the caller's loop. It also drives the hub: around
 * every wait of the loop it tells it the time, lets it work, and sends what is ready. */
struct net;

/* What may change while it runs. What it points to outlives the net, or its use: until net_set says
 * otherwise. */
struct net_settings {
    const struct origins *origins; /* from which pages may connect */
    struct proxies proxies;        /* who may say where a client is */
    size_t connections_max;        /* 1 to LIMIT_CONNECTIONS */
};

struct net_options {
    uv_loop_t *loop;
    struct hub *hub;
    struct listener *listener; /* not started */
    struct net_settings settings;
    const struct site *site;      /* what / shows; NULL: no page */
    char *(*demo)(void *context); /* makes what /demo.json shows, on the heap; NULL: there is none */

    struct listener
        *admin_listener; /* not started; NULL: there is no such port, and the three are not asked */
    char *(*checks)(void *context);            /* makes what /readyz?verbose shows there, on the heap */
    char *(*metrics)(void *context);           /* makes what /metrics shows there, on the heap */
    char *(*top)(void *context, bool is_text); /* makes what /connections shows there, on the heap */
    void *context;                             /* of all these */
};

/* Sets the process's limit on descriptors, up or down, to what `connections` clients need. Returns how many
 * there is room for, at most as many; *needed_r is the limit that all of them need. */
size_t net_reserve_descriptors(size_t connections, size_t *needed_r);

/* Starts accepting. Everything in the options outlives the net. NULL: libwebsockets could not start, which
 * has been logged. */
MUST_USE struct net *net_create(const struct net_options *options);

/* From now on this holds, for who comes: whoever is there stays, also where there are more than there may be.
 */
void net_set(struct net *net, const struct net_settings *settings);

/* Stops driving the hub and cuts every connection that is left; its sessions are destroyed within this call.
 * The loop runs out of our handles then. */
void net_stop(struct net *net);

/* After net_stop and after the loop has run out of our handles. Nulls the pointer. */
void net_destroy(struct net **net);

/* What the net counts. */
struct net_stats {
    size_t connections;     /* to the public port, of whatever kind */
    size_t connections_max; /* how many there is room for */
    uint64_t refused_full;  /* for want of room */
    uint64_t refused_crowd; /* because many came from their address already */
    /* How long each turn of the loop kept whoever came meanwhile waiting; in whole milliseconds. */
    struct histogram busy_us;
};
struct net_stats net_stats(const struct net *net);

#endif
