#ifndef RELEVO_APP_HUB_POLLS_H
#define RELEVO_APP_HUB_POLLS_H

#include "app/hub/poll.h"
#include "app/ports/store.h"

/* What the hub asks the store again and again, while the store can be asked. */

struct hub;

struct polls {
    struct poll due; /* pauses that end soon, in workspaces that are not loaded here */
    struct store_due due_request;
    struct poll heads; /* where the logs end, in case a hint was lost */
    struct store_heads heads_request;
    struct poll revocations; /* tokens that have been revoked */
    struct store_revocations revocations_request;
};

void polls_init(struct hub *hub);

/* The store can be asked from now on: each poll asks at once. */
void polls_start(struct hub *hub);

/* The store cannot be asked any more. Questions that have been asked are still answered. */
void polls_stop(struct hub *hub);

/* Whether the store has been asked something, and has not answered. */
bool polls_are_asking(const struct polls *polls);

#endif
