#ifndef RELEVO_APP_SESSION_CONSUMER_H
#define RELEVO_APP_SESSION_CONSUMER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/text.h"
#include "core/alarms.h"
#include "protocol/message.h"

/* Connections that follow the log under a name (PROTOCOL.md, "Following the log"). */

enum consumer_state {
    CONSUMER_DETACHED,  /* the store has not been asked for its place */
    CONSUMER_ATTACHING, /* it is being asked */
    CONSUMER_FOLLOWING, /* it is sent the log */
};

/* How far somebody has got in a log; the mark tells whether it is still the same log. */
struct log_place {
    int64_t seq;
    int64_t mark_ms; /* or 0: not known */
};

struct consumer {
    struct session *session;
    struct list all_link; /* in the sessions' */
    enum consumer_state state;
    struct text *name;
    struct log_place wanted; /* begin here, whatever was acknowledged; seq -1: after what was */
    void (*attached)(struct session *session); /* tells that its place is known */
    bool is_resumed;                           /* it goes on where it was to, or had been */
    int64_t generation;
    struct log_place at;    /* everything up to it has been looked at; */
    struct log_place sent;  /* the `to` of the last frame; */
    struct log_place acked; /* what the client has acknowledged; the mark may be one from before it; */
    int64_t stored_seq;     /* and what of it is stored */
    struct alarm alarm;     /* when it is stored, or looked after, next */
    struct alarm quiet_end; /* when it is told how far the log has gone: while that is news, */
    bool owes_end;          /* and from then on until it has been told */
    struct place *place;    /* waits for its turn, or is in the store's hands; or NULL */
    int slow_tries;         /* how often in a row that took too long */
    bool is_reading;        /* the store has been asked for a page of the log, */
    struct log_page *page;  /* which is here; or NULL */
};

struct frame;
struct session;

/* Says under which name the session follows the log. `attached` is called when it has its place. */
void consumer_create(struct session *session, const struct consumer_wish *wish,
                     void (*attached)(struct session *session));

/* Asks for its place, unless that has been done. True when it is known. */
bool consumer_attach(struct session *session);

/* The connection goes: what has been acknowledged is stored if it can be. */
void consumer_destroy(struct session *session);

/* The database is another one: what is acknowledged from now on may be of the one log or of the other. Closes
 * who has a place in it. */
void consumer_end(struct session *session);

/* Whether there is something to look at in the log, which is at hand. */
bool consumer_has_log(const struct session *session);

/* Moves on in the log, and returns the frame, or NULL where nothing there concerns the consumer. */
struct frame *consumer_step(struct session *session);

/* The page of the log that is at hand, if any, is void. */
void consumer_drop_page(struct consumer *consumer);

void consumer_acknowledge(struct session *session, const struct message_acked *message);

#endif
