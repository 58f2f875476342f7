#ifndef RELEVO_NET_BUNDLE_H
#define RELEVO_NET_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/frame.h"
#include "protocol/limits.h"

/* The frames that one connection is due in one turn, which leave in one write. One that is alone is only
 * held, as it may be shared; several lie one behind the other, each with its WebSocket header. There is one
 * bundle for all connections: it is empty between them. */

enum {
    BUNDLE_FRAMES = 16,
    BUNDLE_BYTES = 16384, /* with so many it is full; its last frame may be as large as any */
    BUNDLE_HEADER_BYTES_MAX = 10,
};

struct bundle {
    struct frame *first; /* the only one; NULL: there is none, or there are more */
    uint32_t count;
    uint32_t size; /* of `bytes`, once there are several */
    uint8_t bytes[BUNDLE_BYTES + BUNDLE_FRAMES * BUNDLE_HEADER_BYTES_MAX + LIMIT_SENT_BYTES];
};

struct session;

/* Takes what the session has for its client, until the bundle is full. True: it has more. */
bool bundle_gather(struct bundle *bundle, struct session *session);

/* Takes over the reference and nulls the caller's pointer. The bundle is not full. */
void bundle_add(struct bundle *bundle, struct frame **frame);

bool bundle_is_full(const struct bundle *bundle);

/* It is empty again. */
void bundle_clear(struct bundle *bundle);

#endif
