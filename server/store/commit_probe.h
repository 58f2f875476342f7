#ifndef RELEVO_STORE_COMMIT_PROBE_H
#define RELEVO_STORE_COMMIT_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "store/connection.h"
#include "store/parameters.h"
#include "store/reconnect.h"

/* Whether the database commits what is appended. It may be there, and answer, and still commit nothing: its
 * disk is full, its synchronous standby gone, it has become read-only. That is found by what happens to the
 * appends, and doubted where one takes long, or where commits wait for standbys and there has been none for a
 * while; then a connection of its own, which is there only for as long as there is doubt, tries it out: the
 * append that failed, undone again, if there is one, and a transaction that changes nothing and has to be
 * committed all the same. What waits in a commit is never cut off: it would be there for others to see before
 * it is as safe as it has to be. Whether an append was committed whose connection was lost is another matter:
 * store/lane.c. */

enum { COMMIT_PROBE_WHY_SIZE = 512 };

struct commit_probe_options {
    void (*changed)(void *context); /* is_stuck is another */
    void *context;
};

struct commit_probe {
    struct commit_probe_options options;
    struct connection connection; /* of the tries; STOPPED while there is no doubt */
    struct reconnect reconnect;
    uv_timer_t *timer;         /* for the next try */
    struct parameters *failed; /* the last append that failed, as it was sent; NULL: none has */
    /* Commits wait for some, as far as is known: one that is away may be noticed at rest. */
    bool has_standbys;
    bool is_doubted;
    bool is_stuck; /* nothing is committed, as far as is known */
    char why[COMMIT_PROBE_WHY_SIZE];
    int64_t good_us;   /* when something was committed last, as far as is known here */
    int64_t stuck_us;  /* since when, of the monotonic clock */
    int64_t healed_us; /* and when it was so no more, the last time; 0: never was */
    int relapses;      /* soon after each other: */
    int tries_wanted;  /* in a row that have to go well */
};

/* The options of connection are those of a lane. */
void commit_probe_init(struct commit_probe *commit_probe, uv_loop_t *loop,
                       const struct connection_options *connection,
                       const struct commit_probe_options *options);
void commit_probe_finish(struct commit_probe *commit_probe);
void commit_probe_start(struct commit_probe *commit_probe);
void commit_probe_stop(struct commit_probe *commit_probe);

/* Nothing of an append was done, for a reason that others would have met as well. Takes what the parameters
 * hold, which are empty then. */
void commit_probe_note_failure(struct commit_probe *commit_probe, struct parameters *append, const char *why);

/* A transaction that has changed something has been committed. */
void commit_probe_note_commit(struct commit_probe *commit_probe);

/* Whether commits wait for standbys, as the database has just said. */
void commit_probe_note_standbys(struct commit_probe *commit_probe, bool has_standbys);

/* To be told now and then: since when the oldest transaction is under way (0: none is), and whether there is
 * a connection to commit over. `now_us` of the monotonic clock. */
void commit_probe_look(struct commit_probe *commit_probe, int64_t oldest_us, bool has_lane, int64_t now_us);

/* It has been found that the database keeps commits waiting, not one session alone. */
bool commit_probe_is_kept_waiting(const struct commit_probe *commit_probe, int64_t now_us);

#endif
