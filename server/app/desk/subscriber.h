#ifndef RELEVO_APP_DESK_SUBSCRIBER_H
#define RELEVO_APP_DESK_SUBSCRIBER_H

#include "app/desk/sync.h"
#include "base/list.h"

/* Whoever hangs on a desk. The desk never pushes: it says that there may be something (the ready list), and
 * the subscriber takes what he is behind by when he can. The desk knows nothing else of him. */

/* What a desk tells a subscriber at once. */
enum desk_notice_kind {
    DESK_LOADED, /* it is READY; what rested on the log that was known before, if any, is void */
    DESK_LAGGED, /* the subscriber is too far behind: not all that happened since is known any more */
    DESK_ERASED, /* a conversation: what has been read of it, and not been sent yet, is void */
};
struct desk_notice {
    enum desk_notice_kind kind;
    struct bytes conversation; /* DESK_ERASED */
};

struct subscriber {
    struct list link;       /* in the desk's subscribers */
    struct list ready_link; /* in the node's, while there may be something to take */
    struct cursor cursor;
    /* A dashboard that has been let in: he is fed with rows, from his cursor on, and keeps what he may still
     * need from being forgotten. */
    bool is_fed;
    uint8_t push_round; /* of the desk, that he is of (app/desk/push.h) */
};

/* On no desk. */
void subscriber_init(struct subscriber *subscriber);

/* There may be something to take: he is on this list, the node's (node.ready). */
void subscriber_set_ready(struct subscriber *subscriber, struct list *ready);

#endif
