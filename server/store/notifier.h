#ifndef RELEVO_STORE_NOTIFIER_H
#define RELEVO_STORE_NOTIFIER_H

#include "app/ports/store.h"
#include "base/log.h"
#include "store/backlog.h"
#include "store/company.h"
#include "store/connection.h"

/* The connection over which nodes tell each other what the heads of the workspaces, looked at now and then,
 * would tell them later: it listens on one channel, and notifies. What is to be said gathers while the last
 * is under way and for some milliseconds after it was sent; of the hints of a workspace the newest counts.
 * While nobody else is there, nothing is said (store/company.h). While it is away the store serves, and nodes
 * hear of each other by the heads. But before the store first comes up it must have proved that the session
 * is kept, and where that fails the store goes down. The state diagram is in notifier.c. */

enum notifier_state {
    NOTIFIER_AWAY,     /* no connection */
    NOTIFIER_ENTERING, /* it is about to listen */
    NOTIFIER_PROVING,  /* it listens, and waits to hear another session of the node */
    NOTIFIER_FREE,     /* it listens */
    NOTIFIER_SENT,     /* it listens, and what it says is in flight */
};

enum { NOTIFIER_PROOF_SIZE = 40 };

struct notifier_options {
    struct hash_key hash_key;
    const struct store_listener *listener; /* hears of hints, hints_lost and told */
    /* It is ready, lost, or has got free: look at everything anew. */
    void (*changed)(void *context, struct connection *connection);
    void (*unfit)(void *context, const char *sentence);
    int64_t silent_ms; /* as company_init says */
    void *context;
};

struct notifier {
    struct connection connection;
    struct notifier_options options;
    enum notifier_state state;
    struct backlog backlog;          /* what is to be said */
    struct company company;          /* whether anybody hears it */
    int64_t next_ms;                 /* before that nothing is said, by the loop's clock */
    uv_timer_t *timer;               /* for what waits, or for the next attempt to enter */
    uv_timer_t *company_timer;       /* as company_next_ms says */
    char proof[NOTIFIER_PROOF_SIZE]; /* what it waits to hear */
    bool wants_telling;              /* another session is to notify it, again perhaps */
    int proof_tries;                 /* since it waits */
    bool hears_nothing;              /* the proof was not heard in time, and has not been since */
    struct log_ration failures;
    struct log_ration garbage;
};

/* As those of a reader (store/reader.h). */
void notifier_init(struct notifier *notifier, uv_loop_t *loop, const struct connection_options *connection,
                   const struct notifier_options *options);
void notifier_finish(struct notifier *notifier);
void notifier_start(struct notifier *notifier);
void notifier_stop(struct notifier *notifier);

/* The other nodes are to hear that in this workspace something has been committed, up to seq. It is dropped
 * where nobody is known to hear it, or the connection is away: they are asked to look, later. */
void notifier_hint(struct notifier *notifier, int64_t workspace_id, int64_t seq);

/* The other nodes are to hear these words, as store_ops.tell says: they are lost where a hint would be, or
 * too many wait. */
void notifier_tell(struct notifier *notifier, int64_t workspace_id, struct bytes words);

/* Whether the session is known to be one: it hears between two transactions what others notify. */
static inline bool notifier_is_proven(const struct notifier *notifier)
{
    return notifier->state == NOTIFIER_FREE || notifier->state == NOTIFIER_SENT;
}

/* While `wants_telling`: another session of the node has been sent to notify the proof. Where that is not
 * heard after several times, a pooler does not keep the session (store/pooler.h), and it is rejected as
 * unfit. */
void notifier_was_told(struct notifier *notifier);

/* Says what waits, if it can. Not to be called from a call into the store: the listener may be called from
 * here. */
void notifier_pump(struct notifier *notifier);

#endif
