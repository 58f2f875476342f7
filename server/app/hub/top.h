#ifndef RELEVO_APP_HUB_TOP_H
#define RELEVO_APP_HUB_TOP_H

#include "app/session/sessions_top.h"

/* Who is slow and who is busy, for an operator who asks: a few of each kind, by their ids. It is found by a
 * look at all desks, at who has commanded within METER_WINDOW_US or two, and at who is behind. */

struct hub;

struct top_workspace {
    struct bytes workspace;
    int64_t commands_per_ks; /* that have come, in a thousand seconds, whatever became of them */
    int64_t lookups_per_ks;  /* into the store, that clients asked for */
    int64_t connections;
    int64_t open;      /* conversations; 0 while it is not ready */
    size_t queued;     /* commands that have not been judged; */
    int64_t oldest_us; /* for how long the first of them has waited */
};

enum { TOP_WORKSPACES = 4 * RANKING_ROOM };

/* The strings are borrowed, until the hub is called again. */
struct hub_top {
    size_t workspaces_count; /* those with the most commands, connections, open conversations, look-ups; */
    struct top_workspace workspaces[TOP_WORKSPACES]; /* the most commands first */
    size_t persons_count;                            /* with the most commands */
    struct top_person persons[RANKING_ROOM];
    size_t dashboards_count; /* that have been behind for longest */
    struct top_connection dashboards[RANKING_ROOM];
    size_t consumers_count; /* likewise */
    struct top_connection consumers[RANKING_ROOM];
};

struct hub_top hub_top(const struct hub *hub);

#endif
