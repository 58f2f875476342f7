#ifndef RELEVO_APP_DESK_DESKS_PRIVATE_H
#define RELEVO_APP_DESK_DESKS_PRIVATE_H

#include "app/desk/desks.h"
#include "app/desk/discards.h"
#include "app/desk/task.h"
#include "base/map.h"

/* The body of struct desks, for its own files. */

struct desks {
    struct node *node;
    struct map all;   /* struct desk by workspace name */
    struct map by_id; /* the READY desks by workspace_id */
    /* The READY desks, by ready_link; the one whose head was asked for longest ago is first. */
    struct list ready;
    struct list idle; /* the desks that nobody wants, by idle_link; the one that is idle longest is first */
    struct alarm unload;      /* rings when the first idle desk may be unloaded */
    struct weight weight;     /* the size of all desks' tasks that are not settled */
    struct discards discards; /* the rosters that desks have given up */
    /* How subscribers are told notices (desks_set_notice). */
    void (*notice)(struct subscriber *subscriber, const struct desk_notice *notice);
};

/* The key of desks->by_id. */
struct bytes desks_id_key(const void *desk);

/* When the desk with this idle_link may be unloaded, in milliseconds of the monotonic clock. */
int64_t desks_unload_ms(const struct desks *desks, const struct list *link);

#endif
