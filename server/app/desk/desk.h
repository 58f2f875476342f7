#ifndef RELEVO_APP_DESK_DESK_H
#define RELEVO_APP_DESK_DESK_H

#include <stdbool.h>
#include <stdint.h>

#include "app/desk/batch.h"
#include "app/desk/presence.h"
#include "app/desk/push.h"
#include "app/desk/subscriber.h"
#include "app/desk/sync.h"
#include "app/desk/tail.h"
#include "app/desk/task.h"
#include "app/node/node.h"
#include "app/node/worklist.h"
#include "app/ports/store.h"
#include "base/list.h"
#include "core/fair_queue.h"
#include "core/meter.h"
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

struct desk {
    struct node *node;
    struct desks *desks;
    struct text *workspace;
    int64_t workspace_id;
    enum desk_state state;
    bool
        wants_reload; /* the database is another one: start anew as soon as nothing is in the store's hands */
    struct alarm alarm;     /* on the monotonic clock: the next try to load */
    struct alarm due;       /* on the database's clock: the first of the roster's, while READY */
    struct work work;       /* there is something to do */
    struct list ready_link; /* on the hub's, while READY */
    struct list idle_link;  /* on the hub's, while nobody wants it */
    int64_t idle_since_ms;

    struct roster roster;
    struct marks past; /* of the roster that is being loaded anew; else none */
    struct sync_cache frames;
    struct sync_checks checks;
    struct list subscribers;   /* all that have signed in to this workspace, */
    int64_t subscribers_count; /* so many */
    struct shared_rate quota;  /* that all of them may give */
    struct tail tail;          /* of the log, while it is READY and somebody follows it: */
    size_t followers_count;
    struct desk_presence presence;

    struct map agent_changes; /* of names and roles, that wait to be recorded (agents.c), */
    struct rate agent_changes_rate;

    struct map under_way; /* struct task by command id: all that are not settled, but catch-ups and copies */
    struct list queue;    /* tasks, in the order of coming */
    struct weight weight; /* of its tasks that are not settled; part of the hub's */
    size_t queued_count;  /* clients' tasks in the queue and in reads */
    struct list places;   /* struct desk_place: where commands were decided, being looked up */
    struct map reads;     /* struct desk_read by conversation id: what the store is being asked */
    struct rate refusals; /* connections that were one too many */
    struct fair_group arrivals_turn; /* in hub.arrivals */
    struct fair_group lookups_turn;  /* in hub.lookups */
    struct fair_group reads_turn;    /* in hub.reads, */
    struct fair_source reads_source; /* where its commands are one source */
    int64_t asked_head_seq;          /* of the roster, when the store was last asked where the log ends */
    int64_t
        hinted_seq; /* some node is said to have committed so far; 0: what was said has been looked into */

    struct batch batch; /* while is_committing */
    struct store_append append;
    bool is_committing;
    int64_t sent_us;  /* when the last batch was handed to the store; */
    bool is_settling; /* it is being answered: what is settled was of it */
    struct pushes pushes;
    struct meter commands; /* that have come, whatever became of them */
    struct meter lookups;  /* into the store, that clients asked for */
    int64_t log_readings;  /* how often the log has been read to its end */
    bool met_lock;         /* the last append found a conversation locked: the next one waits for that */
    /* Of a batch that failed as nobody foresaw, so many commands are still to be tried, one by one. */
    size_t suspects_count;
    struct store_load load;
};

/* What the roster says is true, so far as this node knows: it may be shown, and clients may join. */
static inline bool desk_is_ready(const struct desk *desk)
{
    return desk->state == DESK_READY && !desk->wants_reload;
}

/* It has something to do in this turn. */
static inline void desk_note_work(struct desk *desk)
{
    worklist_add(&desk->node->worklist, &desk->work);
}

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

/* Somebody more, or less, follows the log. */
void desk_follow(struct desk *desk);
void desk_unfollow(struct desk *desk);

/* Whether another name or role of this agent may be recorded now; it counts as done then. */
bool desk_may_change_agent(struct desk *desk, const struct agent *agent);

/* The agent's name and role are to be recorded when that may be, unless he comes by others before. */
void desk_change_agent_later(struct desk *desk, const struct identity *identity);

/* He has come by what is recorded: that is the newest. */
void desk_keep_agent(struct desk *desk, const struct identity *identity);

/* When the first came of those commands that have not been judged yet, on the monotonic clock; INT64_MAX:
 * there is none. */
int64_t desk_waits_since_us(const struct desk *desk);

/* Somebody is refused something because the workspace has used this up: it is counted, and logged. */
void desk_refuse_for_quota(struct desk *desk, enum quota quota);

/* Nothing is queued or in the store's hands. */
bool desk_is_settled(const struct desk *desk);

/* There are subscribers, or something is queued or under way. */
bool desk_is_wanted(const struct desk *desk);

/* One that nobody wants may be destroyed: nothing is in the store's hands, and nothing is due soon. */
bool desk_may_go(const struct desk *desk);

#endif
