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

/* What is true of this node of Relevo, and what all of it share: its options, what time it is, how it stands
 * with its database, what is to be done now and later. It knows nobody who uses it. */

/* Who may write the line into the log again, one for each kind. */
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
    uint64_t number; /* among the nodes of this database, for as long as it runs */
    struct peers peers;
    uint64_t ids_made;
    bool is_draining;

    struct moment now;
    struct clock clock;
    struct alarms alarms;          /* on the monotonic clock */
    struct alarms database_alarms; /* on the database's: the first due of each desk */
    struct worklist worklist;
    struct turns arrivals; /* who has signed in */
    struct turns lookups;  /* what clients look up (app/node/lookup.h) */
    struct turns reads;    /* what commands wait for */
    struct list ready;     /* struct subscriber: there may be something for him to take */

    bool store_is_up;
    bool store_is_stuck; /* while it is up: it commits nothing */
    struct text *epoch;  /* of the database; NULL before it has been reached */

    struct node_stats stats;
    struct timings timings;
    struct log_rations rations;
};

/* The store is not there yet. Who is let in, and who is told of the other nodes, is said by turns_init and
 * peers_init, of arrivals and peers. */
void node_init(struct node *node, const struct node_options *options);

/* Nothing may wait any more. */
void node_finish(struct node *node);

/* From now on these hold. */
void node_set_quotas(struct node *node, const struct quotas *quotas);

/* Time has passed: rings what is due. */
void node_advance(struct node *node, struct moment now);

/* By when node_advance has to be called again at the latest, in monotonic microseconds; INT64_MAX: no need.
 */
int64_t node_deadline_us(const struct node *node);

/* How it stands with the database, as clients are told. */
static inline enum store_state node_store_state(const struct node *node)
{
    return !node->store_is_up ? STORE_STATE_DOWN : node->store_is_stuck ? STORE_STATE_STUCK : STORE_STATE_UP;
}

/* Whether what is given to the store now may be committed. */
static inline bool node_can_commit(const struct node *node)
{
    return node->store_is_up && !node->store_is_stuck;
}

/* Whether the store may be asked for what only goes on while it is there. */
static inline bool node_can_ask(const struct node *node)
{
    return node->store_is_up && !node->is_draining;
}

/* The database's clock as estimated; this machine's before the database has been reached. */
int64_t node_now_ms(const struct node *node);

static inline int64_t node_mono_ms(const struct node *node)
{
    return node->now.mono_us / 1000;
}

/* A new id for a command of the server's own, unguessable and never the same twice. */
struct command_id node_make_id(struct node *node);

/* Counts a command's answer; action 0: it was refused before anybody looked at it. */
static inline void node_count_answer(struct node *node, enum action action, const struct answer *answer)
{
    node->stats.commands[action][answer->outcome]++;
    if (answer->outcome == OUTCOME_REFUSED)
        node->stats.refusals[answer->reason]++;
}

#endif
