#ifndef RELEVO_APP_HUB_PRIVATE_H
#define RELEVO_APP_HUB_PRIVATE_H

#include "app/clock.h"
#include "app/desk.h"
#include "app/hub.h"
#include "app/lookup.h"
#include "app/nodes.h"
#include "app/polls.h"
#include "app/revocations.h"
#include "app/rubble.h"
#include "app/timings.h"
#include "app/turns.h"
#include "app/watching.h"
#include "app/worklist.h"
#include "base/list.h"
#include "base/log.h"
#include "base/map.h"
#include "core/alarms.h"

/* The body of the hub, for desks and sessions; the transport sees hub.h only. */
struct hub {
    struct hub_options options;
    struct moment now;
    struct clock clock;
    struct alarms alarms;          /* on the monotonic clock */
    struct alarms database_alarms; /* on the database's: the first due of each desk */
    struct worklist worklist;
    bool store_is_up;
    bool store_is_stuck; /* while it is up: it commits nothing */
    struct text *epoch;  /* of the database; NULL before it has been reached */
    bool is_draining;
    uint64_t ids_made;

    struct map desks;        /* by workspace */
    struct map desks_by_id;  /* those that are READY, by workspace_id */
    struct list ready_desks; /* whose heads were looked at longest ago first */
    struct weight weight;    /* of the tasks that are not settled, of all desks */
    struct list idle_desks;  /* that nobody wants, those longest so first: */
    struct alarm unload;     /* it may go */
    struct map principals;   /* by workspace, role and id; those who are connected, or have been of late */
    struct rubble rubble;    /* what desks have left behind */
    struct list sessions;
    size_t unfinished_bytes;           /* held by sessions of messages that have not come whole; */
    size_t unfinished_strangers_bytes; /* of them, by who has not signed in */
    struct list ready_sessions;
    struct watching watching;

    struct polls polls;
    struct revocations revocations;
    bool knows_revocations; /* all that this database had at some moment: until then nobody joins */

    uint64_t node; /* this one's number among the others, for as long as it runs */
    struct nodes nodes;
    struct alarm beat; /* says that this node is there, while somebody is with it; */
    int64_t next_beat_ms;

    struct turns lookups;       /* what clients look up (app/lookup.h) */
    struct turns reads;         /* what commands wait for */
    struct turns arrivals;      /* sessions that have signed in */
    int held_count;             /* sessions that are one too many, and have not been told yet */
    struct alarm queries_again; /* some queries wait to be asked again */
    struct hub_stats stats;
    struct timings timings;
    struct log_ration sign_in_lines;
    struct log_ration mismatch_lines;
    struct log_ration loss_lines;
    struct log_ration slow_commit_lines;
    struct log_ration laggard_lines;
    struct log_ration break_lines;
    struct log_ration quota_lines;
};

/* Two ways lead to a desk, and no third, so that workspaces are sealed: the identity that a credential has
 * given, and the database's word that something is due there; no message names one. It starts loading if it
 * was not there. */
struct desk *hub_desk_of_identity(struct hub *hub, const struct identity *identity);
struct desk *hub_desk_of_due(struct hub *hub, const struct store_due *due, size_t index);

/* The desk of this workspace that is READY; NULL where there is none. */
struct desk *hub_find_id(const struct hub *hub, int64_t workspace_id);

/* The desk has become READY, or is so no more: hints find it and its head is looked at, or not. */
void hub_note_id(struct hub *hub, struct desk *desk);
void hub_forget_id(struct hub *hub, struct desk *desk);

/* What is to become of what the store tells. */
struct store_listener hub_listener(struct hub *hub);

/* Some node is said to have committed up to seq in this workspace. */
void hub_hint(struct hub *hub, int64_t workspace_id, int64_t seq);

/* The log of this workspace ends there. */
void hub_take_head(struct hub *hub, int64_t workspace_id, int64_t seq, int64_t mark_ms);

/* A session's query waits to be asked again, in a while. */
void hub_note_query(struct hub *hub);

/* The desk has something to do in this turn. */
void hub_note_work(struct hub *hub, struct desk *desk);

/* Nobody wants the desk any more, from now on: unless somebody does again, it goes after a while, but never
 * while the store cannot be asked. */
void hub_note_idle(struct hub *hub, struct desk *desk);

/* The store can be asked again: desks that nobody wants may go. */
void hub_watch_idle(struct hub *hub);

/* How it stands with the database, as clients are told. */
static inline enum store_state hub_store_state(const struct hub *hub)
{
    return !hub->store_is_up ? STORE_STATE_DOWN : hub->store_is_stuck ? STORE_STATE_STUCK : STORE_STATE_UP;
}

/* Whether what is given to the store now may be committed. */
static inline bool hub_can_commit(const struct hub *hub)
{
    return hub->store_is_up && !hub->store_is_stuck;
}

/* Whether the store may be asked for what only goes on while it is there. */
static inline bool hub_can_ask(const struct hub *hub)
{
    return hub->store_is_up && !hub->is_draining;
}

/* The database's clock as estimated; this machine's before the database has been reached. */
int64_t hub_now_ms(const struct hub *hub);

/* The fair queues of the hub (hub_turns.c). */
void hub_init_turns(struct hub *hub);
void hub_finish_turns(struct hub *hub);

/* The session, which has signed in, joins when it has its turn: workspaces take turns, and people within
 * them, each at a pace. Some of them have theirs in each turn of the loop. */
void hub_await_turn(struct hub *hub, struct session *session);

/* Somebody is refused something because his workspace has used this up: it is counted, and logged. */
void hub_refuse_for_quota(struct hub *hub, const struct desk *desk, enum quota quota);

/* Counts a command's answer; action 0: it was refused before anybody looked at it. */
static inline void hub_count_answer(struct hub *hub, enum action action, const struct answer *answer)
{
    hub->stats.commands[action][answer->outcome]++;
    if (answer->outcome == OUTCOME_REFUSED)
        hub->stats.refusals[answer->reason]++;
}

static inline int64_t hub_mono_ms(const struct hub *hub)
{
    return hub->now.mono_us / 1000;
}

/* More tokens are good no more: whoever came with one of them is closed. */
void hub_take_revocations(struct hub *hub, const struct store_revocations *taken);

/* The other nodes (hub_nodes.c): what they say, and who of them falls silent. */
void hub_init_nodes(struct hub *hub);
void hub_hear_node(struct hub *hub, int64_t workspace_id, struct bytes words);

/* Somebody is with this node, or the store can be asked: this node says that it is there. */
void hub_set_beat(struct hub *hub);

/* A new id for a command of the server's own, unguessable and never the same twice. */
struct command_id hub_make_id(struct hub *hub);

#endif
