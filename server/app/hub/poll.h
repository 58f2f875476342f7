#ifndef RELEVO_APP_HUB_POLL_H
#define RELEVO_APP_HUB_POLL_H

#include "core/alarms.h"

/* A question that the store is asked again and again, one at a time, while it can be asked. Times are on the
 * monotonic clock, in milliseconds. */
struct poll {
    struct alarms *alarms;
    struct alarm alarm; /* set while it is on and no question is asked */
    int64_t next_ms;    /* when it asks next, if the store can be asked by then */
    bool is_on;         /* the store can be asked */
    bool is_asking;     /* the store has been asked, and has not answered */
    /* Asks the store. Then poll_done is called once the store has answered, and poll_set_next before that.
     * False: there is nothing to ask now; then it has called poll_set_next, or it is called again at once. */
    bool (*ask)(struct poll *poll);
};

/* Initializes a poll that is off. */
void poll_init(struct poll *poll, struct alarms *alarms, bool (*ask)(struct poll *poll));

/* The store can be asked from now on, or no longer. */
void poll_start(struct poll *poll);
void poll_stop(struct poll *poll);

/* Sets when it asks next. A question that is being asked is answered first. */
void poll_set_next(struct poll *poll, int64_t next_ms);

/* The store has answered. */
void poll_done(struct poll *poll);

#endif
