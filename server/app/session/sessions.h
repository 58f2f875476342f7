#ifndef RELEVO_APP_SESSION_SESSIONS_H
#define RELEVO_APP_SESSION_SESSIONS_H

#include "app/ports/store.h"
#include "core/role.h"

/* All clients of this node, and what is known over all their connections. */

struct desks;
struct node;

struct sessions;

struct sessions *sessions_create(struct node *node, struct desks *desks);

/* All sessions must be gone. Nulls the pointer. */
void sessions_destroy(struct sessions **sessions);

/* There are none. */
bool sessions_are_gone(const struct sessions *sessions);

/* How many there are of each role (ROLE_ROOM numbers); [0]: not signed in yet. */
const size_t *sessions_of_role(const struct sessions *sessions);

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

/* The number of the newest revocation that is known; 0: none is. */
int64_t sessions_newest_revocation(const struct sessions *sessions);

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
