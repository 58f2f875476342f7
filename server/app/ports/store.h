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

/* The port to what is durable. There are two implementations: PostgreSQL (server/store) and memory
 * (tests/support). One test suite checks that both do what this file says.
 *
 * Each request is a struct store_NAME that begins with a struct store_request. The asker sets its kind, its
 * `done` and the parameters of that kind, leaves the results empty, hands it to `ops->ask`, and keeps it
 * alive until `done` is called. The store calls `done` exactly once, from the loop, and never before `ask`
 * has returned. What a result points to belongs to the request and lives until store_request_finish. */

struct store;

enum store_outcome {
    STORE_OK,
    STORE_AWAY, /* the database cannot be reached, or cannot write now (its disk is full): nothing was done */
    /* The database is there, but did not have the time, the memory or the disk for the request: nothing was
     * done. An append or a load never ends so. */
    STORE_SLOW,
    STORE_FAILED, /* the statement failed for an unforeseen reason, which has been logged: nothing was done */
    /* The log is not the one that known_seq came from (it is another database, or the same one restored from
     * a backup). Or more than LIMIT_FOREIGN transitions follow known_seq, or they are no longer kept. The
     * asker has to load anew; it is not known whether the request was carried out. */
    STORE_NEW_EPOCH,
};

/* X(NAME, name): STORE_REQUESTS lists everything that can be asked of a store; STORE_LOOKS lists what adds
 * nothing to a log. */
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
    STORE_NOTHING, /* nothing has been asked yet: the kind of a request that is all zero */
#define X(NAME, name) STORE_##NAME,
    STORE_REQUESTS(X)
#undef X
        STORE_COUNT,
};

/* The head of every request. */
struct store_request {
    enum store_kind kind;
    enum store_outcome outcome; /* set when `done` is called */
    void (*done)(struct store_request *request);
    void *context;    /* the asker's; the store does not read it */
    struct list link; /* the store's until the answer: the list on which the request waits */
    int64_t asked_us; /* the store's: when it was asked, in microseconds of the monotonic clock */
};

/* Gives up what the results hold and leaves them empty, so that the request can be asked again. It does
 * nothing where the results are empty. */
void store_request_finish(struct store_request *request);

/* For a store: sets the outcome, takes the request off the list on which it waits, and calls `done`.
 * store_requests_answer does so for all requests that are on the list at the time of the call. */
void store_request_answer(struct store_request *request, enum store_outcome outcome);
void store_requests_answer(struct list *requests, enum store_outcome outcome);

/* For a store: takes all requests off the list; their `done` is never called. */
void store_requests_forget(struct list *requests);

static inline struct store_request *store_request_of(struct list *link)
{
    return CONTAINER_OF(link, struct store_request, link);
}

/* How many transitions a roster reaches back, and how many Completed rows it holds. */
#define ROSTER_LIMITS ((struct roster_limits){.back = LIMIT_LOAD_BACK, .completed = LIMIT_COMPLETED_ROWS})

/* Fills a roster in one consistent snapshot: seq, floor_seq, at_ms, marks, counts, default pause, and all
 * agents; the Open and the paused conversations, the newest roster->limits.completed Completed ones, and
 * every conversation that changed after floor_seq. floor_seq lies roster->limits.back transitions back, or
 * fewer where fewer are kept. A workspace that does not exist yet is created, since its name comes from a
 * signed token. */
struct store_load {
    struct store_request request;
    struct bytes workspace; /* the workspace's name; the caller keeps it alive */
    /* The caller initialises it, and calls roster_settle after STORE_OK. After a failure it is half filled,
     * and the caller finishes it. */
    struct roster *roster;
    /* The result: */
    int64_t workspace_id;
};

/* How one item of an append came out. */
enum item_result {
    ITEM_COMMITTED,
    ITEM_DUPLICATE, /* its id was stored already, with the same fingerprint: `stored` is the first outcome */
    ITEM_ID_REUSED, /* its id was stored already, with another fingerprint */
    /* Its conversation (or agent) has changed since the decision, or another item of the same conversation
     * was a duplicate, or it carries out a due whose time has not come by the database's clock. The asker
     * decides again. */
    ITEM_CONFLICT,
    ITEM_BUSY, /* the workspace was locked elsewhere: the asker sends it again */
};

/* The outcome of a command, as it is kept for resends. When it is handed to the store, seqs may be pending
 * (numbers of this append), and so may the end of the pause; the store resolves them. */
struct stored_outcome {
    enum outcome outcome; /* done, unchanged or refused */
    enum reason reason;
    /* Done: the seq of the command's last transition; refused: the seq at which it was judged; else 0. */
    int64_t seq;
    int64_t message;    /* done: the number of the message that the command brought */
    int64_t since_seq;  /* refused `answered` or `contact_wrote`: the seq of the message that came since */
    struct pause pause; /* refused `paused`: the pause that stood. The store gives back its until_ms only */
};

/* One command (or agent_seen) that goes to the store, because it brings transitions or because its outcome
 * must be kept (it is a resend). */
struct store_item {
    struct command_id id;
    uint64_t fingerprint;
    struct bytes conversation;    /* the conversation that it is about; empty for agent_seen */
    struct stored_outcome stored; /* in: the outcome to keep. Out, for DUPLICATE: the outcome that was kept */
    /* No outcome is kept under its id, and none is looked for: the row tells whether it was carried out, as a
     * due stands there until then. Carried out before, it is a CONFLICT. */
    bool is_told_by_row;
    /* Borrowed. They are numbered -1, -2, … in order over all items of one append. An agent_seen has one
     * transition: `by` is the agent's id, `role` its role, `body` its name, `before_seq` is agent.seq or 0,
     * and `after` is empty. */
    struct transition *transitions;
    int transitions_count; /* 0 to DECISION_TRANSITIONS_MAX */
    enum item_result result;
};

/* Makes a desk's batch durable, in one transaction, which it may share with other batches. The items about
 * one conversation (also those without transitions) are committed together or not at all. Items about
 * different conversations do not depend on each other. ITEM_COMMITTED means that the transaction is synced to
 * disk. If the connection breaks before the answer, the store reconnects and sends the same append again, as
 * often as needed: the ids tell what has been committed, and the caller only waits longer (store/lane.c). If
 * the database is another one by then, it is answered STORE_NEW_EPOCH. An append without items reads what
 * others have committed. */
struct store_append {
    struct store_request request;
    int64_t workspace_id;
    int64_t known_seq; /* roster.seq: the caller has applied everything up to it */
    /* roster.at_ms: the mark of known_seq, which tells whether the log is the one that known_seq came from.
     * 0: the mark is not known, and the store does not check it. */
    int64_t known_at_ms;
    struct store_item *items; /* borrowed; no id twice */
    size_t items_count;
    size_t bytes; /* the size of the commands' frames; it bounds how much is sent together */
    bool patient; /* the store waits for a locked workspace instead of answering ITEM_BUSY */
    /* The result, beside those of the items: the transitions known_seq + 1, …, in order, up to the first that
     * this append added. Others have committed them, or this process has in an attempt whose answer was lost.
     * The caller applies them before its own. They are stamped. Bodies of more than LIMIT_LONG_BYTES are cut
     * (transition.is_cut). */
    struct transition *foreign;
    size_t foreign_count;
    /* seqs[n - 1] is the seq given to the transition numbered -n; 0 where its item was not committed. */
    int64_t *seqs;
    int64_t at_ms; /* the time of all transitions that this append added */
};

/* Resolves the pending numbers of an outcome: its append was given `seqs` and stamped at_ms. Nothing in it is
 * pending afterwards. */
void stored_outcome_resolve(struct stored_outcome *stored, const int64_t *seqs, int64_t at_ms);

/* Reads one conversation. */
struct store_read {
    struct store_request request;
    int64_t workspace_id;
    struct bytes conversation;
    /* The result: */
    bool found;
    struct conversation result; /* the caller may take its strings */
};

/* Tells whether the transition `seq` of the log has this mark. It is asked for a place that is older than the
 * roster knows. The beginning (seq 0, mark 0) is a place of every log. A transition that is no longer kept is
 * not. */
struct store_place {
    struct store_request request;
    int64_t workspace_id;
    int64_t seq;
    int64_t mark_ms;
    /* The result: */
    bool is_of_log;
};

/* Reads Completed rows whose list_seq is below before_list_seq (0: from the newest on), newest first. */
struct store_page {
    struct store_request request;
    int64_t workspace_id;
    int64_t before_list_seq;
    int64_t limit; /* at most LIMIT_PAGE_ROWS */
    /* The result: */
    struct conversation *rows; /* NULL unless STORE_OK */
    size_t rows_count;
    bool more; /* there are older rows */
};

/* Finds workspaces where something is due before the database's now + ahead_ms. It leaves out the ones that
 * the asker watches itself (watched_ids). */
struct store_due {
    struct store_request request;
    int64_t ahead_ms;
    const int64_t *watched_ids; /* borrowed */
    size_t watched_count;       /* at most LIMIT_HEADS */
    /* The result: */
    struct text **workspaces; /* their names, at most LIMIT_DUE_WORKSPACES, the most overdue first */
    size_t workspaces_count;
};

/* Tells where the logs of these workspaces end. */
struct store_heads {
    struct store_request request;
    const int64_t *workspace_ids; /* borrowed */
    size_t workspaces_count;      /* at most LIMIT_HEADS */
    /* The result: */
    /* The last seq of each, in the same order; 0 where nothing has been committed. NULL unless STORE_OK. */
    int64_t *seqs;
    int64_t *marks_ms; /* the marks of these seqs */
};

/* Reads one page of a workspace's log, in order. A page ends in front of a body of more than
 * LIMIT_LONG_BYTES, unless that is the body of the first transition after after_seq. The store looks at
 * LIMIT_LOG_WINDOW transitions at most, so a reader with few transitions of its own in a long log costs no
 * more than others. */
struct store_log {
    struct store_request request;
    int64_t workspace_id;
    int64_t after_seq;
    int64_t after_mark_ms; /* the mark of after_seq; 0: the reader does not know it */
    struct bytes channel;  /* only transitions about this channel's conversations; empty: all transitions */
    /* The result: */
    struct transition *transitions; /* in order; at most LIMIT_LOG_ROWS. Stamped */
    size_t transitions_count;
    /* The store has looked at everything after after_seq up to it; after_seq at the log's end. */
    int64_t to_seq;
    int64_t to_mark_ms; /* the mark of to_seq; 0 where it is not known */
    bool is_cut; /* the page ends in front of a long body; without transitions, to_mark_ms is not known */
    /* after_seq and its mark are no place of this log (it has been restored from a backup, for example). The
     * other results mean nothing. */
    bool is_other;
    /* What follows after_seq is no longer kept. to_seq is the seq before the first that is kept, and there
     * are no transitions. */
    bool too_old;
};

/* Reads what happened in one conversation, newest first. The page ends after the transition whose body brings
 * the sum to LIMIT_ENTRIES_BYTES. The store looks at LIMIT_LOG_WINDOW transitions at most. */
struct store_history {
    struct store_request request;
    int64_t workspace_id;
    struct bytes conversation;
    /* Only transitions before it; 0: the newest. It is quickest where it is a seq of this conversation. */
    int64_t before_seq;
    int64_t after_seq;  /* only transitions after it */
    int64_t limit;      /* 1 to LIMIT_HISTORY_ROWS */
    bool messages_only; /* only send_message, contact_message, bot_message and erase */
    /* The result: */
    struct transition *transitions; /* stamped */
    size_t transitions_count;
    bool more; /* there may be older ones that come after after_seq */
    /* The store has not looked at transitions before it; 0 where there are no more. */
    int64_t next_before_seq;
    bool too_old; /* there are no more, but there have been older ones, which are no longer kept */
};

/* Finds conversations in any list: first those whose id begins with `text`, by id; then those whose name
 * begins with it, by name, ignoring case and accents (as relevo.fold in sql/ folds them). */
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

/* A consumer is a reader of the log with a name, whose place is kept. It belongs to a role and an id (the bot
 * "flows", the channel "whatsapp"). One connection serves it at a time, the newest: each connection that
 * attaches gets the next generation, and from then on the store answers older ones with CONSUME_REPLACED. */
enum consume_result {
    CONSUME_OK,
    CONSUME_REPLACED,  /* another connection has attached since */
    CONSUME_TOO_MANY,  /* this workspace has LIMIT_CONSUMERS others already */
    CONSUME_OTHER_LOG, /* known_seq and its mark are no place of this log: nothing was acknowledged */
};
struct store_consume {
    struct store_request request;
    int64_t workspace_id;
    enum role role;
    struct bytes owner;
    struct bytes name;
    int64_t generation; /* 0: attach. Else the generation that attaching gave: `seq` is acknowledged */
    /* To attach: the consumer begins after this seq, whatever was acknowledged. -1: it begins after what was
     * acknowledged, or, if it is new, at the log's end. To acknowledge: the client has dealt with everything
     * up to it; a consumer is never moved back. */
    int64_t seq;
    /* The mark of seq. To attach: where the log has another mark at seq, the consumer begins at its kept
     * place, or, where that is no place of this log either, at the beginning of what is kept. To acknowledge:
     * 0 where the mark is not known. */
    int64_t mark_ms;
    /* To acknowledge: a place at or after seq, of the log that was followed. */
    int64_t known_seq;
    int64_t known_mark_ms;
    /* The result: */
    enum consume_result result;
    int64_t generation_r; /* attached: the generation of this connection */
    int64_t acked_seq_r;  /* the seq that is acknowledged now */
    int64_t acked_mark_r; /* the mark of acked_seq_r; 0 where it is not known */
    /* Attached: it goes on at the place that was asked for or, where none was, at the kept one. */
    bool is_resumed_r;
};

/* Reads the revocations of tokens whose number is above `after`. */
struct revocation {
    struct text *workspace;
    struct text *id; /* the id of a person, an automation or a channel */
    /* Tokens that were issued up to this time are void, and so are tokens that do not say when. */
    int64_t at_ms;
    /* The number grows with every revocation in the database. Only the last revocation of each id is kept. */
    int64_t number;
};
struct store_revocations {
    struct store_request request;
    int64_t after; /* a revocation's number; 0: all are read */
    /* The result: */
    struct revocation *list; /* in the order of their numbers, at most LIMIT_REVOCATIONS_READ */
    size_t count;
};

/* What the store tells without being asked. It calls these from the loop. */
struct store_listener {
    /* The database can be reached and is fit to serve; the store says so after each reconnect, too. The epoch
     * tells databases apart (system identifier and timeline): with another epoch than before, earlier seqs
     * mean nothing. */
    void (*up)(void *context, struct bytes epoch);
    /* The database cannot be reached any more. */
    void (*down)(void *context);
    /* While the database is up: it commits nothing now (its disk is full, a synchronous standby is away …),
     * or it commits again. The store says so at every change, and after each `up`. While it is stuck, the
     * database is read from as before. An append with items that has not been sent yet is answered
     * STORE_AWAY. One that has been sent waits, or is sent again, until it is known what became of it. The
     * store itself finds out whether the database is still stuck. NULL: the listener does not want to
     * know. */
    void (*stuck)(void *context, bool is_stuck);
    /* The database's clock showed database_ms at some moment between sent_us and received_us of the monotonic
     * clock. */
    void (*clock)(void *context, int64_t database_ms, int64_t sent_us, int64_t received_us);
    /* Some node, perhaps this one, has committed up to seq in this workspace. It may come late, repeatedly,
     * or never, and it may be untrue. */
    void (*hint)(void *context, int64_t workspace_id, int64_t seq);
    /* Hints may have been lost, for any workspace, and what nodes told each other: the listener has to look
     * at all heads, and to tell anew. */
    void (*hints_lost)(void *context);
    /* Another node has told this (`tell`) about this workspace. It arrives soon and in the order of that
     * node, or never. NULL: the listener does not want to know. */
    void (*told)(void *context, int64_t workspace_id, struct bytes words);
    void *context;
};

/* store_NAME_of gives the struct store_NAME that this request is the head of. The kind must match
 * (asserted). */
#define X(NAME, name)                                                                                        \
    static inline struct store_##name *store_##name##_of(struct store_request *request)                      \
    {                                                                                                        \
        assert(request->kind == STORE_##NAME);                                                               \
        return CONTAINER_OF(request, struct store_##name, request);                                          \
    }
STORE_REQUESTS(X)
#undef X

struct store_ops {
    /* Takes the request, and calls its `done` later. */
    void (*ask)(struct store *store, struct store_request *request);
    /* Tells all other nodes something that is not kept. It is at most LIMIT_TELL_BYTES of text, may have tabs
     * but no line feeds, and is copied. It never waits: what cannot be told now, or to nobody, is lost. */
    void (*tell)(struct store *store, int64_t workspace_id, struct bytes words);
};

/* The head of an implementation. */
struct store {
    const struct store_ops *ops;
    struct store_listener listener; /* set before the store is started */
};

#endif
