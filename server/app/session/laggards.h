#ifndef RELEVO_APP_SESSION_LAGGARDS_H
#define RELEVO_APP_SESSION_LAGGARDS_H

#include "base/list.h"
#include "core/alarms.h"

/* Dashboards that cannot be written to while there is something for them: whoever stays so is named in the
 * log, now and again, so that somebody who looks for why a colleague sees old things finds it. */

struct session;

struct laggards {
    struct list list;   /* struct session, those longest so first: */
    struct alarm alarm; /* it is named */
};

/* A session's part. */
struct laggard {
    struct list link;   /* while there is something for it that it does not take, */
    int64_t blocked_us; /* since then, or since that was last said */
};

void laggards_init(struct laggards *laggards);

/* It could not be written to. */
void laggards_note(struct session *session);

/* It has all that there is, or goes; harmless where it was not noted. */
void laggards_forget(struct session *session);

#endif
