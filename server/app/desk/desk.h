#ifndef RELEVO_APP_DESK_DESK_H
#define RELEVO_APP_DESK_DESK_H

#include <stdbool.h>
#include <stdint.h>

#include "app/desk/presence.h"
#include "app/desk/push.h"
#include "app/desk/subscriber.h"
#include "app/desk/sync.h"
#include "app/desk/tail.h"
#include "app/desk/task.h"
#include "app/node/node.h"
#include "base/list.h"
#include "core/fair_queue.h"
#include "core/rate.h"
#include "core/roster.h"
#include "core/share.h"

/* A workspace that is being served: its roster, the commands that wait, and the batch that is being
 * committed. state.c has its states. */

struct desks;
struct identity;

enum desk_state {
    /* Nothing is loaded; the desk loads when the database is up, or a second after a failed load. */
    DESK_WAITING,
    DESK_LOADING, /* the store is filling the roster */
    DESK_READY,   /* the roster is complete: commands are decided, and dashboards are fed */
};

struct desk;

/* Whether the roster is true as far as this node knows: it may be shown, and clients may join. */
bool desk_is_ready(const struct desk *desk);

/* Both are valid while the desk is ready: the rows in memory, and the end of the log, which is kept while
 * somebody follows it. */
const struct roster *desk_roster(const struct desk *desk);
const struct tail *desk_tail(const struct desk *desk);

/* The store's number of the workspace. It is known once the desk has been loaded. */
int64_t desk_workspace_id(const struct desk *desk);

/* What an operator wants to know of a desk. */
struct desk_figures {
    struct bytes workspace; /* its name, borrowed */
    enum desk_state state;
    size_t rows;         /* rows held in memory */
    int64_t open;        /* Open conversations; 0 while the desk is not ready */
    int64_t connections; /* connections that have signed in */
    size_t queued;       /* commands that have not been judged yet */
    /* How long the oldest of these commands has waited, in microseconds; 0: there is none. */
    int64_t oldest_us;
    int64_t commands_per_ks; /* commands in a thousand seconds */
    int64_t lookups_per_ks;  /* look-ups of clients in a thousand seconds */
};
struct desk_figures desk_figures(const struct desk *desk);

/* Creates the desk of this workspace (its name is copied). It is in DESK_WAITING. */
struct desk *desk_create(struct desks *desks, struct bytes workspace);

/* Frees the desk. It must have no subscriber, and be settled (asserted). Nulls the pointer. */
void desk_destroy(struct desk **desk);

/* Takes over a command. Its waiter is told (task->done) once it is settled, which may be at once. A copy of a
 * command that is under way gets the same answer. A command with the same id that asks for something else is
 * refused (id_reused). A client's command is refused at once where the queue is full (busy), or where the
 * database cannot commit or the server is going down (unavailable). Nulls the pointer. */
void desk_submit(struct desk *desk, struct task **task);

/* The database can be reached, for the first time or again. `is_other`: it is another database than
 * before. */
void desk_store_is_up(struct desk *desk, bool is_other);

/* Reads what other nodes have committed. Whoever has to know when that is done submits a task_create_catch_up
 * instead. */
void desk_catch_up(struct desk *desk);

/* A hint says that some node has committed up to seq. If this node has not applied so much, the log is read
 * once. */
void desk_hint(struct desk *desk, int64_t seq);

/* The store says that the log ends at seq with this mark; it was asked when the roster was at asked_head_seq.
 * If the known log cannot end so, it is read. */
void desk_take_head(struct desk *desk, int64_t seq, int64_t mark_ms);

/* The subscriber is one of the desk's from now on, or no longer. A desk with subscribers is wanted. */
void desk_subscribe(struct desk *desk, struct subscriber *subscriber);
void desk_unsubscribe(struct desk *desk, struct subscriber *subscriber);

/* The desk's subscribers: struct subscriber, by link. */
const struct list *desk_subscribers(const struct desk *desk);

/* Moves the cursor of a subscriber that is behind, and returns the frame for what lies between, or NULL where
 * nothing there concerns a dashboard. The caller owns one reference. */
struct frame *desk_feed(struct desk *desk, struct subscriber *subscriber);

/* The counts and the digest that dashboards were told at this seq. NULL: none were told, or that was too long
 * ago. */
const struct sync_check *desk_find_check(const struct desk *desk, int64_t seq);

/* One more follower of the log, or one less. The tail is kept while there is one. */
void desk_follow(struct desk *desk);
void desk_unfollow(struct desk *desk);

/* Whether another name or role of this agent may be recorded now. If so, that counts against the desk's
 * rate. */
bool desk_may_change_agent(struct desk *desk, const struct agent *agent);

/* Records the agent's name and role when that is allowed, unless desk_keep_agent comes first. */
void desk_change_agent_later(struct desk *desk, const struct identity *identity);

/* The agent has signed in with what is recorded: a change that waits for recording is dropped. */
void desk_keep_agent(struct desk *desk, const struct identity *identity);

/* Counts and logs that somebody is refused something because the workspace has used up this quota. */
void desk_refuse_for_quota(struct desk *desk, enum quota quota);

/* What the workspace may use. desk_quota: the rate of commands that all its sessions share. desk_refusals:
 * the rate at which it is told at once that a connection is one too many. The other two: its group in
 * node.arrivals and in node.lookups. */
struct shared_rate *desk_quota(struct desk *desk);
struct rate *desk_refusals(struct desk *desk);
struct fair_group *desk_arrivals_turn(struct desk *desk);
struct fair_group *desk_lookups_turn(struct desk *desk);

/* Counts a command that has come, whatever becomes of it; and a look-up that a client asked for. */
void desk_count_command(struct desk *desk);
void desk_count_lookup(struct desk *desk);

/* Whether nothing is queued, and the store has no request of the desk. */
bool desk_is_settled(const struct desk *desk);

/* Whether the desk has subscribers, or something is queued or under way. */
bool desk_is_wanted(const struct desk *desk);

/* Whether a desk that nobody wants may be destroyed: it is settled, and nothing is due soon. */
bool desk_may_go(const struct desk *desk);

#endif
