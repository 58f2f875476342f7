#ifndef RELEVO_APP_HUB_POLLS_H
#define RELEVO_APP_HUB_POLLS_H

#include "app/hub/poll.h"
#include "app/ports/store.h"

/* What the hub asks the store for again and again, for as long as the store can be asked. */

struct hub;

struct polls {
    struct poll due; /* pauses that end soon in workspaces that are not loaded here */
    struct store_due due_request;
    struct poll heads; /* what other nodes have committed, where a hint was lost */
    struct store_heads heads_request;
    struct poll revocations;
    struct store_revocations revocations_request;
};

void polls_init(struct hub *hub);

/* The store can be asked from now on: each asks at once. */
void polls_start(struct hub *hub);

/* It cannot any more. What has been asked is still answered. */
void polls_stop(struct hub *hub);

/* Something has been asked, and not answered. */
bool polls_are_asking(const struct polls *polls);

#endif
