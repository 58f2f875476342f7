#ifndef RELEVO_APP_WATCHING_H
#define RELEVO_APP_WATCHING_H

#include "base/list.h"
#include "core/alarms.h"
#include "core/role.h"

/* Whom an operator may ask for, kept as it changes: so that nobody has to look at all clients to find them.
 */
struct watching {
    size_t sessions[ROLE_ROOM];   /* by role; [0]: not signed in yet */
    struct list blocked_sessions; /* that there is something for (laggards.c), those longest so first: */
    struct alarm laggards;        /* it is named */
    struct list consumers;        /* struct consumer */
    struct list busy_principals;  /* who have commanded of late, those who did so last at the end */
};

static inline void watching_init(struct watching *watching, void (*name_laggards)(struct alarm *alarm))
{
    *watching = (struct watching){.sessions = {0}};
    list_init(&watching->blocked_sessions);
    alarm_init(&watching->laggards, name_laggards);
    list_init(&watching->consumers);
    list_init(&watching->busy_principals);
}

#endif
