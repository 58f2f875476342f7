#ifndef RELEVO_APP_SESSION_CONSUMER_H
#define RELEVO_APP_SESSION_CONSUMER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/text.h"
#include "core/alarms.h"
#include "protocol/message.h"

/* A consumer is a connection that follows the log under a name (PROTOCOL.md, "Following the log"). */

struct frame;
struct session;

enum consumer_state {
    CONSUMER_DETACHED,  /* the store has not been asked for its place */
    CONSUMER_ATTACHING, /* the store is being asked for its place */
    CONSUMER_FOLLOWING, /* its place is known, and it is sent the log */
};

/* How far a reader has got in a log. The mark tells whether it is still the same log. */
struct log_place {
    int64_t seq;
    int64_t mark_ms; /* 0: it is not known */
};

struct consumer {
    struct session *session;
    struct list all_link; /* in sessions->consumers */
    enum consumer_state state;
    struct text *name;
    /* Begin here, whatever was acknowledged; seq -1: begin after what was acknowledged. */
    struct log_place wanted;
    void (*attached)(struct session *session); /* called when its place is known */
    bool is_resumed;        /* it goes on at the place that it named, or at its kept place */
    int64_t generation;     /* given by the store when it attached */
    struct log_place at;    /* everything up to here has been looked at */
    struct log_place sent;  /* the `to` of the last frame */
    struct log_place acked; /* what the client has acknowledged; the mark may belong to an earlier seq */
    int64_t stored_seq;     /* the store has stored the acknowledgement of this seq */
    /* It rings when the acknowledgement is stored next, or the place is looked after, or is asked for
     * again. */
    struct alarm alarm;
    /* It rings when the client has to be told how far the log has grown without anything for it. */
    struct alarm quiet_end;
    bool owes_end;       /* it has rung, and the client has not been told yet */
    struct place *place; /* the request for its place that waits or is in the store's hands; or NULL */
    int slow_tries;      /* how often in a row the store was too slow */
    bool is_reading; /* the store has been asked for a page of the log, or the page has not been sent whole */
    struct log_page *page; /* the page that has come; or NULL */
};

/* Creates the session's consumer, under the name that it wishes. `attached` is called when it has its
 * place. */
void consumer_create(struct session *session, const struct consumer_wish *wish,
                     void (*attached)(struct session *session));

/* Asks the store for its place, if that has not been done and the store can be asked. True: the place is
 * known. */
bool consumer_attach(struct session *session);

/* Frees the session's consumer, if it has one. What has been acknowledged is still stored if the store can be
 * asked. */
void consumer_destroy(struct session *session);

/* The database is another one, so it cannot be told which log later acknowledgements belong to. Closes the
 * session (1013) if its consumer has asked the store for a place. */
void consumer_end(struct session *session);

/* Whether the consumer has something to look at in the log: consumer_step may be called. */
bool consumer_has_log(const struct session *session);

/* Moves on in the log, and returns the frame, which the caller owns, or NULL where nothing there concerns the
 * consumer, or the store has to be asked first. It closes the session (1013) where the place is of another
 * log. */
struct frame *consumer_step(struct session *session);

/* Drops the page that has come from the store, if any. */
void consumer_drop_page(struct consumer *consumer);

/* The client acknowledges everything up to a seq; that is stored later, at most once in LIMIT_ACK_MS. A
 * session is closed (4002) if it has no consumer, or the seq has not been sent. */
void consumer_acknowledge(struct session *session, const struct message_acked *message);

#endif
