#ifndef RELEVO_CORE_ROSTER_H
#define RELEVO_CORE_ROSTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/map.h"
#include "base/pool.h"
#include "core/conversation.h"
#include "core/deadlines.h"
#include "core/marks.h"
#include "core/recency.h"
#include "core/transition.h"

/* One conversation that is held in memory, and its links. */
struct row {
    struct conversation conversation;
    struct recency_link by_seq;      /* in roster.rows_by_seq, or in roster.rows_read */
    struct recency_link by_list_seq; /* in roster.completed_by_list_seq, while completed and listed */
    struct deadline due; /* in roster.dues, while a due stands (core/due.h): the first due's time */
};

struct agent {
    struct text *id;
    struct text *name;
    enum role role;
    int64_t seq;             /* of the transition that brought this name and role */
    int64_t changes_paid_ms; /* each change adds a minute (agent_may_change); 0: no change is known */
    struct recency_link by_seq;
};

struct counts {
    int64_t open;
    int64_t completed;
};

/* How much the roster holds besides the open conversations. */
struct roster_limits {
    int64_t back;      /* what the last so many transitions were about */
    int64_t completed; /* so many of the newest Completed conversations */
};

/* Where a place is that a client says it has reached. A place is the seq of a transition, and its mark, which
 * is the transition's time. The beginning of every log has seq 0 and mark 0. */
enum place_verdict {
    PLACE_HERE,      /* it is in this log */
    PLACE_ELSEWHERE, /* it is in another log: one that was restored from a backup, say */
    PLACE_AHEAD,     /* the roster is not that far yet: the log has to be read first */
    PLACE_BELOW,     /* its mark is no longer held: the store has to be asked (struct store_place) */
};

/* What a workspace looks like as of `seq`: its agents, the rows held in memory, the sizes of the lists, the
 * digest of the Open list. All Open conversations are held; of the others, those
 * changed after `floor_seq`, the newest Completed ones, and some that commands have named. Only the log
 * changes a roster. A change costs O(1) on average (the deadline: O(log n)). Whoever loads a roster sets seq,
 * floor_seq, at_ms, counts and default_pause_ms before the first roster_load. */
struct roster {
    struct roster_limits limits;
    int64_t seq;       /* everything up to it has been applied */
    int64_t floor_seq; /* every conversation that has changed after it is held. It only rises */
    int64_t swept_seq; /* the sweep has got so far; == floor_seq: it is complete */
    /* The newest Completed rows when the floor was last raised: those from this list_seq on. */
    int64_t completed_from;
    int64_t at_ms;        /* the time of the last transition */
    struct marks marks;   /* of the transitions from floor_seq on, as far as the log is kept */
    struct counts counts; /* of the whole workspace, not only of what is held */
    uint32_t digest;      /* of the Open list: PROTOCOL.md, "Self-check" */
    int64_t default_pause_ms;
    struct map rows; /* struct row by conversation id */
    struct recency rows_by_seq;
    /* Rows that were read for a command and have not changed since, by the roster's seq at that time. No
     * cursor meets them. */
    struct recency rows_read;
    struct recency completed_by_list_seq;
    struct map agents; /* struct agent by id */
    struct recency agents_by_seq;
    struct deadlines dues; /* of the rows */
    struct pool names;     /* the texts of channels, assignees and authors, which most rows share */
};

/* An empty workspace at seq 0. */
void roster_init(struct roster *roster, struct roster_limits limits, struct hash_key hash_key);

/* Frees rows and agents. */
void roster_finish(struct roster *roster);

/* The same in several calls, of up to `rows` rows each. *position is 0 before the first call; the last one
 * returns true. In between the roster must not be used for anything else. */
MUST_USE bool roster_finish_some(struct roster *roster, size_t *position, size_t rows);

/* The row with this id. NULL: it is not held; the store may have it, if it has not changed since
 * floor_seq. */
struct row *roster_find(const struct roster *roster, struct bytes id);
struct agent *roster_find_agent(const struct roster *roster, struct bytes id);

/* Whether another name or role may be recorded: a few times at once, then once a minute. now_ms is by the
 * database's clock. */
bool agent_may_change(const struct agent *agent, int64_t now_ms);

/* For loading: holds a committed conversation whose seq is not above the roster's. A row that is already
 * held, and is as new, stays. Rows may come in any order before anything is applied or read; roster_settle
 * sorts them. Takes over the conversation's strings (zeroes *conversation). */
void roster_load(struct roster *roster, struct conversation *conversation);

/* For loading: as roster_load, for an agent. Shares the strings. */
void roster_load_agent(struct roster *roster, struct text *id, struct text *name, enum role role,
                       int64_t seq);

/* For loading: adds a transition's time. The transitions from floor_seq on, as far as the log is kept, come
 * in the order of the log. */
void roster_load_mark(struct roster *roster, int64_t seq, int64_t at_ms);

/* Ends loading, and is called once: sorts the recencies. */
void roster_settle(struct roster *roster);

/* Whether what a store says may be given to roster_load, roster_load_mark, roster_hold, or roster_apply and
 * its like. */
bool roster_may_load(const struct roster *roster, const struct conversation *conversation);
bool roster_may_load_mark(const struct roster *roster, int64_t seq, int64_t at_ms);
bool roster_may_hold(const struct roster *roster, const struct conversation *conversation);
bool roster_may_apply(const struct roster *roster, const struct transition *transition);

/* Holds a conversation that a command named and that was read from the store. It is not open and its seq is
 * not above floor_seq (asserted), or it is already held; then what is held stays. A new row is in rows_read
 * until it changes (and not in completed_by_list_seq until it enters the list again), so no cursor meets it.
 * Takes over the strings (zeroes *conversation). Returns the row, which is held at least until the next
 * roster_forget_read. */
struct row *roster_hold(struct roster *roster, struct conversation *conversation);

/* Applies a committed transition, whose seq is the roster's seq + 1 (asserted). It cannot be refused. A
 * conversation that is not held is held from now on, as the transition carries all of it. */
void roster_apply(struct roster *roster, const struct transition *transition);

/* As roster_apply, for a transition that is about no conversation and whose action this server does not know,
 * as a later version has made it. */
void roster_pass(struct roster *roster, int64_t seq, int64_t at_ms);

/* As roster_apply, for `agent_seen`. Shares the strings. */
void roster_apply_agent(struct roster *roster, int64_t seq, int64_t at_ms, struct text *id, struct text *name,
                        enum role role);

/* Raises the floor. Rows that have not changed after floor_seq need not be held any longer, except the open
 * ones and the limits.completed newest Completed ones; roster_sweep removes them step by step. The roster is
 * consistent all the time. The last sweep is complete (asserted). */
void roster_raise_floor(struct roster *roster, int64_t floor_seq);

/* Looks at up to `visits` rows and frees those that need not be held; returns how many. Pointers to rows are
 * not valid afterwards. */
size_t roster_sweep(struct roster *roster, size_t visits);

/* Where rows_read has more than twice limits.back rows, frees the oldest until limits.back are left. */
void roster_forget_read(struct roster *roster);

static inline bool roster_is_swept(const struct roster *roster)
{
    return roster->swept_seq == roster->floor_seq;
}

/* Says whether this is a place of this log. */
enum place_verdict roster_judge_place(const struct roster *roster, int64_t seq, int64_t mark_ms);

/* The mark of a seq. 0: it is not held, and no client can resume there. */
int64_t roster_mark_ms(const struct roster *roster, int64_t seq);

/* Asserts every invariant: links, counts, and the digest computed anew. O(n). */
void roster_check(const struct roster *roster);

/* What one open conversation adds to the digest (PROTOCOL.md, "Self-check"): FNV-1a 32 over the id's bytes,
 * then the seq as eight bytes, most significant first. The digest is their sum modulo 2^32. */
uint32_t roster_digest_part(const struct conversation *conversation);

#endif
