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
 * results as what the appends came to. append.sql writes, and says where each log ended before that; where
 * that is not where the desk knew it to end, append_foreign.sql reads what others have added. So does an
 * append without items. */

enum { APPEND_BATCH_MAX = 64 };

struct append_batch {
    struct store_append *appends[APPEND_BATCH_MAX]; /* borrowed; no workspace twice */
    /* Of each: up to which seq it has to be read what others have added; 0: nothing has to be. */
    int64_t read_to[APPEND_BATCH_MAX];
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

/* Whether there is anything to read: else append_foreign.sql has nothing to do. Known once append_batch_begin
 * or, where the batch writes, append_batch_decode has been called. */
bool append_batch_reads(const struct append_batch *batch);

/* Of appends that have been put into the batch: sorts them by workspace, each STORE_OK so far. */
void append_batch_begin(struct append_batch *batch);

/* Fills the parameters (initialised, empty) of append.sql. */
void append_batch_encode(struct append_batch *batch, struct parameters *parameters);

/* Fills in what the appends with items came to, outcome and all, and what there is to read. *now_ms_r is the
 * database's clock. False where this can be no answer to the batch, which may have been committed all the
 * same: each of its appends is STORE_NEW_EPOCH then, *now_ms_r is 0, and there is nothing to read. */
MUST_USE bool append_batch_decode(struct append_batch *batch, const PGresult *appended, int64_t *now_ms_r);

/* Of those that are not STORE_OK any more there are no results, and nothing is read. */
void append_batch_drop_failed(struct append_batch *batch);

/* Fills the parameters (initialised, empty) of append_foreign.sql: what there is to read. */
void append_batch_encode_foreign(const struct append_batch *batch, struct parameters *parameters);

/* Fills in what others have added. False as above. */
MUST_USE bool append_batch_decode_foreign(struct append_batch *batch, const PGresult *foreign);

#endif
