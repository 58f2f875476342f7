#ifndef RELEVO_NET_FORWARDED_H
#define RELEVO_NET_FORWARDED_H

#include <stddef.h>

#include "base/address.h"
#include "base/bytes.h"

/* The proxies whose word is taken for where a client is. */
struct proxies {
    const struct network *networks; /* borrowed */
    size_t count;
};

bool proxies_have(const struct proxies *proxies, const struct address *address);

/* Where a client is, that came from `peer` with this X-Forwarded-For (no bytes: without one; several lines
 * joined by commas). Each proxy has added to its end whom it was talking to. So it is read from there, for as
 * long as what has been found is a proxy of ours: the first that is none is the client, and what it says
 * itself is not looked at. Where it cannot be read on, it is the last that could be. */
struct address forwarded_client(struct address peer, const struct proxies *proxies,
                                struct bytes forwarded_for);

#endif
