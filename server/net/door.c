/* How connections come in. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/net_private.h"

static bool door_has_room(void *context)
{
    struct door *door = context;
    bool has_room = door->connections < door->connections_max;
    door->refused_full += !has_room;
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
        "Content-Length: 52\r\nRetry-After: 5\r\nConnection: close\r\n\r\n" NET_TOO_MANY_FROM_ADDRESS;
    ssize_t sent = send(descriptor, answer, sizeof(answer) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)sent; /* told if it can be */
    shutdown(descriptor, SHUT_WR);
    close(descriptor);
}

/* The admin port is for those who have been let near it. */
static bool door_admits(struct door *door, struct guest *guest, int descriptor)
{
    struct net *net = door->net;
    return door != &net->public_door || visitors_admit(&net->visitors, guest, descriptor_peer(descriptor));
}

static void door_take(void *context, int descriptor)
{
    struct door *door = context;
    struct caller *caller = alloc_zeroed(sizeof(*caller));
    caller->door = door;
    door->connections++;
    if (door_admits(door, &caller->guest, descriptor)) {
        arrival_begin(caller, descriptor);
    } else {
        door->refused_crowd++;
        descriptor_refuse(descriptor);
        door_forget(caller);
    }
}

void door_open(struct door *door, struct listener *listener)
{
    listener_start(listener, door->net->options.loop,
                   (struct listener_taker){.take = door_take, .has_room = door_has_room, .context = door});
}

void door_upgrade(struct caller *caller, int descriptor, const char key[UPGRADE_KEY_SIZE])
{
    struct net *net = caller->door->net;
    char request[256];
    int size = snprintf(request, sizeof(request),
                        "GET " UPGRADE_PATH
                        " HTTP/1.1\r\nHost: relevo\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: " UPGRADE_PROTOCOL "\r\n"
                        "Sec-WebSocket-Key: %.*s\r\n\r\n",
                        UPGRADE_KEY_SIZE, key);
    /* All callbacks of the handshake come from within. It closes the descriptor where it fails. */
    net->upgrading = caller;
    lws_adopt_socket_vhost_readbuf(net->vhost, descriptor, request, (size_t)size);
    if (net->upgrading == NULL)
        return;
    net->upgrading = NULL;
    door_forget(caller);
}

int door_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t size)
{
    (void)user;
    (void)in;
    (void)size;
    switch ((int)reason) {
    case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED:
        lws_set_opaque_user_data(wsi, net_of(wsi)->upgrading);
        net_of(wsi)->upgrading = NULL;
        return 0;
    case LWS_CALLBACK_WSI_DESTROY:
        if (caller_of(wsi) != NULL)
            door_forget(caller_of(wsi));
        return 0;
    default: return 0;
    }
}

void door_forget(struct caller *caller)
{
    visitors_leave(&caller->door->net->visitors, &caller->guest);
    caller->door->connections--;
    free(caller);
}
