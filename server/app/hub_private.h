#ifndef RELEVO_APP_HUB_PRIVATE_H
#define RELEVO_APP_HUB_PRIVATE_H

#include "app/desks.h"
#include "app/hub.h"
#include "app/node.h"
#include "app/polls.h"
#include "app/revocations.h"
#include "app/watching.h"

/* The body of the hub, for desks and sessions; the transport sees hub.h only. */
struct hub {
    struct node node;
    struct desks desks;
    struct polls polls;

    struct list sessions;
    struct map principals;   /* by workspace, role and id; those who are connected, or have been of late */
    size_t unfinished_bytes; /* held by sessions of messages that have not come whole; */
    size_t unfinished_strangers_bytes; /* of them, by who has not signed in */
    struct watching watching;
    struct revocations revocations;
    bool knows_revocations;     /* all that this database had at some moment: until then nobody joins */
    int held_count;             /* sessions that are one too many, and have not been told yet */
    struct alarm queries_again; /* some queries wait to be asked again */
};

/* What is to become of what the store tells. */
struct store_listener hub_listener(struct hub *hub);

/* Some node is said to have committed up to seq in this workspace. */
void hub_hint(struct hub *hub, int64_t workspace_id, int64_t seq);

/* The log of this workspace ends there. */
void hub_take_head(struct hub *hub, int64_t workspace_id, int64_t seq, int64_t mark_ms);

/* A session's query waits to be asked again, in a while. */
void hub_note_query(struct hub *hub);

/* More tokens are good no more: whoever came with one of them is closed. */
void hub_take_revocations(struct hub *hub, const struct store_revocations *taken);

/* The other nodes (hub_peers.c): what they say, and who of them falls silent. */
void hub_init_peers(struct hub *hub);
void hub_hear_peer(struct hub *hub, int64_t workspace_id, struct bytes words);

#endif
