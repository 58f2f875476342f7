#ifndef RELEVO_APP_SESSION_SESSIONS_H
#define RELEVO_APP_SESSION_SESSIONS_H

#include "app/ports/store.h"
#include "core/role.h"

/* All clients of this node, and what is known about them beyond one connection. */

struct desks;
struct node;

struct sessions;

/* Creates the registry. It sets how subscribers of the desks take notices, and completes node->arrivals. */
struct sessions *sessions_create(struct node *node, struct desks *desks);

/* Frees the registry. All sessions must be gone (asserted). Nulls the pointer. */
void sessions_destroy(struct sessions **sessions);

/* Whether there are no sessions. */
bool sessions_are_gone(const struct sessions *sessions);

/* How many sessions there are of each role (ROLE_COUNT numbers); [0]: those that have not signed in yet. */
const size_t *sessions_of_role(const struct sessions *sessions);

/* The database can be reached, or it has another epoch: whatever sessions wait for is asked. `was_away`: it
 * was away, so the clients are told its state. */
void sessions_note_store(struct sessions *sessions, bool was_away);

/* Owes every client the present state of the database. */
void sessions_tell_state(struct sessions *sessions);

/* The database commits nothing, or it commits again; the clients are told. While it commits nothing, sessions
 * join without a record of their agent; that is recorded afterwards. */
void sessions_note_stuck(struct sessions *sessions, bool is_stuck);

/* The numbers of revocations begin anew, as the database, or its backup, may give them to other revocations.
 * What is known stays known. If it is another database (is_other), nobody joins until all of its revocations
 * are known. */
void sessions_begin_revocations(struct sessions *sessions, bool is_other);

/* The number of the newest revocation that is known; 0: none is known. */
int64_t sessions_newest_revocation(const struct sessions *sessions);

/* Adds these revocations, and closes every session whose token is void. `is_all`: at this moment there are no
 * more. */
void sessions_take_revocations(struct sessions *sessions, const struct store_revocations *taken, bool is_all);

/* The trusted secrets have changed: closes every session whose token was signed by one that is no longer
 * trusted. Returns how many. */
size_t sessions_check_trust(struct sessions *sessions);

/* The next session on the ready list, which it is taken off; NULL: there is none. */
struct session *sessions_take_ready(struct sessions *sessions);

/* The server goes down and everything is settled: closes the sessions that have no frame to send
 * (session_restart). The others get their frames first, so this is called again. */
void sessions_restart(struct sessions *sessions);

#endif
