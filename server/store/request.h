#ifndef RELEVO_STORE_REQUEST_H
#define RELEVO_STORE_REQUEST_H

#include "app/store.h"
#include "base/list.h"
#include "store/connection.h"

/* Something asked of the store and not answered yet, of whatever kind. */

enum request_kind {
    REQUEST_LOAD,
    REQUEST_APPEND,
    REQUEST_READ,
    REQUEST_PLACE,
    REQUEST_PAGE,
    REQUEST_DUE,
    REQUEST_HEADS,
    REQUEST_REVOCATIONS,
    REQUEST_LOG,
    REQUEST_HISTORY,
    REQUEST_FIND,
    REQUEST_CONSUME,
    REQUEST_TEND, /* the reader's own: partitions to come and to go; nobody asked for it */
};

struct request {
    struct list link;
    enum request_kind kind;
    int64_t asked_us; /* when, on the monotonic clock */
    union {
        void *asked;
        struct store_load *load;
        struct store_append *append;
        struct store_read *read;
        struct store_place *place;
        struct store_page *page;
        struct store_due *due;
        struct store_heads *heads;
        struct store_revocations *revocations;
        struct store_log *log;
        struct store_history *history;
        struct store_find *find;
        struct store_consume *consume;
    };
};

/* On no list. Empties the results of what is asked. */
struct request *request_create(enum request_kind kind, void *asked);

/* Gives up what has been taken of an answer that is none. */
void request_empty(const struct request *request);

/* Sets the outcome, lets go of the request and calls `done`. */
void request_answer(struct request *request, enum store_outcome outcome);

/* Answers all that are on the list now. */
void request_answer_all(struct list *requests, enum store_outcome outcome);

/* Lets go of all that are on the list; nobody hears of it. */
void request_forget_all(struct list *requests);

static inline struct request *request_of(struct list *link)
{
    return CONTAINER_OF(link, struct request, link);
}

/* What an error that a pipeline ended with means for what was asked. In each case nothing was done. */
enum trouble {
    TROUBLE_PASSING,   /* others were in the way: the same again */
    TROUBLE_SESSION,   /* this session, or this server, will not do it: a new connection */
    TROUBLE_READ_ONLY, /* this session writes nothing now: others may, and it may again */
    TROUBLE_FULL,      /* it cannot be done now: disk, memory or time is short */
    TROUBLE_UNKNOWN,   /* nobody has foreseen it */
};
enum trouble trouble_of(const char *sqlstate);

#endif
