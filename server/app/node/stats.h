#ifndef RELEVO_APP_NODE_STATS_H
#define RELEVO_APP_NODE_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/node/timings.h"
#include "base/histogram.h"
#include "core/action.h"
#include "core/due.h"
#include "core/quotas.h"
#include "core/reason.h"
#include "protocol/message.h"

/* What a node counts; totals only grow. */
struct node_stats {
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

#endif
