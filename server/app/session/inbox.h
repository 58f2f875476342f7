#ifndef RELEVO_APP_SESSION_INBOX_H
#define RELEVO_APP_SESSION_INBOX_H

#include <stddef.h>
#include <stdint.h>

#include "core/rate.h"

/* What bounds that which a client sends (inbox.c). */
struct inbox {
    struct rate frames;
    int renewals; /* of the token, since: */
    int64_t renewals_since_us;
    int64_t unseen_bytes;    /* of pings and the like: those that have not been forgiven, */
    int64_t unseen_us;       /* at this time */
    size_t unfinished_bytes; /* what is held of a message that has not come whole */
};

#endif
