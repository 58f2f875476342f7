#ifndef RELEVO_STORE_RECONNECT_H
#define RELEVO_STORE_RECONNECT_H

#include <stdint.h>

#include "base/list.h"
#include "store/hosts.h"

/* How a node's connections come back to a database that was away: together. While none is in, one at a time
 * tries, every half second at the most where that costs little, and the others wait for it; when one gets in,
 * those who wait follow at once. So a node is back as soon as its database is, and neither it nor a crowd of
 * nodes, whose moments are random, storms a database that starts. A connection that is refused for a reason
 * of its own (no slots left, a role that may not connect) waits alone, longer each time. */

struct connection;

/* How an attempt ended that came to nothing. */
enum attempt {
    ATTEMPT_IN_VAIN, /* nobody answered, or it does not serve (yet); also: it was in, and was lost */
    ATTEMPT_REFUSED, /* the database is there, and does not let this one in now */
    ATTEMPT_UNFIT,   /* nor will it before somebody has changed something */
};

/* Of one that ended with this SQLSTATE; "" for none. */
enum attempt attempt_of(const char *sqlstate);

/* How long the connection's present attempt has taken, or the last did. */
int64_t reconnect_trying_ms(const struct connection *connection);

struct reconnect {
    struct list connections; /* all, by reconnect_link; who has rested longest before others who rest */
    struct hosts hosts;      /* what one has found to hang, the others try last too */
    int refusals;            /* in a row, while none is in */
};

/* Before the connections that share it are started; and after they have stopped. */
void reconnect_init(struct reconnect *reconnect);
void reconnect_finish(struct reconnect *reconnect);

/* The connection is RESTING from now on. Returns who is to try next, and in how many milliseconds; NULL:
 * nobody beside those who are at it. */
struct connection *reconnect_rest(struct connection *connection, enum attempt attempt, uint64_t *after_ms_r);

/* Another connection has just got in: in how many milliseconds this one is to make its next attempt, anew
 * where it is CONNECTING; RECONNECT_NOT: it goes on as it is. */
enum { RECONNECT_NOT = -1 };
int64_t reconnect_follow(const struct connection *connection);

#endif
