#ifndef RELEVO_APP_DESK_DESKS_H
#define RELEVO_APP_DESK_DESKS_H

#include "app/desk/desk.h"
#include "app/node/node.h"

/* All desks of this node. */

struct identity;

struct desks;

struct desks *desks_create(struct node *node);

/* From now on their subscribers take notice so. The subscriber may neither leave the desk nor be destroyed
 * meanwhile. */
void desks_set_notice(struct desks *desks,
                      void (*notice)(struct subscriber *subscriber, const struct desk_notice *notice));

/* No session and no request may be left. Nulls the pointer. */
void desks_destroy(struct desks **desks);

/* How many there are, and how many of them are READY. */
size_t desks_count(const struct desks *desks);
size_t desks_count_ready(const struct desks *desks);

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
