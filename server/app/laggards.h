#ifndef RELEVO_APP_LAGGARDS_H
#define RELEVO_APP_LAGGARDS_H

#include "core/alarms.h"

/* Dashboards that cannot be written to while there is something for them: whoever stays so is named in the
 * log, so that somebody who looks for why a colleague sees old things finds it. */

struct session;

struct laggard {
    struct list link;   /* while there is something for it that it does not take, */
    int64_t blocked_us; /* since then, or since that was last said */
};

/* It could not be written to. */
void laggards_note(struct session *session);

/* It has all that there is, or goes; harmless where it was not noted. */
void laggards_forget(struct session *session);

/* Names those who have been so for too long, now and again while they stay so: the ring of hub.watching. */
void laggards_look(struct alarm *alarm);

#endif
