#ifndef RELEVO_APP_NODE_NODE_H
#define RELEVO_APP_NODE_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/node/clock.h"
#include "app/node/options.h"
#include "app/node/peers.h"
#include "app/node/stats.h"
#include "app/node/timings.h"
#include "app/node/turns.h"
#include "app/node/worklist.h"
#include "app/ports/store.h"
#include "base/list.h"
#include "base/log.h"
#include "core/alarms.h"
#include "core/command.h"
#include "protocol/message.h"

/* The state of this node that all parts of it share: its options, what time it is, the state of its database,
 * and what is to be done now and later. The node does not know who uses it. */

/* Limits how often each kind of line is written to the log. */
struct log_rations {
    struct log_ration sign_in;
    struct log_ration mismatch;
    struct log_ration loss;
    struct log_ration slow_commit;
    struct log_ration laggard;
    struct log_ration log_break;
    struct log_ration quota;
};

struct node {
    struct node_options options;
    uint64_t number; /* identifies this node among the nodes of this database, for as long as it runs */
    struct peers peers;
    uint64_t ids_made; /* how many command ids it has made (node_make_id) */
    bool is_draining;

    struct moment now;
    struct clock clock;
    struct alarms alarms; /* rung by the monotonic clock, in milliseconds */
    /* Rung by the database's clock, in Unix milliseconds: each desk's first due. */
    struct alarms database_alarms;
    struct worklist worklist;
    struct turns arrivals; /* sessions that have signed in and wait to join */
    struct turns lookups;  /* what clients ask of the store (app/node/lookup.h) */
    struct turns reads;    /* what commands wait for (app/node/lookup.h) */
    struct list ready;     /* struct subscriber, by ready_link: each may have something to take */

    bool store_is_up;
    bool store_is_stuck; /* while the database is up: it commits nothing */
    struct text *epoch;  /* the database's; NULL until it has been reached once */

    struct node_stats stats;
    struct timings timings;
    struct log_rations rations;
};

/* Initializes the node; the store counts as down. `arrivals` and `peers` are not complete yet: their owners
 * call turns_init and peers_init. */
void node_init(struct node *node, const struct node_options *options);

/* Gives up what the node holds. Nothing may wait in its queues any more. */
void node_finish(struct node *node);

/* Sets the quotas of every workspace, at once. */
void node_set_quotas(struct node *node, const struct quotas *quotas);

/* Sets the present time and rings the alarms that are due. now.mono_us never goes back (asserted). */
void node_advance(struct node *node, struct moment now);

/* When node_advance has to be called again at the latest, in monotonic microseconds; INT64_MAX: nothing is
 * due. */
int64_t node_deadline_us(const struct node *node);

/* The state of the database, as clients are told. */
static inline enum store_state node_store_state(const struct node *node)
{
    return !node->store_is_up ? STORE_STATE_DOWN : node->store_is_stuck ? STORE_STATE_STUCK : STORE_STATE_UP;
}

/* Whether the database can commit what is given to the store now. */
static inline bool node_can_commit(const struct node *node)
{
    return node->store_is_up && !node->store_is_stuck;
}

/* Whether new requests may go to the store: it is up, and the node is not going down. */
static inline bool node_can_ask(const struct node *node)
{
    return node->store_is_up && !node->is_draining;
}

/* The time in Unix milliseconds: the database's clock as estimated, or this machine's clock before the
 * database has been reached. */
int64_t node_now_ms(const struct node *node);

/* The time of this turn on the monotonic clock, in milliseconds. */
static inline int64_t node_mono_ms(const struct node *node)
{
    return node->now.mono_us / 1000;
}

/* Makes an id for a command of the server's own. It cannot be guessed, and is never the same twice. */
struct command_id node_make_id(struct node *node);

/* Counts the answer of a command. With action 0 it was refused before it came to a desk. */
static inline void node_count_answer(struct node *node, enum action action, const struct answer *answer)
{
    node->stats.commands[action][answer->outcome]++;
    if (answer->outcome == OUTCOME_REFUSED)
        node->stats.refusals[answer->reason]++;
}

#endif
