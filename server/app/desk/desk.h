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

/* One workspace being served: its roster, the commands that wait, the batch that is being committed. See
 * state.c for its states. */

struct desks;
struct identity;

enum desk_state {
    DESK_WAITING, /* nothing loaded; tries again when the database is back, or in a second */
    DESK_LOADING, /* the store is filling the roster */
    DESK_READY,   /* the roster is right: commands are decided, dashboards fed */
};

struct desk;

/* What the roster says is true, so far as this node knows: it may be shown, and clients may join. */
bool desk_is_ready(const struct desk *desk);

/* While it is ready: what is in the lists, and the end of the log, where somebody follows it. */
const struct roster *desk_roster(const struct desk *desk);
const struct tail *desk_tail(const struct desk *desk);

/* By what the store knows the workspace, once it has been loaded. */
int64_t desk_workspace_id(const struct desk *desk);

/* What an operator wants to know of it. */
struct desk_figures {
    struct bytes workspace; /* borrowed */
    enum desk_state state;
    size_t rows;         /* held in memory */
    int64_t open;        /* conversations; 0 while it is not ready */
    int64_t connections; /* that have signed in */
    size_t queued;       /* commands that have not been judged, */
    int64_t oldest_us;   /* and for how long the one that came first has waited; 0: there is none */
    int64_t commands_per_ks;
    int64_t lookups_per_ks;
};
struct desk_figures desk_figures(const struct desk *desk);

struct desk *desk_create(struct desks *desks, struct bytes workspace);

/* No subscriber and no request may be left. Nulls the pointer. */
void desk_destroy(struct desk **desk);

/* Takes a command in; its waiter is told (task->done) once it is settled, which may be at once. A copy of one
 * that is under way gets that one's answer; one with its id that asks for something else is refused. Refused
 * at once, too, where the queue is full, the database is away or the server is going down. Nulls the pointer.
 */
void desk_submit(struct desk *desk, struct task **task);

/* The database can be reached (again); or another one can. */
void desk_store_is_up(struct desk *desk, bool is_other);

/* Reads what other nodes have done. Whoever has to know when that is done submits a task_create_catch_up. */
void desk_catch_up(struct desk *desk);

/* Some node is said to have committed up to seq: if that is news, the log is read once. */
void desk_hint(struct desk *desk, int64_t seq);

/* The log ends there, or did when the store was asked (asked_head_seq). Where that is not possible in the log
 * that is known, it is looked into. */
void desk_take_head(struct desk *desk, int64_t seq, int64_t mark_ms);

/* Somebody hangs on the desk from now on; or no more. As long as somebody does it is wanted. */
void desk_subscribe(struct desk *desk, struct subscriber *subscriber);
void desk_unsubscribe(struct desk *desk, struct subscriber *subscriber);

/* All of them: struct subscriber, by link. */
const struct list *desk_subscribers(const struct desk *desk);

/* Moves the cursor of a subscriber that is behind on, and returns the frame for what lies between, or NULL
 * where nothing there concerns a dashboard. The caller owns one reference. */
struct frame *desk_feed(struct desk *desk, struct subscriber *subscriber);

/* What dashboards were told of counts and digest at this seq; NULL: nothing, or it is too long ago. */
const struct sync_check *desk_find_check(const struct desk *desk, int64_t seq);

/* Somebody more, or less, follows the log. */
void desk_follow(struct desk *desk);
void desk_unfollow(struct desk *desk);

/* Whether another name or role of this agent may be recorded now; it counts as done then. */
bool desk_may_change_agent(struct desk *desk, const struct agent *agent);

/* The agent's name and role are to be recorded when that may be, unless he comes by others before. */
void desk_change_agent_later(struct desk *desk, const struct identity *identity);

/* He has come by what is recorded: that is the newest. */
void desk_keep_agent(struct desk *desk, const struct identity *identity);

/* Somebody is refused something because the workspace has used this up: it is counted, and logged. */
void desk_refuse_for_quota(struct desk *desk, enum quota quota);

/* What the workspace may take: its rate of commands, that all who are signed in share; of being told at once
 * that a connection is one too many; and its turns, of those who sign in and of what they look up. */
struct shared_rate *desk_quota(struct desk *desk);
struct rate *desk_refusals(struct desk *desk);
struct fair_group *desk_arrivals_turn(struct desk *desk);
struct fair_group *desk_lookups_turn(struct desk *desk);

/* A command has come, whatever becomes of it; a client looks something up. */
void desk_count_command(struct desk *desk);
void desk_count_lookup(struct desk *desk);

/* Nothing is queued or in the store's hands. */
bool desk_is_settled(const struct desk *desk);

/* There are subscribers, or something is queued or under way. */
bool desk_is_wanted(const struct desk *desk);

/* One that nobody wants may be destroyed: nothing is in the store's hands, and nothing is due soon. */
bool desk_may_go(const struct desk *desk);

#endif
