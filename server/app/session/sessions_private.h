#ifndef RELEVO_APP_SESSION_SESSIONS_PRIVATE_H
#define RELEVO_APP_SESSION_SESSIONS_PRIVATE_H

#include "app/session/laggards.h"
#include "app/session/revocations.h"
#include "app/session/sessions.h"
#include "base/list.h"
#include "base/map.h"
#include "core/alarms.h"

/* The body of the registry. */

struct sessions {
    struct node *node;
    struct desks *desks;
    struct list all;                  /* struct session */
    size_t of_role[ROLE_ROOM];        /* so many of each; [0]: not signed in yet */
    struct map principals;            /* by workspace, role and id; who is connected, or has been of late */
    struct revocations revocations;   /* whose tokens are void */
    bool knows_revocations;           /* all that this database had at some moment: until then nobody joins */
    size_t unfinished_bytes;          /* held of messages that have not come whole; */
    size_t unfinished_stranger_bytes; /* of them, by who has not signed in */
    int held_count;                   /* who are one too many, and have not been told yet */
    struct alarm queries_again;       /* some queries wait to be asked again */

    /* Whom an operator may ask for, kept as it changes, so that nobody has to look at all clients. */
    struct list consumers; /* struct consumer */
    struct list busy;      /* struct principal: who has commanded of late, who did so last at the end */
    struct laggards laggards;
};

#endif
