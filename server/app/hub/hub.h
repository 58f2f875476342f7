#ifndef RELEVO_APP_HUB_HUB_H
#define RELEVO_APP_HUB_HUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/node/options.h"
#include "app/node/stats.h"
#include "base/address.h"
#include "core/role.h"

/* The whole server without sockets and PostgreSQL: desks, sessions, and what connects them. It has no clock,
 * no threads and no randomness of its own. Everything happens inside the calls below and inside the store's
 * callbacks. */

/* What is counted only when somebody asks, by a look at all desks and at the clients that are behind
 * (app/session/sessions_top.h). */
struct hub_census {
    size_t sessions[ROLE_COUNT]; /* by role; [0]: those that have not signed in yet */
    size_t desks_waiting;
    size_t desks_loading;
    size_t desks_ready;
    size_t rows;                /* rows held in memory */
    size_t commands_queued;     /* commands that have not been judged yet */
    int64_t commands_oldest_us; /* how long the oldest of them has waited, in microseconds */
    size_t lookups_queued;      /* look-ups of clients that wait for their turn */
    int64_t lookups_oldest_us;  /* how long the oldest of them has waited; 0: none waits */
    size_t reads_queued;        /* look-ups for commands that wait for their turn */
    int64_t reads_oldest_us;    /* how long the oldest of them has waited; 0: none waits */
    /* Committed transitions that the dashboard furthest behind has not been told. */
    int64_t lag_seqs;
    /* How long ago the first of those was committed (app/session/lag.h). */
    int64_t lag_ms;
    size_t consumers; /* connections that follow the log */
    /* Committed transitions that the consumer furthest behind has not acknowledged. */
    int64_t consumers_lag_seqs;
    /* How long ago the first of those was committed. */
    int64_t consumers_lag_ms;
};

/* Creates the hub, and sets the store's listener; the store must not have been started. */
struct hub *hub_create(const struct node_options *options);

/* Frees the hub. All sessions must be gone, and the store must have no request of it. Nulls the pointer. */
void hub_destroy(struct hub **hub);

/* Creates the session of a new connection. `connection` is the transport's, to find its way back from
 * hub_take_ready; `from` is the client's address, for the log. */
struct session *hub_connect(struct hub *hub, void *connection, struct address from);

/* Sets the present time and does what is due. It is called before and after each wait of the loop. */
void hub_advance(struct hub *hub, struct moment now);

/* Decides what has been queued and hands it to the store. It is called after each hub_advance. */
void hub_work(struct hub *hub);

/* When hub_advance has to be called again at the latest, in monotonic microseconds; INT64_MAX: nothing is
 * due. */
int64_t hub_deadline_us(const struct hub *hub);

/* The next session that has a frame to send or wants to be closed, or NULL. It is taken off the ready list.
 * The caller asks it (session_take_frame), and puts it back with session_set_ready if more is left, or when
 * its connection can be written to again. */
struct session *hub_take_ready(struct hub *hub);

/* Sets the quotas of every workspace. Sessions that are connected stay, and conversations that are open stay
 * open. */
void hub_set_quotas(struct hub *hub, const struct quotas *quotas);

/* Tells the time between two turns, when something has come, in monotonic microseconds. Waiting times are
 * measured by it; nothing falls due. */
void hub_tell_time(struct hub *hub, int64_t mono_us);

/* hub_waits_for_writing: whether a frame was taken whose time is measured when it has been written.
 * hub_note_written: everything that was taken has been written by mono_us. */
bool hub_waits_for_writing(const struct hub *hub);
void hub_note_written(struct hub *hub, int64_t mono_us);

/* The trusted secrets of the checker have changed: closes (4001) every session whose token was signed by one
 * that is no longer trusted. Returns how many. */
size_t hub_check_trust(struct hub *hub);

/* Begins to shut down: new commands are refused, what is in flight is settled, then every session is closed
 * (1012). */
void hub_drain(struct hub *hub);

/* Whether the hub is draining, nothing is queued, and the store has no request of it. */
bool hub_is_settled(const struct hub *hub);

struct node_stats hub_stats(const struct hub *hub);
struct hub_census hub_census(const struct hub *hub);

#endif
