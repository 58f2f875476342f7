#ifndef RELEVO_APP_HUB_TOP_H
#define RELEVO_APP_HUB_TOP_H

#include "app/session/sessions_top.h"

/* Which workspaces and clients are slow or busy, for an operator who asks: a few of each kind, by their ids.
 * They are found by a look at all desks, at the principals that gave a command within twice METER_WINDOW_US,
 * and at the clients that are behind. */

struct hub;

struct top_workspace {
    struct bytes workspace;
    int64_t commands_per_ks; /* commands that have come in a thousand seconds, whatever became of them */
    int64_t lookups_per_ks;  /* look-ups that clients asked for, in a thousand seconds */
    int64_t connections;
    int64_t open;      /* Open conversations; 0 while the desk is not ready */
    size_t queued;     /* commands that have not been judged */
    int64_t oldest_us; /* how long the oldest of them has waited, in microseconds; 0: there is none */
};

enum { TOP_WORKSPACES = 4 * RANKING_ROOM };

/* The strings are borrowed, and valid until the hub is called again. */
struct hub_top {
    /* Those with the most commands, connections, open conversations or look-ups. Those with the most commands
     * come first. */
    size_t workspaces_count;
    struct top_workspace workspaces[TOP_WORKSPACES];
    size_t persons_count; /* the principals with the most commands */
    struct top_person persons[RANKING_ROOM];
    size_t dashboards_count; /* those that have been behind for longest */
    struct top_connection dashboards[RANKING_ROOM];
    size_t consumers_count; /* those that have been behind for longest */
    struct top_connection consumers[RANKING_ROOM];
};

struct hub_top hub_top(const struct hub *hub);

#endif
