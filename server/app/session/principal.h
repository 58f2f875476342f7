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

/* A person or a program that is connected to this node, over all of its connections. It limits how many
 * connections there may be, and how fast commands may come. It stays after its last connection until it has
 * earned its whole burst again, so reconnecting does not get around the limits. How a connection becomes one
 * of a principal, and when its token is over, says sign_in.c. */

struct desk;
struct node;
struct sessions;

struct principal {
    struct sessions *sessions;
    struct node *node;
    struct text *key; /* made of workspace, role and id */
    int sessions_count;
    struct rate commands;          /* the commands that it has given */
    struct meter commands_of_late; /* commands that have come, whatever became of them */
    int64_t commanded_us;          /* when the last of them came, on the monotonic clock; 0: none has come */
    struct list busy_link;         /* in sessions->busy, from its first command on */
    struct rate_limit limit;       /* the limit of `commands` */
    struct share share;            /* its share of the commands that its workspace may give */
    struct rate refusals;          /* limits how often a connection too many is told at once */
    struct fair_source arrivals;   /* its source in node.arrivals: its sessions that wait to join */
    struct fair_source lookups;    /* its source in node.lookups */
    size_t unfinished_bytes;       /* bytes of messages that have not come whole */
    struct alarm forget;           /* set while it has no sessions; it is freed when it rings */
};

/* Counts one more connection of this identity; the principal is created if it is not there. NULL: it has as
 * many connections as it may have (LIMIT_CONNECTIONS_OF_PERSON). */
struct principal *principal_join(struct sessions *sessions, const struct identity *identity);

/* The principal of this identity that is connected, or was not long ago. NULL: there is none. */
struct principal *principal_find(const struct sessions *sessions, const struct identity *identity);

/* Counts one connection less, and frees the principal when it need not be remembered. Nulls the pointer; NULL
 * is fine. */
void principal_leave(struct principal **principal);

/* Counts a command, whatever becomes of it. */
void principal_note_command(struct principal *principal);

/* The parts of its identity, borrowed from the key. */
struct bytes principal_workspace(const struct principal *principal);
enum role principal_role(const struct principal *principal);
struct bytes principal_id(const struct principal *principal);

/* Whether the principal may give one more command of so many bytes now, by its own rate and by its
 * workspace's. If so, the command is charged to both. A long command counts as several (LIMIT_COMMAND_BYTES):
 * one must be left at the moment, and the rest becomes a debt. */
bool principal_may_command(struct principal *principal, struct desk *desk, size_t bytes);

/* A command that was allowed has been refused. If the reason is temporary, what it cost beyond one command is
 * given back. */
void principal_note_refusal(struct principal *principal, struct desk *desk, enum reason reason, size_t bytes);

/* A time between least_ms and twice that, always the same for one principal. So many clients that are sent
 * away at one moment do not come back at one moment, and what one of them sends again stays in order. */
int64_t principal_spread_ms(const struct principal *principal, int64_t least_ms);

/* How long the client has to wait before it sends a command again that was refused for this temporary reason,
 * in milliseconds, more than 0. If the command had been allowed but was not judged (busy, unavailable), what
 * it cost is given back. */
int64_t principal_retry_ms(struct principal *principal, struct desk *desk, enum reason reason);

/* Frees all principals. Nobody may be connected (asserted). */
void principals_forget_all(struct sessions *sessions);

/* The key of sessions.principals. */
struct bytes principal_key(const void *principal);

#endif
