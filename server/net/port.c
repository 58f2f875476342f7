/* How connections come in. */
#include "net/port.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/client.h"
#include "net/exchange.h"
#include "net/private.h"

static bool port_has_room(void *context)
{
    struct port *port = context;
    bool has_room = port->connections < port->connections_max;
    port->refused_full += !has_room;
    return has_room;
}

/* Where a connection comes from; where that is no internet address, from this machine. */
static struct address descriptor_peer(int descriptor)
{
    struct sockaddr_storage peer = {.ss_family = AF_UNSPEC};
    socklen_t size = sizeof(peer);
    struct address address = {.bytes = {[15] = 1}};
    if (getpeername(descriptor, (struct sockaddr *)&peer, &size) != 0)
        return address;
    if (peer.ss_family == AF_INET6)
        memcpy(address.bytes, ((const struct sockaddr_in6 *)(const void *)&peer)->sin6_addr.s6_addr,
               sizeof(address.bytes));
    else if (peer.ss_family == AF_INET)
        address = address_of_v4(
            (const uint8_t *)&((const struct sockaddr_in *)(const void *)&peer)->sin_addr.s_addr);
    return address;
}

static void descriptor_refuse(int descriptor)
{
    static const char answer[] =
        "HTTP/1.1 429 Too Many Requests\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "Content-Length: 52\r\nRetry-After: 5\r\nConnection: close\r\n\r\n" PORT_TOO_MANY_FROM_ADDRESS;
    ssize_t sent = send(descriptor, answer, sizeof(answer) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)sent; /* told if it can be */
    shutdown(descriptor, SHUT_WR);
    close(descriptor);
}

/* The admin port is for those who have been let near it. */
static bool client_is_admitted(struct port *port, struct address_use *use, int descriptor)
{
    struct net *net = port->net;
    return port != &net->public_port ||
           address_limit_admit(&net->address_limit, use, descriptor_peer(descriptor));
}

static void port_take(void *context, int descriptor)
{
    struct port *port = context;
    struct client *client = alloc_zeroed(sizeof(*client));
    client->port = port;
    port->connections++;
    if (client_is_admitted(port, &client->use, descriptor)) {
        exchange_begin(client, descriptor);
    } else {
        port->refused_crowd++;
        descriptor_refuse(descriptor);
        client_destroy(client);
    }
}

void port_open(struct port *port, struct listener *listener)
{
    listener_start(listener, port->net->options.loop,
                   (struct listener_taker){.take = port_take, .has_room = port_has_room, .context = port});
}
