#ifndef RELEVO_APP_DESK_DESKS_H
#define RELEVO_APP_DESK_DESKS_H

#include "app/desk/desk.h"
#include "app/desk/discards.h"
#include "app/node/node.h"
#include "base/map.h"

/* All desks of this node. */

struct identity;

struct desks {
    struct node *node;
    struct map all;           /* by workspace */
    struct map by_id;         /* those that are READY, by workspace_id */
    struct list ready;        /* whose heads were looked at longest ago first */
    struct list idle;         /* that nobody wants, those longest so first: */
    struct alarm unload;      /* it may go */
    struct weight weight;     /* of the tasks that are not settled, of all desks */
    struct discards discards; /* what desks have left behind */
    /* How their subscribers take notice; whoever makes them sets it. The subscriber may neither leave the
     * desk nor be destroyed meanwhile. */
    void (*notice)(struct subscriber *subscriber, const struct desk_notice *notice);
};

void desks_init(struct desks *desks, struct node *node);

/* No session and no request may be left. */
void desks_finish(struct desks *desks);

/* Two ways lead to a desk, and no third, so that workspaces are sealed: the identity that a credential has
 * given, and the database's word that something is due there; no message names one. It starts loading if it
 * was not there. */
struct desk *desks_of_identity(struct desks *desks, const struct identity *identity);
struct desk *desks_of_due(struct desks *desks, const struct store_due *due, size_t index);

/* Whether one more session may sign in to the identity's workspace; else, its desk, which says so. */
struct desk *desks_find_full(struct desks *desks, const struct identity *identity);

/* The desk of this workspace that is READY; NULL where there is none. */
struct desk *desks_find_id(const struct desks *desks, int64_t workspace_id);

/* One that is READY; NULL where there is none. */
const struct desk *desks_first_ready(const struct desks *desks);

/* The ids of those that are READY, at most LIMIT_HEADS. Returns how many. */
size_t desks_list_ready(const struct desks *desks, int64_t *ids);

/* The ids of those that are READY whose heads are to be looked at now, at most LIMIT_HEADS: the ones for
 * which that was longest ago. They are the last from now on, and remember how far they are. Returns how many.
 */
size_t desks_take_turn(struct desks *desks, int64_t *ids);

/* What nodes have said of people may have been lost: it is said again, in a while. */
void desks_heal_presence(struct desks *desks);

/* The next of all desks, from *position (0 at first) on; NULL at the end. */
struct desk *desks_next(const struct desks *desks, size_t *position);

/* The desk has become READY, or is so no more: hints find it and its head is looked at, or not. */
void desks_note_ready(struct desks *desks, struct desk *desk);
void desks_forget_ready(struct desks *desks, struct desk *desk);

/* Nobody wants the desk any more, from now on: unless somebody does again, it goes after a while, but never
 * while the store cannot be asked. */
void desks_note_idle(struct desks *desks, struct desk *desk);

/* The store can be asked again: desks that nobody wants may go. */
void desks_watch_idle(struct desks *desks);

/* Some node is said to have committed up to seq in this workspace. */
void desks_hint(struct desks *desks, int64_t workspace_id, int64_t seq);

/* The log of this workspace ends there. */
void desks_take_head(struct desks *desks, int64_t workspace_id, int64_t seq, int64_t mark_ms);

/* Nothing is queued or in the store's hands, of any. */
bool desks_are_settled(const struct desks *desks);

#endif
