#ifndef RELEVO_APP_SESSION_SESSIONS_PRIVATE_H
#define RELEVO_APP_SESSION_SESSIONS_PRIVATE_H

#include "app/session/lag_log.h"
#include "app/session/revocations.h"
#include "app/session/sessions.h"
#include "base/list.h"
#include "base/map.h"
#include "core/alarms.h"

/* The body of struct sessions, for its own box. */

struct sessions {
    struct node *node;
    struct desks *desks;
    struct list all;            /* struct session */
    size_t of_role[ROLE_COUNT]; /* how many sessions of each role; [0]: not signed in yet */
    struct map principals;      /* struct principal by key: those that are connected, or were not long ago */
    struct revocations revocations; /* the revocations that are known */
    /* All revocations that this database had at some moment are known; until then nobody joins. */
    bool knows_revocations;
    size_t unfinished_bytes;          /* bytes that are held of messages that have not come whole */
    size_t unfinished_stranger_bytes; /* the part of them from clients that have not signed in */
    int held_count;             /* sessions that are one connection too many, and have not been closed yet */
    struct alarm queries_again; /* rings when queries are asked again */

    /* What an operator may ask for. These are kept up to date, so that nobody has to look at all clients. */
    struct list consumers; /* struct consumer */
    /* It holds struct principal, by busy_link: those that have given commands; the latest one is last. */
    struct list busy;
    struct laggards laggards;
};

#endif
