#ifndef RELEVO_STORE_FITNESS_H
#define RELEVO_STORE_FITNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libpq-fe.h>

#include "base/text.h"
#include "store/parameters.h"

/* Whether a database can be served, and who it is: judged at every connect from what
 * sql/statements/fitness.sql and schema.sql say. */

struct fitness {
    int64_t server_version; /* 150004 is 15.4 */
    struct text *encoding;
    struct text *fsync;
    struct text *full_page_writes;
    struct text *synchronous_commit;
    struct text *zero_damaged_pages;
    struct text *ignore_checksum_failure;
    int64_t schema_version;
    int64_t schema_min_code; /* the oldest server that can serve it, by the schema that it needs */
    bool has_partitions;     /* for what is committed today */
    uint32_t row_types[ROW_TYPES_COUNT]; /* the OIDs of the types that append_1 takes rows of; 0 where there
                                            is none */
    struct text *epoch;       /* tells databases apart: system identifier, and timeline in eight hex digits */
    int64_t backend_pid;      /* our session's there */
    struct text *session_key; /* which the session keeps, and no other has */
    bool is_direct;           /* libpq has been told of the same backend: nothing seems to be in between */
    struct text *backend_start;
    int64_t now_ms; /* the database's clock, at some moment between these two of the monotonic one: */
    int64_t sent_us;
    int64_t received_us;
};

/* What is judged, each by itself. */
enum fitness_aspect {
    FITNESS_VERSION, /* of PostgreSQL */
    FITNESS_ENCODING,
    FITNESS_DURABILITY, /* a commit outlives a crash of the machine */
    FITNESS_SCHEMA,
    FITNESS_PARTITIONS, /* for what is committed today */
    FITNESS_ASPECTS_COUNT,
};

/* Reads what the two statements have said; without the second, there is no schema. The caller finishes it. */
void fitness_read(const PGresult *server, const PGresult *schema, struct fitness *fitness_r);
/* Gives up its texts. Harmless where there are none. */
void fitness_finish(struct fitness *fitness);

/* Whether it is the same database as that of `epoch`, on an earlier timeline: a primary that somebody has
 * been promoted over, and which does not know. False where `epoch` is NULL. */
bool fitness_is_left_behind(const struct fitness *fitness, const struct text *epoch);

/* False, with a sentence of what is wrong and what would be right, where it is not fit. */
bool fitness_judge_aspect(const struct fitness *fitness, enum fitness_aspect aspect, char *sentence_r,
                          size_t sentence_size);

enum fitness_verdict {
    FITNESS_FIT,
    FITNESS_NOT_YET, /* what a restore that is under way, or has not been migrated yet, looks like: without
                        touching the server, it may heal */
    FITNESS_UNFIT,   /* waiting does not heal it */
};

/* The same of all of them; of durability only where it has to be. */
enum fitness_verdict fitness_judge(const struct fitness *fitness, bool allow_unsafe, char *sentence_r,
                                   size_t sentence_size);

/* Whether an attempt to connect has failed for want of a password, of which PostgreSQL never hears; then also
 * the sentence. */
bool fitness_lacks_password(const PGconn *pg, char *sentence_r, size_t sentence_size);

#endif
