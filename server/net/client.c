#include "net/client.h"

#include <stdio.h>
#include <stdlib.h>

#include "net/private.h"
#include "net/upgrade.h"

void client_upgrade(struct client *client, int descriptor, const char key[UPGRADE_KEY_SIZE], bool is_page)
{
    struct net *net = client->port->net;
    struct lws_vhost *vhost = is_page ? net->pages : net->programs;
    /* By the host, libwebsockets looks for the vhost once more. */
    char request[256];
    int size =
        snprintf(request, sizeof(request),
                 "GET " UPGRADE_PATH " HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: " UPGRADE_PROTOCOL "\r\n"
                 "Sec-WebSocket-Key: %.*s\r\n\r\n",
                 lws_get_vhost_name(vhost), UPGRADE_KEY_SIZE, key);
    /* All callbacks of the handshake come from within. It closes the descriptor where it fails. */
    net->upgrading = client;
    lws_adopt_socket_vhost_readbuf(vhost, descriptor, request, (size_t)size);
    if (net->upgrading == NULL)
        return;
    net->upgrading = NULL;
    client_destroy(client);
}

int client_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t size)
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
        if (client_of(wsi) != NULL)
            client_destroy(client_of(wsi));
        return 0;
    default: return 0;
    }
}

void client_destroy(struct client *client)
{
    address_limit_leave(&client->port->net->address_limit, &client->use);
    client->port->connections--;
    free(client);
}
