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

/* One conversation that is held in memory, and its places. */
struct row {
    struct conversation conversation;
    struct recency_link by_seq;      /* in roster.rows_by_seq, or in roster.rows_read */
    struct recency_link by_list_seq; /* in roster.completed_by_list_seq, while completed and listed */
    struct deadline due;             /* in roster.dues, while something is due (core/due.h): the first */
};

struct agent {
    struct text *id;
    struct text *name;
    enum role role;
    int64_t seq;             /* of the transition that brought this name and role */
    int64_t changes_paid_ms; /* each change costs a minute from here on; 0: none is known of */
    struct recency_link by_seq;
};

struct counts {
    int64_t open;
    int64_t completed;
};

/* How much more than what is open is held. */
struct roster_limits {
    int64_t back;      /* so many transitions before the last, what they were about */
    int64_t completed; /* the newest Completed ones */
};

/* What becomes of a place that somebody says he has got to: the seq of a transition, and its mark, which is
 * its time. The beginning of every log has seq 0 and mark 0. */
enum place_verdict {
    PLACE_HERE,      /* this log has it, */
    PLACE_ELSEWHERE, /* or another one has: it was restored from a backup, say, and written on */
    PLACE_AHEAD,     /* this roster has not got there yet: the log has to be read first */
    PLACE_BELOW,     /* its mark is not held any more: the store knows (struct store_place) */
};

/* What a workspace looks like as of `seq`: its agents, the rows held in memory, the sizes of the lists, the
 * digest of the Open list. All Open conversations are held; of the rest, those changed after
 * `floor_seq`, the newest Completed ones, and a few that commands have named. Pure: changed by the log alone.
 * Every change costs O(1) on the average (the deadline: O(log n)). Whoever loads sets seq, floor_seq, at_ms,
 * counts and default_pause_ms before the first roster_load. */
struct roster {
    struct roster_limits limits;
    int64_t seq;       /* everything up to it has been applied */
    int64_t floor_seq; /* every conversation changed after it is held. It only rises */
    int64_t swept_seq; /* what changed up to it and need not be held is not; == floor_seq: all is swept */
    int64_t
        completed_from; /* at the last raising of the floor: Completed rows were needed from this list_seq on
                         */
    int64_t at_ms;      /* of the last transition */
    struct marks marks; /* of the transitions from floor_seq on, as far back as they are kept */
    struct counts counts; /* of the whole workspace, not only of what is held */
    uint32_t digest;      /* of the Open list: PROTOCOL.md, "Self-check" */
    int64_t default_pause_ms;
    struct map rows; /* struct row by conversation id */
    struct recency rows_by_seq;
    struct recency rows_read; /* for a command, and have not changed since: no cursor meets them. Numbered by
                               * roster.seq when they were read */
    struct recency completed_by_list_seq;
    struct map agents; /* struct agent by id */
    struct recency agents_by_seq;
    struct deadlines dues; /* of the rows */
    struct pool names;     /* of channels, assignees and who did what last: most rows share them */
};

/* An empty workspace at seq 0. */
void roster_init(struct roster *roster, struct roster_limits limits, struct hash_key hash_key);

/* Frees rows and agents. */
void roster_finish(struct roster *roster);

/* The same in several calls, of up to `rows` rows each: *position = 0 before the first, true after the last.
 * Meanwhile the roster is good for nothing else. */
MUST_USE bool roster_finish_some(struct roster *roster, size_t *position, size_t rows);

/* The row with this id, or NULL: then it may still be in the store, if it has not changed since floor_seq. */
struct row *roster_find(const struct roster *roster, struct bytes id);
struct agent *roster_find_agent(const struct roster *roster, struct bytes id);

/* Whether another name or role may be recorded: a few times at once, then once a minute. By the database's
 * clock. */
bool agent_may_change(const struct agent *agent, int64_t now_ms);

/* Loading: holds a committed conversation as of a seq not above the roster's; a row that is held already and
 * as new stays. Rows may come in any order while nothing has been applied and no one reads: roster_settle
 * sorts them. Takes the conversation's strings (zeroes *conversation). */
void roster_load(struct roster *roster, struct conversation *conversation);

/* Loading: as roster_load, for an agent. Shares the strings. */
void roster_load_agent(struct roster *roster, struct text *id, struct text *name, enum role role,
                       int64_t seq);

/* Loading: a transition's time, in the order of the log, up to the last. Those from floor_seq on, so far as
 * they are kept. */
void roster_load_mark(struct roster *roster, int64_t seq, int64_t at_ms);

/* Ends loading, once: the recencies are in order. */
void roster_settle(struct roster *roster);

/* Whether what a store says could be held: loaded, by these or roster_load_mark; read, by roster_hold; or
 * applied as what comes next, by roster_apply and the like. */
bool roster_may_load(const struct roster *roster, const struct conversation *conversation);
bool roster_may_load_mark(const struct roster *roster, int64_t seq, int64_t at_ms);
bool roster_may_hold(const struct roster *roster, const struct conversation *conversation);
bool roster_may_apply(const struct roster *roster, const struct transition *transition);

/* Holds a conversation that a command named and that was read from the store: it is not open and its seq is
 * not above floor_seq (asserted), or it is held already, and then what is held stays. It is among the
 * rows_read until it changes (not among the Completed, until it comes into the list anew), so no cursor meets
 * it. Takes the strings (zeroes *conversation). Returns the row, which is held at least until the next
 * roster_forget_read. */
struct row *roster_hold(struct roster *roster, struct conversation *conversation);

/* Makes a committed transition true: transition->seq is the roster's seq + 1 (asserted). Cannot refuse. A
 * conversation that is not held is held from now on, as the transition carries the whole of it. */
void roster_apply(struct roster *roster, const struct transition *transition);

/* As roster_apply, for a transition that is about no conversation and that this server knows nothing of: a
 * later one has made it. */
void roster_pass(struct roster *roster, int64_t seq, int64_t at_ms);

/* As roster_apply, for `agent_seen`. Shares the strings. */
void roster_apply_agent(struct roster *roster, int64_t seq, int64_t at_ms, struct text *id, struct text *name,
                        enum role role);

/* Gives up what has not changed since floor_seq, but what is open and the newest limits.completed Completed
 * ones. It goes by and by, with roster_sweep, and the roster is right all the time. Only when all is swept
 * (asserted). */
void roster_raise_floor(struct roster *roster, int64_t floor_seq);

/* Looks at up to `visits` rows, and takes out those that need not be held; returns how many. Rows by pointer
 * are void then. */
size_t roster_sweep(struct roster *roster, size_t visits);

/* Of the rows_read the older half goes, where they are more than twice limits.back. */
void roster_forget_read(struct roster *roster);

static inline bool roster_is_swept(const struct roster *roster)
{
    return roster->swept_seq == roster->floor_seq;
}

/* Whether that is a place of this log. */
enum place_verdict roster_judge_place(const struct roster *roster, int64_t seq, int64_t mark_ms);

/* The mark of a seq; 0 where it is not held: nobody can come back to there. */
int64_t roster_mark_ms(const struct roster *roster, int64_t seq);

/* Asserts every invariant: places, counts of what is held against the counts, the digest made anew. O(n). */
void roster_check(const struct roster *roster);

/* What one open conversation adds to the digest (PROTOCOL.md, "Self-check"): FNV-1a 32 over the id's bytes,
 * then the seq as eight bytes, most significant first. The digest is their sum modulo 2^32. */
uint32_t roster_digest_part(const struct conversation *conversation);

#endif
