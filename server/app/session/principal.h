#ifndef RELEVO_APP_SESSION_PRINCIPAL_H
#define RELEVO_APP_SESSION_PRINCIPAL_H

#include "app/ports/credential.h"
#include "base/list.h"
#include "core/alarms.h"
#include "core/fair_queue.h"
#include "core/meter.h"
#include "core/rate.h"
#include "core/reason.h"
#include "core/share.h"

/* Somebody who is connected to this node, over all his connections: what bounds how many these may be, and
 * how fast he may command. It outlasts his last connection until he has earned his whole burst anew: coming
 * back is no way around. */

struct desk;
struct node;
struct sessions;

struct principal {
    struct sessions *sessions;
    struct node *node;
    struct text *key; /* workspace, role, id */
    int sessions_count;
    struct rate commands;
    struct meter commands_of_late; /* that have come, whatever became of them; */
    int64_t commanded_us;          /* the last of them then */
    struct list busy_link;         /* in the sessions', since the first */
    struct rate_limit limit;
    struct share share;          /* of what his workspace may command */
    struct rate refusals;        /* of connections that were one too many */
    struct fair_source arrivals; /* his sessions that have signed in, in node.arrivals */
    struct fair_source lookups;  /* what he looks up, in node.lookups */
    size_t unfinished_bytes;     /* of messages that have not come whole */
    struct alarm forget;         /* while he has no sessions */
};

/* He has one connection more. NULL: he has as many as he may have. */
struct principal *principal_join(struct sessions *sessions, const struct identity *identity);

/* Who is connected, or has been of late, as this; NULL: nobody. */
struct principal *principal_find(const struct sessions *sessions, const struct identity *identity);

/* He has one less. Nulls the pointer; NULL is fine. */
void principal_leave(struct principal **principal);

/* He gives a command, whatever becomes of it. */
void principal_note_command(struct principal *principal);

/* Who he is, borrowed from the key. */
struct bytes principal_workspace(const struct principal *principal);
enum role principal_role(const struct principal *principal);
struct bytes principal_id(const struct principal *principal);

/* Whether he may give one more command of so many bytes now, by his own rate and by his workspace's. A long
 * one counts as several (LIMIT_COMMAND_BYTES): it has to find one there, and what it costs besides is owed.
 */
bool principal_may_command(struct principal *principal, struct desk *desk, size_t bytes);

/* One that was allowed has been refused: for a temporary reason, what it cost besides is given back. */
void principal_note_refusal(struct principal *principal, struct desk *desk, enum reason reason, size_t bytes);

/* From least_ms to twice as much, always the same of him: so that a crowd that is sent away in one moment
 * does not come back in one, and what one person tries again stays in order. */
int64_t principal_spread_ms(const struct principal *principal, int64_t least_ms);

/* One of his commands has been refused for this reason, which is temporary: how long he is to wait before he
 * sends it again, in ms, more than 0. If it had been allowed, and nobody has looked at it, it has cost him
 * nothing. */
int64_t principal_retry_ms(struct principal *principal, struct desk *desk, enum reason reason);

/* Nobody is connected any more: all are forgotten. */
void principals_forget_all(struct sessions *sessions);

/* What sessions.principals is keyed by. */
struct bytes principal_key(const void *principal);

#endif
