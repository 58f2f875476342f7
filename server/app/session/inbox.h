#ifndef RELEVO_APP_SESSION_INBOX_H
#define RELEVO_APP_SESSION_INBOX_H

#include <stddef.h>
#include <stdint.h>

#include "core/rate.h"

/* The limits on what a client sends (inbox.c). */
struct inbox {
    struct rate frames;        /* frames that it has sent */
    int renewals;              /* how often it has renewed its token since renewals_since_us */
    int64_t renewals_since_us; /* on the monotonic clock */
    int64_t unseen_bytes;      /* bytes of pings and the like, less what has been forgiven up to unseen_us */
    int64_t unseen_us;         /* on the monotonic clock; when unseen_bytes was last computed */
    size_t unfinished_bytes;   /* bytes that are held of a message that has not come whole */
};

#endif
