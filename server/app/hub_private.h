#ifndef RELEVO_APP_HUB_PRIVATE_H
#define RELEVO_APP_HUB_PRIVATE_H

#include "app/clock.h"
#include "app/desk.h"
#include "app/hub.h"
#include "app/lookup.h"
#include "app/nodes.h"
#include "app/revocations.h"
#include "app/rubble.h"
#include "app/timings.h"
#include "app/watching.h"
#include "base/list.h"
#include "base/log.h"
#include "base/map.h"
#include "core/deadlines.h"

/* The body of the hub, for desks and sessions; the transport sees hub.h only. */
struct hub {
    struct hub_options options;
    struct moment now;
    struct clock clock;
    bool store_is_up;
    bool store_is_stuck; /* while it is up: it commits nothing */
    struct text *epoch;  /* of the database; NULL before it has been reached */
    bool is_draining;
    uint64_t ids_made;

    struct map desks;       /* by workspace */
    struct map desks_by_id; /* those that are READY, by workspace_id */
    struct list desks_with_work;
    struct list ready_desks; /* whose heads were looked at longest ago first */
    struct weight weight;    /* of the tasks that are not settled, of all desks */
    struct list idle_desks;  /* that nobody wants, those longest so first */
    struct map principals;   /* by workspace, role and id; those who are connected, or have been of late */
    struct deadlines principal_alarms; /* on the monotonic clock, in milliseconds */
    struct rubble rubble;              /* what desks have left behind */
    struct list sessions;
    size_t unfinished_bytes;           /* held by sessions of messages that have not come whole; */
    size_t unfinished_strangers_bytes; /* of them, by who has not signed in */
    struct list ready_sessions;
    struct watching watching;

    struct deadlines dues;           /* the first of each desk, on the database's clock */
    struct deadlines session_alarms; /* on the monotonic clock, in milliseconds */
    struct deadlines desk_alarms;    /* likewise */

    struct store_due due;
    bool is_asking_due;
    int64_t next_due_us;

    struct store_heads heads;
    bool is_asking_heads;
    int64_t next_heads_us;

    struct revocations revocations;
    bool knows_revocations; /* all that this database had at some moment: until then nobody joins */
    struct store_revocations new_revocations;
    bool is_asking_revocations;
    int64_t next_revocations_us;

    uint64_t node; /* this one's number among the others, for as long as it runs */
    struct nodes nodes;
    struct deadlines presence_alarms; /* struct desk_presence; on the monotonic clock, in milliseconds */
    int64_t next_beat_us;

    struct fair_queue lookups;        /* what clients look up (app/lookup.h) */
    struct fair_queue reads;          /* what commands wait for */
    struct fair_queue arrivals;       /* sessions that have signed in */
    int held_count;                   /* sessions that are one too many, and have not been told yet */
    bool has_queries;                 /* some queries wait to be asked again, */
    int64_t next_queries_us;          /* then */
    struct deadlines consumer_alarms; /* on the monotonic clock, in milliseconds */
    struct deadlines quiet_ends;      /* likewise, of consumers */
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

/* Nobody wants the desk any more, from now on: unless somebody does again, it goes after a while. */
void hub_note_idle(struct hub *hub, struct desk *desk);

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

/* The database's clock as estimated; this machine's before the database has been reached. */
int64_t hub_now_ms(const struct hub *hub);

/* The session, which has signed in, joins when it has its turn: workspaces take turns, and people within
 * them, each at a pace (hub_turns.c). Some of them have theirs in each turn of the loop. */
void hub_await_turn(struct hub *hub, struct session *session);
void hub_let_in(struct hub *hub);

/* By when hub_let_in is to be called again; INT64_MAX: nobody waits. */
int64_t hub_arrivals_us(const struct hub *hub);

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

/* Looks for new revocations (hub_revocations.c); and whether that is to be done at next_revocations_us. */
void hub_ask_revocations(struct hub *hub);
bool hub_wants_revocations(const struct hub *hub);

/* A new id for a command of the server's own, unguessable and never the same twice. */
struct command_id hub_make_id(struct hub *hub);

#endif
