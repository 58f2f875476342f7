#ifndef RELEVO_STORE_FITNESS_H
#define RELEVO_STORE_FITNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libpq-fe.h>

#include "base/text.h"

/* Whether a database can be served, and who it is: judged at every connect from what
 * sql/statements/fitness.sql says. */

struct fitness {
    struct text *epoch;  /* tells databases apart: system identifier, and timeline in eight hex digits */
    int64_t backend_pid; /* our session's there */
    struct text *backend_start;
    int64_t now_ms; /* the database's clock, at some moment between these two of the monotonic one: */
    int64_t sent_us;
    int64_t received_us;
};

/* False, with a sentence of what is wrong and what would be right, where it is not fit. The caller finishes
 * *fitness_r after true. */
bool fitness_judge(const PGresult *result, bool allow_unsafe, struct fitness *fitness_r, char *sentence_r,
                   size_t sentence_size);
void fitness_finish(struct fitness *fitness);

/* Whether it is the same database as that of `epoch`, on an earlier timeline: a primary that somebody has
 * been promoted over, and which does not know. False where `epoch` is NULL. */
bool fitness_is_left_behind(const struct fitness *fitness, const struct text *epoch);

/* Whether an error of the first statements, or of the attempt to connect, is one that waiting does not heal;
 * then also the sentence. */
bool fitness_is_hopeless(const char *sqlstate, const char *message, char *sentence_r, size_t sentence_size);

#endif
