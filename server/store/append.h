#ifndef RELEVO_STORE_APPEND_H
#define RELEVO_STORE_APPEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libpq-fe.h>

#include "app/ports/store.h"
#include "base/hash.h"
#include "store/parameters.h"

/* (What becomes of one whose COMMIT got no answer: lane.c.)
 *
 * A group of desks' appends as the parameters of sql/statements/append.sql and append_foreign.sql, and their
 * results as what the appends came to. */

enum { APPEND_BATCH_MAX = 64 };

struct append_batch {
    struct store_append *appends[APPEND_BATCH_MAX]; /* borrowed; no workspace twice */
    size_t count;
    size_t items_count;
    bool is_patient;
    struct hash_key hash_key;
    int32_t *item_groups; /* of each item in turn, from 1; made by the encoding */
    int32_t groups_count;
};

/* Gives up what the encoding made. */
void append_batch_finish(struct append_batch *batch);

/* Whether there is anything to write: else append.sql has nothing to do. */
static inline bool append_batch_writes(const struct append_batch *batch)
{
    return batch->items_count > 0;
}

/* Fills the parameters (initialised, empty) of the two statements. Sorts the appends by workspace. */
void append_batch_encode(struct append_batch *batch, struct parameters *append, struct parameters *foreign);

/* Fills in what the appends came to, outcome and all. `appended` is NULL where the batch writes nothing; then
 * *now_ms_r, the database's clock, is 0. False where these can be no answers to the batch, which may have
 * been committed all the same: each of its appends is STORE_NEW_EPOCH then. */
MUST_USE bool append_batch_decode(const struct append_batch *batch, const PGresult *appended,
                                  const PGresult *foreign, int64_t *now_ms_r);

#endif
