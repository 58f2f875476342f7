#ifndef RELEVO_STORE_POOLER_H
#define RELEVO_STORE_POOLER_H

#include <stdbool.h>
#include <stddef.h>

#include <libpq-fe.h>

#include "store/fitness.h"

/* A pooler between us and the database may give every transaction, or every statement, to another session
 * (PgBouncer with pool_mode transaction or statement). What a session has set, prepared and listens to is
 * then now and then another's: most things go well for as long as nobody else is there. It is told by what it
 * does, not by its name:
 *
 *   - the next transaction is in another session (store/connection, at every connect);
 *   - a statement that was prepared is not there, or was already (at any time);
 *   - what another session notifies does not reach one that is between two transactions. This needs no
 *     chance: there, it has no session (store/notifier at every connect, store/job).
 *
 * One that keeps a session for as long as a connection lasts is none. */

enum { POOLER_SENTENCE_SIZE = 512 };

/* Says what was seen of a pooler, and what would be right. */
void pooler_describe(const char *seen, char *sentence_r, size_t sentence_size);

/* False, with the sentence, where `still` (sql/statements/still.sql), asked in a transaction after that of
 * `fitness`, comes from another session. */
bool pooler_keeps_session(const struct fitness *fitness, const PGresult *still, char *sentence_r,
                          size_t sentence_size);

/* Whether an error is one that only a pooler brings about; then also the sentence. */
bool pooler_betrays_itself(const char *sqlstate, const char *message, char *sentence_r, size_t sentence_size);

/* What is said where nothing is heard between two transactions. */
#define POOLER_IS_DEAF "between transactions nothing is heard that another session notifies"

#endif
