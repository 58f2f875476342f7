#ifndef RELEVO_APP_HUB_PRIVATE_H
#define RELEVO_APP_HUB_PRIVATE_H

#include "app/desk/desks.h"
#include "app/hub/hub.h"
#include "app/hub/polls.h"
#include "app/node/node.h"
#include "app/session/sessions.h"

/* The body of the hub, for its own files; the transport only sees hub.h. */
struct hub {
    struct node node;
    struct desks *desks;
    struct sessions *sessions;
    struct polls polls;
};

/* The functions that take what the store tells (listen.c). */
struct store_listener hub_listener(struct hub *hub);

/* heartbeat.c: hub_init_peers completes node.peers. hub_hear_peer takes what another node has told of this
 * workspace. */
void hub_init_peers(struct hub *hub);
void hub_hear_peer(struct hub *hub, int64_t workspace_id, struct bytes words);

#endif
