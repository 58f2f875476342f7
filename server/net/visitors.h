#ifndef RELEVO_NET_VISITORS_H
#define RELEVO_NET_VISITORS_H

#include <stddef.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/map.h"
#include "net/forwarded.h"

/* How many connections there are from where, so that one address cannot take all room there is. An IPv6
 * client counts by the first half of its address: the other half is its own to choose. This machine itself
 * and the proxies are not counted: others are behind them. */
struct visitors {
    struct map by_address; /* struct visitor */
    const struct proxies *proxies;
    struct log_ration lines;
};

/* One connection. Its memory is the caller's, zeroed at first. */
struct guest {
    struct address address;  /* where it comes from, so far as is known */
    struct visitor *visitor; /* what it is counted with; NULL: it is not counted */
    bool is_known;           /* it has signed in */
};

/* The proxies are borrowed. */
void visitors_init(struct visitors *visitors, const struct proxies *proxies, struct hash_key random);

/* All guests have left. */
void visitors_finish(struct visitors *visitors);

/* A guest has come, or turns out to come from elsewhere than it seemed. False, and it is not counted any
 * more, where there are too many connections from there, or too many that have not signed in. */
MUST_USE bool visitors_admit(struct visitors *visitors, struct guest *guest, struct address from);

/* It has signed in. May be said more than once. */
void visitors_know(struct guest *guest);

/* It is gone. Harmless where it is not counted. */
void visitors_leave(struct visitors *visitors, struct guest *guest);

#endif
