#ifndef RELEVO_APP_HUB_POLL_H
#define RELEVO_APP_HUB_POLL_H

#include "core/alarms.h"

/* Something that the store is asked again and again, once at a time, while it can be asked. Times are of the
 * monotonic clock, in milliseconds. */
struct poll {
    struct alarms *alarms;
    struct alarm alarm; /* while it is on and does not ask */
    int64_t next_ms;    /* when it asks next, if it can by then */
    bool is_on;
    bool is_asking;                 /* the store has been asked, and has not answered */
    bool (*ask)(struct poll *poll); /* says when it is to ask next, then asks (poll_done is called once the
                                     * store has answered); false: there is nothing to be asked now */
};

/* It is off. */
void poll_init(struct poll *poll, struct alarms *alarms, bool (*ask)(struct poll *poll));

/* The store can be asked, or cannot any more. */
void poll_start(struct poll *poll);
void poll_stop(struct poll *poll);

/* When it asks next; what has been asked is waited for before. */
void poll_set_next(struct poll *poll, int64_t next_ms);

/* The store has answered. */
void poll_done(struct poll *poll);

#endif
