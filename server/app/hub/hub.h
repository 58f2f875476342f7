#ifndef RELEVO_APP_HUB_HUB_H
#define RELEVO_APP_HUB_HUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/node/options.h"
#include "app/node/stats.h"
#include "base/address.h"
#include "core/role.h"

/* The whole server minus sockets and PostgreSQL: desks, sessions, and what goes between them. It has no
 * clock, no threads and no randomness of its own; everything happens inside the calls below and inside the
 * store's callbacks. */

/* What is counted only when somebody asks, by a look at all desks and at who is behind
 * (app/session/sessions_top.h).
 */
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
    int64_t lag_ms;   /* and how long ago the first of those was committed (app/session/lag.h) */
    size_t consumers; /* connections that follow the log */
    int64_t consumers_lag_seqs; /* committed transitions that the one furthest behind has not acknowledged, */
    int64_t consumers_lag_ms;   /* and how long ago the first of those was committed */
};

struct hub *hub_create(const struct node_options *options);

/* All sessions must be gone, and no request be in the store's hands. */
void hub_destroy(struct hub **hub);

/* A connection is there. `connection` is the transport's, to find its way back from hub_take_ready; `from` is
 * where the client is, for the log. */
struct session *hub_connect(struct hub *hub, void *connection, struct address from);

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

struct node_stats hub_stats(const struct hub *hub);
struct hub_census hub_census(const struct hub *hub);

#endif
