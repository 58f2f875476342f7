#ifndef RELEVO_APP_DESK_DESKS_PRIVATE_H
#define RELEVO_APP_DESK_DESKS_PRIVATE_H

#include "app/desk/desks.h"
#include "app/desk/discards.h"
#include "app/desk/task.h"
#include "base/map.h"

/* The body of the registry. */

struct desks {
    struct node *node;
    struct map all;           /* by workspace */
    struct map by_id;         /* those that are READY, by workspace_id */
    struct list ready;        /* whose heads were looked at longest ago first */
    struct list idle;         /* that nobody wants, those longest so first: */
    struct alarm unload;      /* it may go */
    struct weight weight;     /* of the tasks that are not settled, of all desks */
    struct discards discards; /* what desks have left behind */
    /* How their subscribers take notice. */
    void (*notice)(struct subscriber *subscriber, const struct desk_notice *notice);
};

/* What desks->by_id is keyed by. */
struct bytes desks_id_key(const void *desk);

/* When the desk with this idle_link may go. */
int64_t desks_unload_ms(const struct desks *desks, const struct list *link);

#endif
