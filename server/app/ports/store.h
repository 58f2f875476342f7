#ifndef RELEVO_APP_PORTS_STORE_H
#define RELEVO_APP_PORTS_STORE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/list.h"
#include "core/roster.h"
#include "protocol/limits.h"
#include "protocol/message.h"

/* The port to what is durable. Two implementations: PostgreSQL (server/store) and memory (tests/support); one
 * test suite holds both to what stands here.
 *
 * Whatever is asked of a store is a struct store_NAME that begins with a struct store_request. The asker sets
 * its kind, its `done` and what the kind wants to know, leaves the results empty, hands it to `ops->ask` and
 * keeps it alive until `done` is called, exactly once, from the loop, never before `ask` has returned. What a
 * result points to belongs to the request and lives until store_request_finish. */

struct store;

enum store_outcome {
    STORE_OK,
    STORE_AWAY,   /* the database cannot be reached, or cannot write now (full disk): nothing was done */
    STORE_SLOW,   /* the database is there, but has not had the time, the memory or the disk for it: nothing
                     was done. Not of an append or a load */
    STORE_FAILED, /* the statement failed for an unforeseen reason, which has been logged: nothing was done */
    STORE_NEW_EPOCH, /* the log is not the one that known_seq came from (another database, or the same one
                        from a backup), or what follows known_seq is more than LIMIT_LOAD_BACK transitions or
                        kept no longer: load anew; whether it was done is unknown */
};

/* X(NAME, name): what is asked of a store; all of it, and what adds nothing to a log. */
#define STORE_REQUESTS(X)                                                                                    \
    X(APPEND, append)                                                                                        \
    STORE_LOOKS(X)
#define STORE_LOOKS(X)                                                                                       \
    X(LOAD, load)                                                                                            \
    X(READ, read)                                                                                            \
    X(PLACE, place)                                                                                          \
    X(PAGE, page)                                                                                            \
    X(DUE, due)                                                                                              \
    X(HEADS, heads)                                                                                          \
    X(REVOCATIONS, revocations)                                                                              \
    X(LOG, log)                                                                                              \
    X(HISTORY, history)                                                                                      \
    X(FIND, find)                                                                                            \
    X(CONSUME, consume)

enum store_kind {
    STORE_NOTHING, /* has been asked yet: of a request that is all zero */
#define X(NAME, name) STORE_##NAME,
    STORE_REQUESTS(X)
#undef X
        STORE_KINDS_COUNT,
};

/* What stands first in all that is asked. */
struct store_request {
    enum store_kind kind;
    enum store_outcome outcome; /* set when `done` is called */
    void (*done)(struct store_request *request);
    void *context;    /* the asker's own */
    struct list link; /* the store's, until it is answered: where it waits, */
    int64_t asked_us; /* and since when, on the monotonic clock */
};

/* Gives up what the results hold, and leaves them empty: it may be asked again. Harmless where they are. */
void store_request_finish(struct store_request *request);

/* For a store: sets the outcome, takes the request off the list on which it waits, and calls `done`. And the
 * same of all that are on a list now. */
void store_request_answer(struct store_request *request, enum store_outcome outcome);
void store_requests_answer(struct list *requests, enum store_outcome outcome);

/* For a store: lets go of all that are on the list; nobody hears of it. */
void store_requests_forget(struct list *requests);

static inline struct store_request *store_request_of(struct list *link)
{
    return CONTAINER_OF(link, struct store_request, link);
}

/* What a roster holds beside what is open. */
#define ROSTER_LIMITS ((struct roster_limits){.back = LIMIT_LOAD_BACK, .completed = LIMIT_COMPLETED_ROWS})

/* Fills a roster in one consistent snapshot: seq, floor_seq, at_ms, marks, counts, default pause, all agents;
 * the Open and the paused conversations, the newest roster->limits.completed Completed ones, and all that
 * changed after floor_seq, which lies roster->limits.back transitions back, or fewer where no more are kept.
 * A workspace that does not exist yet is created: its name comes from a signed token. */
struct store_load {
    struct store_request request;
    struct bytes workspace; /* the name; the caller keeps it alive */
    /* Freshly initialised. The caller settles it; after a failure it is half filled: finish it. */
    struct roster *roster;
    /* The result: */
    int64_t workspace_id;
};

/* How an item of an append came out. */
enum item_result {
    ITEM_COMMITTED,
    ITEM_DUPLICATE, /* its id was there already, with the same fingerprint: `stored` is its first outcome */
    ITEM_ID_REUSED, /* its id was there already, with another fingerprint */
    ITEM_CONFLICT,  /* its conversation (or agent) is no longer as it was decided on, another item of the same
                       conversation was a duplicate, or it ends a pause whose time has not come by the
                       database's clock: decide again */
    ITEM_BUSY,      /* the workspace was locked elsewhere: send again */
};

/* What a command came to, as it is kept for resends. On its way in, numbers may be pending in the append, and
 * the pause's end with them; the store resolves them. */
struct stored_outcome {
    enum outcome outcome; /* done, unchanged or refused */
    enum reason reason;
    int64_t seq;        /* done: of the command's last transition; refused: that it was judged at; else 0 */
    int64_t message;    /* done: the number of the message that it brought */
    int64_t since_seq;  /* refused `answered`, `contact_wrote`: of the message that came since */
    struct pause pause; /* refused `paused`: the one that stood. Out: its until_ms alone */
};

/* One command (or agent_seen) that goes to the store: because it brings transitions, or because its outcome
 * must be kept (a resend). */
struct store_item {
    struct command_id id;
    uint64_t fingerprint;
    struct bytes conversation;      /* what it is about; empty for agent_seen */
    struct stored_outcome stored;   /* in: what to keep. Out, for DUPLICATE: what was kept */
    struct transition *transitions; /* borrowed. In one append numbered -1, -2, … in order over all items.
                                       agent_seen: one transition with by = the agent's id, role = its role,
                                       body = its name, before_seq = agent.seq or 0, and an empty `after` */
    int transitions_count;          /* 0 to DECISION_TRANSITIONS_MAX */
    enum item_result result;
};

/* Makes a desk's batch durable, in one transaction with others' or its own; all or nothing a conversation:
 * the items about one conversation (those without transitions too) are committed together or not at all.
 * Items of different conversations stand for themselves. COMMITTED means: synced to disk. If the connection
 * is lost while it is not known whether it has been committed, the store reconnects and sends the same append
 * again, as often as needed: the ids tell what landed, and the caller just waits longer. An append without
 * items reads what others have done. */
struct store_append {
    struct store_request request;
    int64_t workspace_id;
    int64_t known_seq;   /* roster.seq: everything up to it has been applied */
    int64_t known_at_ms; /* roster.at_ms: known_seq's mark, which tells whether the log is the one that it
                          * came from. 0: not known, and not looked at */
    struct store_item *items; /* borrowed; no id twice */
    size_t items_count;
    size_t bytes; /* of what the items ask for: bounds what is sent together */
    bool patient; /* wait for a locked workspace instead of ITEM_BUSY */
    /* The result, beside those of the items: in order, known_seq + 1, …, up to the first that this append
     * added, what others have done, or this process in an attempt whose answer was lost. Apply them first.
     * Stamped. Bodies of more than LIMIT_LONG_BYTES are cut (transition.is_cut). */
    struct transition *foreign;
    size_t foreign_count;
    int64_t *seqs; /* seqs[n - 1]: the seq given to the transition numbered -n; 0 where its item was not
                      committed */
    int64_t at_ms; /* the time of all that this append added */
};

/* What is kept of an outcome whose append has been given `seqs` and stamped at_ms: nothing is pending any
 * more.
 */
void stored_outcome_resolve(struct stored_outcome *stored, const int64_t *seqs, int64_t at_ms);

/* Reads one conversation that is not held. */
struct store_read {
    struct store_request request;
    int64_t workspace_id;
    struct bytes conversation;
    /* The result: */
    bool found;
    struct conversation result; /* the caller may take its strings */
};

/* Tells whether the transition `seq` of the log has this mark (enum place_verdict): whether a place below
 * what a roster holds is one of this log. The beginning, 0 and 0, is. One that is kept no more is not. */
struct store_place {
    struct store_request request;
    int64_t workspace_id;
    int64_t seq;
    int64_t mark_ms;
    /* The result: */
    bool is_of_log;
};

/* Reads Completed rows with list_seq below before_list_seq (0: the newest), newest first. */
struct store_page {
    struct store_request request;
    int64_t workspace_id;
    int64_t before_list_seq;
    int64_t limit; /* at most LIMIT_PAGE_ROWS */
    /* The result: */
    struct conversation *rows; /* NULL unless STORE_OK */
    size_t rows_count;
    bool more; /* there are older ones */
};

/* Finds workspaces with a pause that ends before the database's now + ahead_ms, among those that the asker
 * does not watch itself. */
struct store_due {
    struct store_request request;
    int64_t ahead_ms;
    const int64_t *watched_ids; /* borrowed */
    size_t watched_count;       /* at most LIMIT_HEADS */
    /* The result: */
    struct text **workspaces; /* names, at most LIMIT_DUE_WORKSPACES, the most overdue first */
    size_t workspaces_count;
};

/* Tells where the logs of these workspaces end. */
struct store_heads {
    struct store_request request;
    const int64_t *workspace_ids; /* borrowed */
    size_t workspaces_count;      /* at most LIMIT_HEADS */
    /* The result: */
    int64_t *seqs; /* of each, in the same order; 0 where nothing has been committed. NULL unless STORE_OK */
    int64_t *marks_ms; /* of these seqs */
};

/* Reads the log of a workspace in pages, in order. One ends in front of a body of more than
 * LIMIT_LONG_BYTES, but of the transition that follows after_seq. It looks at LIMIT_LOG_WINDOW transitions at
 * most, so that a reader with few of its own in a long log costs no more than others. */
struct store_log {
    struct store_request request;
    int64_t workspace_id;
    int64_t after_seq;
    int64_t after_mark_ms; /* its mark, as far as the reader knows; 0: it does not */
    struct bytes channel;  /* only what is about its conversations; empty: everything */
    /* The result: */
    struct transition *transitions; /* in order; at most LIMIT_LOG_ROWS. Stamped */
    size_t transitions_count;
    int64_t to_seq; /* everything after after_seq up to it has been looked at; after_seq at the log's end */
    int64_t to_mark_ms; /* its mark; 0 where it is not known */
    bool is_cut;        /* it ends in front of a long body; without transitions, its mark is not known */
    bool is_other; /* after_seq and its mark are no place of this log: it has been restored from a backup,
                      say. What else there is means nothing */
    bool too_old;  /* what follows after_seq is kept no more: to_seq is where the log begins now, minus one,
                      and there are no transitions */
};

/* Reads what happened in one conversation, newest first. It ends behind the transition whose body makes
 * LIMIT_ENTRIES_BYTES full. It looks at LIMIT_LOG_WINDOW transitions at most. */
struct store_history {
    struct store_request request;
    int64_t workspace_id;
    struct bytes conversation;
    int64_t before_seq; /* only transitions before it; 0: the newest. Quickest with one of its own */
    int64_t after_seq;  /* and only those after it */
    int64_t limit;      /* 1 to LIMIT_HISTORY_ROWS */
    bool messages_only; /* send_message, contact_message, bot_message, and erase */
    /* The result: */
    struct transition *transitions; /* stamped */
    size_t transitions_count;
    bool more;               /* there may be older ones, after after_seq: */
    int64_t next_before_seq; /* those before it have not been looked at; 0 where there are no more */
    bool too_old;            /* no more, but there have been, which are kept no longer */
};

/* Finds conversations, whatever list they are in: first those whose id begins with `text`, by id; then those
 * whose name does, by name, whatever its case and accents (as relevo.fold in sql/ folds them). */
struct store_find {
    struct store_request request;
    int64_t workspace_id;
    struct bytes text; /* not empty */
    int64_t limit;     /* 1 to LIMIT_FIND_ROWS */
    /* The result: */
    struct conversation *rows; /* NULL unless STORE_OK */
    size_t rows_count;
    bool more;
};

/* A consumer: a reader of the log with a name, whose place is kept. It belongs to a role and id (the bot
 * "flows", the channel "whatsapp"). One connection serves it at a time, the newest: whoever attaches gets the
 * next generation, and from then on older ones are told that they have been replaced. */
enum consume_result {
    CONSUME_OK,
    CONSUME_REPLACED,  /* another connection has attached since */
    CONSUME_TOO_MANY,  /* LIMIT_CONSUMERS others of this workspace are there already */
    CONSUME_OTHER_LOG, /* nothing was acknowledged: known_seq and its mark are no place of this log */
};
struct store_consume {
    struct store_request request;
    int64_t workspace_id;
    enum role role;
    struct bytes owner;
    struct bytes name;
    int64_t generation; /* 0: attach. Else the one that attaching gave: `seq` is acknowledged */
    int64_t seq; /* to attach: begin after this one, whatever was acknowledged; -1: after what was, and for a
                    new consumer at the log's end. Else: everything up to it has been dealt with; never moves
                    a consumer back */
    int64_t mark_ms;   /* of that seq. To attach: where the log has another there, it begins where it was, or
                          where that is no place of this log either, at the beginning of what is kept.
                          Else 0 where it is not known */
    int64_t known_seq; /* to acknowledge: a place at or after seq of the log that was followed */
    int64_t known_mark_ms;
    /* The result: */
    enum consume_result result;
    int64_t generation_r; /* attached: from now on */
    int64_t acked_seq_r;  /* what is acknowledged now, */
    int64_t acked_mark_r; /* and its mark; 0 where it is not known */
    bool is_resumed_r;    /* attached: to the place that was said or, where none was, kept */
};

/* Reads who has had his tokens revoked since the revocation with that number. */
struct revocation {
    struct text *workspace;
    struct text *id; /* of a person, an automation or a channel */
    int64_t at_ms;   /* tokens issued up to then are void, and those that do not say when */
    int64_t number;  /* grows with every revocation of whomever; somebody's is there under his last only */
};
struct store_revocations {
    struct store_request request;
    int64_t after; /* a number; 0: all */
    /* The result: */
    struct revocation *list; /* by number, at most LIMIT_REVOCATIONS_READ */
    size_t count;
};

/* What the store tells without being asked, from the loop. */
struct store_listener {
    /* The database can be reached and is fit to serve; also after each reconnect. The epoch tells databases
     * apart (system identifier and timeline): another than before means that seqs count anew. */
    void (*up)(void *context, struct bytes epoch);
    void (*down)(void *context);
    /* While it is up: it commits nothing now (a full disk, a synchronous standby that is away …), or again;
     * said with every change, and after each `up`. While it is stuck it is read from as before; an append
     * with items that has not been sent yet is answered STORE_AWAY, and one that has been waits, or is sent
     * again, until it is known what became of it. Whether it still is the store finds out by itself. NULL:
     * nobody wants to know. */
    void (*stuck)(void *context, bool is_stuck);
    /* The database's clock showed database_ms at some moment between sent_us and received_us of the monotonic
     * clock. */
    void (*clock)(void *context, int64_t database_ms, int64_t sent_us, int64_t received_us);
    /* Some node, perhaps this one, has committed up to seq in this workspace. It may come late, repeatedly,
     * or never, and it may be untrue. */
    void (*hint)(void *context, int64_t workspace_id, int64_t seq);
    /* Hints may have been lost, of any workspace: all heads are to be looked at. */
    void (*hints_lost)(void *context);
    /* Another node has said this (`tell`) of this workspace: soon, in order from that node, or never. NULL:
     * nobody wants to know. */
    void (*told)(void *context, int64_t workspace_id, struct bytes words);
    void *context;
};

/* What a request of this kind is the head of. */
#define X(NAME, name)                                                                                        \
    static inline struct store_##name *store_##name##_of(struct store_request *request)                      \
    {                                                                                                        \
        assert(request->kind == STORE_##NAME);                                                               \
        return CONTAINER_OF(request, struct store_##name, request);                                          \
    }
STORE_REQUESTS(X)
#undef X

struct store_ops {
    void (*ask)(struct store *store, struct store_request *request);
    /* Tells all other nodes something that is not kept: at most LIMIT_TELL_BYTES of text without line feeds
     * (tabs may be), copied. Never waits: where it cannot be said now, it is lost. */
    void (*tell)(struct store *store, int64_t workspace_id, struct bytes words);
};

/* The head of an implementation. */
struct store {
    const struct store_ops *ops;
    struct store_listener listener; /* set before the store is started */
};

#endif
