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

/* What a node counts. Totals only grow. */
struct node_stats {
    size_t sessions;
    size_t desks;
    /* Answered commands, by action; [0]: those that were refused before they came to a desk. */
    uint64_t commands[ACTION_COUNT][OUTCOME_COUNT];
    uint64_t refusals[REASON_COUNT];      /* refused answers, by reason */
    uint64_t quota_refusals[QUOTA_COUNT]; /* refused because the workspace has used up this quota */
    uint64_t batches;                     /* appends that the store has answered */
    uint64_t sync_frames; /* sent to dashboards; a shared frame counts each time that it is sent */
    uint64_t sync_bytes;
    uint64_t resyncs; /* resyncs of clients whose digest disagreed: each is a bug */
    /* Other resyncs: they disagree with nothing that the client was told. */
    uint64_t resyncs_unfounded;
    uint64_t lookups_slow;  /* look-ups that took too long; the client was told, or they were tried again */
    uint64_t epoch_changes; /* how often another database took the place of the one before */
    /* Transitions that this node had committed and the database lacks: a lower bound. */
    uint64_t transitions_lost;
    uint64_t dues_done[DUE_COUNT]; /* dues that this node has carried out */
    uint64_t desks_unloaded;
    uint64_t rows_evicted;
    uint64_t lagged; /* dashboards started afresh because they were too far behind */
    struct timing_stats timings;
    struct histogram due_delay_us[DUE_COUNT]; /* from the due's time to its commit, by the database's clock */
    bool store_is_up;
    bool can_commit;
    bool is_draining;
    bool is_ready; /* new clients may connect to this node */
};

#endif
