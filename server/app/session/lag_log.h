#ifndef RELEVO_APP_SESSION_LAG_LOG_H
#define RELEVO_APP_SESSION_LAG_LOG_H

#include "base/list.h"
#include "core/alarms.h"

/* Dashboards that cannot be written to while there is something for them. One that stays so for long is named
 * in the log now and again, so that an operator finds out why a colleague sees an old state. */

struct session;

struct laggards {
    struct list list;   /* struct session, by laggard.link; the one that is blocked longest is first */
    struct alarm alarm; /* rings when the first one is named */
};

/* The part of it in a session. */
struct laggard {
    struct list link;   /* in laggards.list while it does not take what there is for it */
    int64_t blocked_us; /* since when, on the monotonic clock; or when it was last named */
};

/* No session is noted. */
void laggards_init(struct laggards *laggards);

/* The session could not be written to: notes it, if it is a dashboard that is behind. */
void laggards_note(struct session *session);

/* The session has everything, or it goes. Does nothing where it was not noted. */
void laggards_forget(struct session *session);

#endif
