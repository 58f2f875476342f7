#ifndef RELEVO_APP_HUB_H
#define RELEVO_APP_HUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/credential.h"
#include "app/store.h"
#include "app/timings.h"
#include "base/hash.h"
#include "base/histogram.h"
#include "core/due.h"
#include "core/quotas.h"

/* The whole server minus sockets and PostgreSQL: desks, sessions, and what goes between them. It has no
 * clock, no threads and no randomness of its own; everything happens inside the calls below and inside the
 * store's callbacks. */

/* What time it is, told by whoever drives the hub. */
struct moment {
    int64_t mono_us; /* monotonic microseconds */
    int64_t wall_ms; /* Unix milliseconds by this machine's clock: for a token's expiry only */
};

/* What tests have smaller. */
struct hub_limits {
    int64_t desk_idle_ms; /* a desk that nobody has wanted for so long goes */
    int64_t lag_back;     /* a client that is more transitions behind is started afresh */
    struct roster_limits roster;
};
#define HUB_LIMITS                                                                                           \
    ((struct hub_limits){                                                                                    \
        .desk_idle_ms = LIMIT_DESK_IDLE_MS, .lag_back = LIMIT_LAG_BACK, .roster = ROSTER_LIMITS})

/* What holds where an operator has said nothing else. */
#define QUOTAS                                                                                               \
    ((struct quotas){.connections = LIMIT_WORKSPACE_CONNECTIONS,                                             \
                     .commands_per_s = LIMIT_WORKSPACE_COMMANDS_PER_S,                                       \
                     .open = LIMIT_WORKSPACE_OPEN,                                                           \
                     .lookups_per_s = LIMIT_WORKSPACE_LOOKUPS_PER_S})

struct hub_options {
    struct store *store; /* its listener becomes the hub; start it after hub_create */
    struct credential_checker credentials;
    struct hash_key random; /* 128 unguessable bits */
    struct hub_limits limits;
    struct quotas quotas; /* of each workspace */
    struct moment now;
};

/* What the hub counts; totals only grow. */
struct hub_stats {
    size_t sessions;
    size_t desks;
    uint64_t commands[ACTION_ROOM][OUTCOME_ROOM]; /* answered; [0]: refused before anybody looked at it */
    uint64_t refusals[REASON_ROOM];               /* of those, why */
    uint64_t quota_refusals[QUOTA_ROOM]; /* connections and commands, for what a workspace has used up */
    uint64_t batches;
    uint64_t sync_frames; /* told to dashboards, each as often as it went out */
    uint64_t sync_bytes;
    uint64_t resyncs;             /* clients whose digest disagreed: any is a bug */
    uint64_t resyncs_unfounded;   /* that said so, with nothing that they had been told */
    uint64_t lookups_slow;        /* look-ups that took too long, and were answered so or tried again */
    uint64_t epoch_changes;       /* another database took the place of the one before */
    uint64_t transitions_lost;    /* that this node had had committed, and it lacks: at least */
    uint64_t dues_done[DUE_ROOM]; /* by this node */
    uint64_t desks_unloaded;
    uint64_t rows_evicted;
    uint64_t lagged; /* clients started afresh because they were too far behind */
    struct timing_stats timings;
    struct histogram due_delay_us[DUE_ROOM]; /* from its time to its end, by the database's clock */
    bool store_is_up;
    bool can_commit;
    bool is_draining;
    bool is_ready; /* new clients are welcome here */
};

/* What is counted only when somebody asks, by a look at all desks and at who is behind (app/watching.h). */
struct hub_census {
    size_t sessions[ROLE_ROOM]; /* by role; [0]: not signed in yet */
    size_t desks_waiting;
    size_t desks_loading;
    size_t desks_ready;
    size_t rows;                /* held in memory */
    size_t commands_queued;     /* not judged yet, */
    int64_t commands_oldest_us; /* and for how long the one that came first has waited */
    size_t lookups_queued;      /* of clients, that wait for their turn, */
    int64_t lookups_oldest_us;  /* and for how long the first of them has; 0: none does */
    size_t reads_queued;        /* likewise, of what commands wait for */
    int64_t reads_oldest_us;
    int64_t lag_seqs; /* committed transitions that the dashboard furthest behind has not been told of, */
    int64_t lag_ms;   /* and how long ago the first of those was committed (app/lag.h) */
    size_t consumers; /* connections that follow the log */
    int64_t consumers_lag_seqs; /* committed transitions that the one furthest behind has not acknowledged, */
    int64_t consumers_lag_ms;   /* and how long ago the first of those was committed */
};

struct hub *hub_create(const struct hub_options *options);

/* All sessions must be gone, and no request be in the store's hands. */
void hub_destroy(struct hub **hub);

/* Time has passed: fires what is due. To be called at the start of every turn of the loop. */
void hub_advance(struct hub *hub, struct moment now);

/* Decides what has been queued and hands it to the store. To be called once a turn, after everything has been
 * received. */
void hub_work(struct hub *hub);

/* By when hub_advance has to be called again at the latest, in monotonic microseconds; INT64_MAX: no need. */
int64_t hub_deadline_us(const struct hub *hub);

/* The next session that has a frame to send or wants to be closed, or NULL. It is off the ready list then:
 * whoever takes it asks it (session_take_frame) and puts it back with session_set_ready if more is left, or
 * when its connection can be written to again. */
struct session *hub_take_ready(struct hub *hub);

/* From now on these hold. Who is connected stays, and what is open stays open. */
void hub_set_quotas(struct hub *hub, const struct quotas *quotas);

/* What the clock says between two turns, when something has come: waiting is measured by it, and nothing
 * falls due. */
void hub_tell_time(struct hub *hub, int64_t mono_us);

/* Whether something was taken that is to be measured once it has been written; and that it has been. */
bool hub_waits_for_writing(const struct hub *hub);
void hub_note_written(struct hub *hub, int64_t mono_us);

/* What the checker of credentials trusts has changed: whoever came with one that is good no more is closed
 * with 4001. Returns how many. */
size_t hub_check_trust(struct hub *hub);

/* Begins the end: new commands are refused, what is in flight is settled, then every session is closed with
 * 1012. */
void hub_drain(struct hub *hub);

/* Draining, and nothing is queued or in the store's hands any more. */
bool hub_is_settled(const struct hub *hub);

struct hub_stats hub_stats(const struct hub *hub);
struct hub_census hub_census(const struct hub *hub);

#endif
