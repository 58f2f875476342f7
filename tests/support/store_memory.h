#ifndef RELEVO_TESTS_SUPPORT_STORE_MEMORY_H
#define RELEVO_TESTS_SUPPORT_STORE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/ports/store.h"

/* The port to what is durable (app/ports/store.h), in memory, for tests: the same promises as PostgreSQL
 * keeps, on virtual time, with faults on demand. A database is what PostgreSQL would be; a store is one
 * node's way to it, and several nodes may share a database. Nothing happens by itself: time passes when the
 * test says so, and a request is carried out and answered when the test steps its store. What a step does,
 * and whom it calls back, depends only on the seed and on the calls made: a run can be repeated.
 *
 * A request goes through: WAITING (nobody has seen it) → CARRIED OUT (committed, where it was an append) →
 * answered. Others may get in between any two. Where the connection breaks, what waits is answered
 * STORE_AWAY; an append that has been carried out is in doubt: it waits for the connection, is carried out
 * again, and so finds its own ids.
 *
 * What a store has committed or is to tell comes to the other stores of the database that are up, after a
 * delay of its own, and to each in the order in which it was said. What is on its way to a store whose
 * connection breaks is lost. store_memory_foreign tells nobody. */

/* The database. */

struct store_memory_database;

struct store_memory_database *store_memory_database_create(int64_t now_ms);

/* After its stores. NULL is fine; the caller's pointer is nulled. */
void store_memory_database_destroy(struct store_memory_database **database);

/* Lets time pass, for the database's clock and for the monotonic one that store_listener.clock speaks of. */
void store_memory_advance(struct store_memory_database *database, int64_t us);

/* The monotonic clock: microseconds that have passed since the database was made. */
int64_t store_memory_elapsed_us(const struct store_memory_database *database);

/* What the database's clock shows, in Unix milliseconds; and sets it, backwards too: the monotonic clock goes
 * on as it was. */
int64_t store_memory_now_ms(const struct store_memory_database *database);
void store_memory_set_now_ms(struct store_memory_database *database, int64_t now_ms);

/* Makes void every token of this person, automation or channel that has been issued up to now. */
void store_memory_revoke(struct store_memory_database *database, const char *workspace, const char *id);

/* As a backup does that was taken before them: the next one has the number 1 again. */
void store_memory_lose_revocations(struct store_memory_database *database);

/* A standby takes over that lacks the last `lost_commits` transactions. All connections break; the epoch is
 * another from now on. */
void store_memory_promote(struct store_memory_database *database, size_t lost_commits);

/* A backup takes the database's place that lacks the last `lost_commits` transactions. All connections break;
 * nothing else tells of it. */
void store_memory_restore(struct store_memory_database *database, size_t lost_commits);

/* Keeps the transitions of a workspace up to this one no longer. */
void store_memory_forget(struct store_memory_database *database, const char *workspace, int64_t up_to_seq);

/* Another node gives a command: judged by conversation_decide on the committed state at the database's time,
 * then committed under its id with what it came to (also where that is no transition). The workspace is
 * created where it is missing. The id must be new. Returns the verdict. */
enum verdict store_memory_foreign(struct store_memory_database *database, const char *workspace,
                                  const struct actor *actor, const struct command *command);

/* As store_memory_foreign, for an agent that signs in at another node. */
void store_memory_foreign_agent(struct store_memory_database *database, const char *workspace, const char *id,
                                const char *name, enum role role);

void store_memory_set_default_pause_ms(struct store_memory_database *database, const char *workspace,
                                       int64_t pause_ms);

/* Looking in, for what a test wants to compare with. All is borrowed, until the next call that changes the
 * database; a workspace that does not exist has an empty log and no conversations. The log's transition with
 * seq n is log[n - 1]. */
const struct transition *store_memory_log(const struct store_memory_database *database, const char *workspace,
                                          size_t *count_r);
const struct conversation *store_memory_find(const struct store_memory_database *database,
                                             const char *workspace, struct bytes id);
struct counts store_memory_counts(const struct store_memory_database *database, const char *workspace);

/* What is kept about a command id, and whether anything is. */
bool store_memory_find_outcome(const struct store_memory_database *database, const char *workspace,
                               struct command_id id, struct stored_outcome *stored_r);

/* Asserts what must be true of any database whatever was done to it: seqs without gaps, `at` never backwards,
 * each conversation is the after-image of its last transition, chained by before_seq, counts as counted anew,
 * every `expire` not before its time and without an outcome, an outcome for the command of every other
 * transition, and never two for one id.
 * Also asserted, where a commit is made. */
void store_memory_check(const struct store_memory_database *database);

/* A node's store. */

/* A store that is down, for a node. Set store->listener, then call store_memory_up. The seed decides the
 * order in which requests are carried out and answered; with seed 0 they are served one by one in the order
 * of their making. */
struct store *store_memory_create(struct store_memory_database *database, uint64_t seed);

/* The process dies: nothing more is called. What was waiting has never happened, what was carried out has.
 * Before the requests that are still pending go. NULL is fine. */
void store_memory_destroy(struct store **store);

/* The connection comes (back): listener.up, then listener.clock and hints_lost. Harmless while it is up. */
void store_memory_up(struct store *store);

/* The connection breaks: listener.down, and as said above. Harmless while it is down. */
void store_memory_down(struct store *store);

/* The database commits nothing any more, or again, as app/ports/store.h says of `stuck`: what has been asked
 * for and not been carried out waits, what is asked for now is answered STORE_AWAY, the rest is as ever. Said
 * to the listener while it is up. */
void store_memory_set_stuck(struct store *store, bool is_stuck);

/* From now on a request takes from min_ms to max_ms of the database's time to be carried out, as long again
 * to be answered, and what is told as long to arrive; at first 0 and 0. */
void store_memory_set_delay_ms(struct store *store, int64_t min_ms, int64_t max_ms);

/* Faults, each good for one append unless its sentence says otherwise, in the order in which they were armed.
 */
enum store_memory_fault {
    STORE_MEMORY_LOSE_REQUEST, /* it never arrives: the connection breaks, the append is in doubt */
    STORE_MEMORY_LOSE_ANSWER, /* it is committed, but the answer is lost: the connection breaks, the append is
                                 in doubt */
    STORE_MEMORY_DISK_FULL,   /* STORE_AWAY; the connection stays */
    STORE_MEMORY_FAIL,        /* STORE_FAILED; the connection stays */
    STORE_MEMORY_LOCKED, /* the workspace is locked elsewhere: ITEM_BUSY throughout; a patient append waits
                            one step more */
    STORE_MEMORY_FAIL_READS,  /* STORE_FAILED, for anything but an append instead */
    STORE_MEMORY_SLOW_LOOKUP, /* STORE_SLOW, for a page, history, find, page of the log or consumer's place
                                 instead */
    STORE_MEMORY_LOSE_HINTS,  /* at once, and for STORE_MEMORY_LOSE_HINTS_MS of the database's time: what
                                 other stores tell this one is lost, and it does not notice */
};
enum { STORE_MEMORY_LOSE_HINTS_MS = 10 * 1000 };
void store_memory_arm(struct store *store, enum store_memory_fault fault);

/* Does one thing that is due: carries a request out, answers one, or hands on what another store has told.
 * False where nothing is due. Callbacks
 * come from here, and from up, down and promote (those of the listener), only. */
bool store_memory_step(struct store *store);

/* Steps until nothing is due. Returns how many steps it took. */
size_t store_memory_settle(struct store *store);

/* When the next thing falls due by the monotonic clock (see store_memory_elapsed_us); INT64_MAX where nothing
 * is under way, or what is waits for the connection. */
int64_t store_memory_next_us(const struct store *store);

/* Requests made and not answered. */
size_t store_memory_pending(const struct store *store);

#endif
