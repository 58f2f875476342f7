#ifndef RELEVO_APP_SESSION_SESSIONS_H
#define RELEVO_APP_SESSION_SESSIONS_H

#include "app/ports/store.h"
#include "app/session/laggards.h"
#include "app/session/revocations.h"
#include "base/list.h"
#include "base/map.h"
#include "core/alarms.h"
#include "core/role.h"

/* All clients of this node, and what is known over all their connections. */

struct desks;
struct node;

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

void sessions_init(struct sessions *sessions, struct node *node, struct desks *desks);

/* All sessions must be gone. */
void sessions_finish(struct sessions *sessions);

/* The database can be reached, or its epoch is told anew: what waits for it is asked. And whether clients are
 * to be told, as it was away. */
void sessions_note_store(struct sessions *sessions, bool was_away);

/* The database has gone away. */
void sessions_tell_state(struct sessions *sessions);

/* The database commits nothing, or does again. Who waits to come in need not wait for what cannot be
 * committed; it is made up for. */
void sessions_note_stuck(struct sessions *sessions, bool is_stuck);

/* Where the numbers of revocations begin anew: the database, or its backup, may give them to others. What is
 * known stays so; of another database not all is. */
void sessions_begin_revocations(struct sessions *sessions, bool is_other);

/* These are new; `is_all`: there are no more at this moment. Who has a token that is void is closed. */
void sessions_take_revocations(struct sessions *sessions, const struct store_revocations *taken, bool is_all);

/* What vouches for tokens has changed: closes whoever's token it vouches for no more. Returns how many. */
size_t sessions_check_trust(struct sessions *sessions);

/* As hub_take_ready. */
struct session *sessions_take_ready(struct sessions *sessions);

/* The server goes down and everything is settled: who has an answer to come gets it first, the others are
 * told to come back. */
void sessions_restart(struct sessions *sessions);

#endif
