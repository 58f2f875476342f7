#ifndef RELEVO_TESTS_SUPPORT_MEMORY_DATABASE_H
#define RELEVO_TESTS_SUPPORT_MEMORY_DATABASE_H

#include "base/list.h"
#include "base/map.h"
#include "support/store_memory.h"

/* The inside of store_memory.h: what would be PostgreSQL. Everything here happens at once and never fails;
 * when a request gets here, and what becomes of its answer, is store_memory.c's. */

/* Where a conversation or an agent stands in the log: its last transition. */
struct memory_place {
    struct text *id;
    size_t index;
};

struct memory_outcome {
    struct command_id id;
    uint64_t fingerprint;
    struct stored_outcome stored;
    int64_t commit;
};

struct memory_consumer {
    enum role role;
    struct text *owner;
    struct text *name;
    int64_t generation;
    int64_t acked_seq;
    int64_t acked_mark_ms;
};

struct memory_workspace {
    struct text *name;
    int64_t id;
    int64_t default_pause_ms;
    struct transition *log;
    int64_t *log_commits; /* of each transition: the transaction that brought it */
    size_t log_count;
    size_t log_room;
    int64_t forgotten_seq;    /* transitions up to it are kept no more, as far as anybody can tell */
    struct map conversations; /* struct memory_place by conversation id */
    struct map agents;        /* struct memory_place by agent id */
    struct map outcomes;      /* struct memory_outcome by command id */
    struct counts counts;
    struct memory_consumer consumers[LIMIT_CONSUMERS];
    size_t consumers_count;
};

struct store_memory_database {
    int64_t elapsed_us;
    int64_t start_ms; /* what the clock would have shown at the start, had it never been set */
    int64_t epoch;
    int64_t commits;
    struct memory_workspace **workspaces; /* by id, from 1 */
    size_t workspaces_count;
    struct revocation *revocations; /* by number; older ones of the same person stay where they are */
    size_t revocations_count;
    struct list stores;
    struct list mailboxes; /* see memory_mail.h */
};

static inline struct bytes memory_id_bytes(const struct command_id *id)
{
    return bytes_make(id->bytes, sizeof(id->bytes));
}

static inline int64_t memory_max(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* The workspace with this name: created where it is missing, or NULL then; and the one with this id, which
 * exists. */
struct memory_workspace *memory_database_workspace(struct store_memory_database *database, struct bytes name);
struct memory_workspace *memory_find_workspace(const struct store_memory_database *database,
                                               struct bytes name);
struct memory_workspace *memory_workspace_of(const struct store_memory_database *database, int64_t id);

/* Where the log ends. */
int64_t memory_last_seq(const struct memory_workspace *workspace);
int64_t memory_last_at_ms(const struct memory_workspace *workspace);

/* Whether the transition with this seq has this mark, and is kept; whether it may have had it, where it is
 * not; and the mark, 0 where that is not kept. */
bool memory_is_place(const struct memory_workspace *workspace, int64_t seq, int64_t mark_ms);
bool memory_may_be_place(const struct memory_workspace *workspace, int64_t seq, int64_t mark_ms);
int64_t memory_mark_ms(const struct memory_workspace *workspace, int64_t seq);

/* The last transition of what `places` (conversations or agents) know by this id, or NULL. */
const struct transition *memory_last_of(const struct memory_workspace *workspace, const struct map *places,
                                        struct bytes id);
const struct conversation *memory_find(const struct memory_workspace *workspace, struct bytes id);

/* Shares the strings. */
void memory_copy_transition(const struct transition *transition, struct transition *copy_r);

/* Stamps a copy of what was decided and adds it to the log, as a part of the transaction `commit`. */
void memory_add_transition(struct memory_workspace *workspace, const struct transition *decided,
                           const int64_t *seqs, int64_t at_ms, int64_t commit);

/* Makes the append durable and fills in what it came to, as app/ports/store.h says. False where known_seq
 * lies beyond the log: then it belongs to another history, and nothing was done; and where what follows
 * known_seq is too much or kept no longer. */
bool memory_database_append(struct store_memory_database *database, struct store_append *append);

/* The same where the workspace is locked elsewhere: each item is ITEM_BUSY, and others' log is read all the
 * same. */
bool memory_database_find_locked(struct store_memory_database *database, struct store_append *append);

#define X(NAME, name)                                                                                        \
    void memory_database_##name(struct store_memory_database *database, struct store_##name *name);
STORE_LOOKS(X)
#undef X
void memory_forget_consumers(struct memory_workspace *workspace);

/* Forgets the last transactions; the epoch is another from now on. */
void memory_database_lose(struct store_memory_database *database, size_t lost_commits);

#endif
