#ifndef RELEVO_NET_ADDRESS_LIMIT_H
#define RELEVO_NET_ADDRESS_LIMIT_H

#include <stddef.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/map.h"
#include "net/forwarded.h"

/* How many connections there are from where, so that one address cannot take all room there is. An IPv6
 * client counts by the first half of its address: the other half is its own to choose. This machine itself
 * and the proxies are not counted: others are behind them. */
struct address_limit {
    struct map by_address; /* struct address_count */
    const struct proxies *proxies;
    struct log_ration lines;
};

/* One connection. Its memory is the caller's, zeroed at first. */
struct address_use {
    struct address address;      /* where it comes from, so far as is known */
    struct address_count *count; /* what it is counted with; NULL: it is not counted */
    bool is_known;               /* it has signed in */
};

/* The proxies are borrowed. */
void address_limit_init(struct address_limit *limit, const struct proxies *proxies, struct hash_key random);

/* All uses have ended. */
void address_limit_finish(struct address_limit *limit);

/* A connection has come, or turns out to come from elsewhere than it seemed. False, and it is not counted any
 * more, where there are too many connections from there, or too many that have not signed in. */
MUST_USE bool address_limit_admit(struct address_limit *limit, struct address_use *use, struct address from);

/* It has signed in. May be said more than once. */
void address_limit_sign_in(struct address_use *use);

/* It is gone. Harmless where it is not counted. */
void address_limit_leave(struct address_limit *limit, struct address_use *use);

#endif
