#ifndef RELEVO_NET_ORIGINS_H
#define RELEVO_NET_ORIGINS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/alloc.h"
#include "base/bytes.h"
#include "protocol/limits.h"

/* From which pages a browser may connect: origins as browsers write them, scheme://host[:port] in lower case
 * (https://html.spec.whatwg.org/multipage/browsers.html#ascii-serialisation-of-an-origin). */
struct origins {
    char *allowed[LIMIT_ORIGINS];
    size_t allowed_count;
};

/* False when the list is full. */
MUST_USE bool origins_add(struct origins *origins, const char *origin);

void origins_finish(struct origins *origins);

/* Whether this is exactly one of them. */
bool origins_allow(const struct origins *origins, struct bytes origin);

/* Whether the Host header names where one of them lives. A page elsewhere that has its own name point at this
 * machine (DNS rebinding) does not get past this. */
bool origins_allow_host(const struct origins *origins, struct bytes host);

#endif
