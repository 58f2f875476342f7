#ifndef RELEVO_APP_DESK_DESKS_H
#define RELEVO_APP_DESK_DESKS_H

#include "app/desk/desk.h"
#include "app/node/node.h"

/* All desks of this node (their registry). */

struct desks;
struct identity;

struct desks *desks_create(struct node *node);

/* Sets how subscribers of all desks are told notices. Inside `notice` the subscriber may neither leave the
 * desk nor be destroyed. */
void desks_set_notice(struct desks *desks,
                      void (*notice)(struct subscriber *subscriber, const struct desk_notice *notice));

/* Frees all desks. No subscriber and no request may be left. Nulls the pointer. */
void desks_destroy(struct desks **desks);

/* How many desks there are, and how many of them are READY. */
size_t desks_count(const struct desks *desks);
size_t desks_count_ready(const struct desks *desks);

/* Only two ways make a desk, so that workspaces are isolated from each other: the identity that a credential
 * gave, and the database's answer that something is due there. No client's message names a workspace. A desk
 * that is not there yet is created, and starts to load. */
struct desk *desks_of_identity(struct desks *desks, const struct identity *identity);
struct desk *desks_of_due(struct desks *desks, const struct store_due *due, size_t index);

/* NULL: one more session may sign in to the identity's workspace. Else the workspace has as many connections
 * as it may have, and this is its desk. */
struct desk *desks_find_full(struct desks *desks, const struct identity *identity);

/* The READY desk of this workspace; NULL where there is none. */
struct desk *desks_find_id(const struct desks *desks, int64_t workspace_id);

/* Some READY desk; NULL where there is none. */
const struct desk *desks_first_ready(const struct desks *desks);

/* Writes the workspace ids of READY desks into `ids`, at most LIMIT_HEADS. Returns how many. */
size_t desks_list_ready(const struct desks *desks, int64_t *ids);

/* Writes the workspace ids of the READY desks whose heads are asked for now, at most LIMIT_HEADS: the ones
 * that were asked for longest ago. They go to the end of the order, and remember their present seq
 * (asked_head_seq). Returns how many. */
size_t desks_take_turn(struct desks *desks, int64_t *ids);

/* What nodes have told each other of people may have been lost. Each READY desk tells and asks again within
 * LIMIT_PRESENCE_HEAL_MS. */
void desks_heal_presence(struct desks *desks);

/* The next desk from *position on, which is 0 at first; NULL at the end. */
struct desk *desks_next(const struct desks *desks, size_t *position);

/* The desk has become READY, or is no longer READY. Only a READY desk gets hints, and has its head asked
 * for. */
void desks_note_ready(struct desks *desks, struct desk *desk);
void desks_forget_ready(struct desks *desks, struct desk *desk);

/* Nobody wants the desk from now on. Unless somebody does again, it is unloaded after limits.desk_idle_ms,
 * but only while the store can be asked. */
void desks_note_idle(struct desks *desks, struct desk *desk);

/* The store can be asked again: desks that nobody wants may be unloaded. */
void desks_watch_idle(struct desks *desks);

/* A hint for the desk of this workspace, if it is READY (desk_hint). */
void desks_hint(struct desks *desks, int64_t workspace_id, int64_t seq);

/* An answer to a question for its head, for the desk of this workspace, if it is READY (desk_take_head). */
void desks_take_head(struct desks *desks, int64_t workspace_id, int64_t seq, int64_t mark_ms);

/* Whether every desk is settled (desk_is_settled). */
bool desks_are_settled(const struct desks *desks);

#endif
