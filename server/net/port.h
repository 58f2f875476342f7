#ifndef RELEVO_NET_PORT_H
#define RELEVO_NET_PORT_H

#include <stddef.h>
#include <stdint.h>

struct listener;
struct net;

/* A port that connections come in through. */
struct port {
    struct net *net;
    size_t connections;
    size_t connections_max;
    uint64_t refused_full;  /* for want of room */
    uint64_t refused_crowd; /* because many came from their address already */
};

/* What the 429 says. */
#define PORT_TOO_MANY_FROM_ADDRESS "Too many connections from this address. Come later.\n"

/* Lets everybody in who comes through the listener, as far as there is room. */
void port_open(struct port *port, struct listener *listener);

#endif
