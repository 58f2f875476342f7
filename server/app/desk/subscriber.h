#ifndef RELEVO_APP_DESK_SUBSCRIBER_H
#define RELEVO_APP_DESK_SUBSCRIBER_H

#include "app/desk/sync.h"
#include "base/list.h"

/* A desk's view of a session. The desk never pushes: it puts the subscriber on the ready list when there may
 * be something to take, and the subscriber takes it when it can. The desk knows nothing else of it. */

/* What a desk tells a subscriber at once. */
enum desk_notice_kind {
    DESK_LOADED, /* the desk is READY; everything that rested on an earlier log is void */
    /* The subscriber is too far behind: this node no longer knows everything that happened since. */
    DESK_LAGGED,
    /* A conversation was erased: what has been read of it, and has not been sent yet, is void. */
    DESK_ERASED,
};
struct desk_notice {
    enum desk_notice_kind kind;
    struct bytes conversation; /* only with DESK_ERASED */
};

struct subscriber {
    struct list link;       /* in the desk's list of subscribers */
    struct list ready_link; /* in node.ready, while there may be something to take */
    struct cursor cursor;   /* how far it has been fed */
    /* It is a dashboard that has been welcomed. It is fed with rows from its cursor on, and the roster does
     * not forget rows that it may still need. */
    bool is_fed;
    uint8_t push_round; /* in which of the desk's rounds it is (app/desk/push.c) */
};

/* Initializes a subscriber that belongs to no desk. */
void subscriber_init(struct subscriber *subscriber);

/* There may be something to take: puts it on this list, which is node.ready, unless it is there. */
void subscriber_set_ready(struct subscriber *subscriber, struct list *ready);

#endif
