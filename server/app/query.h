#ifndef RELEVO_APP_QUERY_H
#define RELEVO_APP_QUERY_H

#include "app/session_private.h"

/* What sessions ask of the store: each takes its turn (app/lookup.h), as soon as it can be asked, and again
 * where the store was away. */

enum query_kind {
    QUERY_PAGE,    /* of the Completed list */
    QUERY_HISTORY, /* of a conversation */
    QUERY_THREAD,  /* the beginning of one that is watched */
    QUERY_FIND,
    QUERY_LOG, /* a page of the log, for a consumer */
};

struct query {
    enum query_kind kind;
    struct session *session; /* NULL: gone */
    struct list link;        /* in the session's queries, until it is answered */
    struct lookup lookup;    /* its turn */
    bool is_void;            /* what comes of it is out of date: it is asked again */
    int64_t asked_seq;       /* of the roster then: what comes holds all that was committed by then */
    int64_t ref;             /* the client's, given back in the answer */
    struct text *text;       /* the conversation, or what is looked for */
    int64_t before;
    int64_t after;
    int64_t after_mark_ms; /* QUERY_LOG */
    int64_t limit;
    int64_t next; /* QUERY_PAGE: `before` of the one after it; 0: there is none */
    bool messages_only;
    bool is_asked_by_client; /* by this ref; else by the server itself */
    bool is_too_slow;        /* the client is told so */
    int slow_tries;          /* how often it was, where the client has not asked */
    bool is_abandoned;       /* QUERY_THREAD: the watch has ended, or begun anew, before it was answered */
    union {
        struct store_request asked;
        struct store_page page;
        struct store_history history; /* QUERY_THREAD too */
        struct store_find find;
        struct store_log log;
    };
};

/* Something is to be asked of the store. The text is copied. */
struct query *query_add(struct session *session, enum query_kind kind, struct bytes text);

/* The first of this kind and with this text that waits for the store; NULL where there is none. */
struct query *query_find(const struct session *session, enum query_kind kind, const struct text *text);

/* It answers a request of the client's. */
static inline void query_set_ref(struct query *query, int64_t ref)
{
    query->is_asked_by_client = true;
    query->ref = ref;
}

/* What is to be asked waits for its turn from now on, if it can be asked, and as far as what has been read
 * can leave soon. */
void queries_ask(struct session *session);

/* Nobody waits for what has been asked any more. */
void queries_forget(struct session *session);

/* What was read for this reply is void: it waits to be asked again. Gives the reply up. */
void query_ask_again(struct session *session, struct reply *reply);

/* What has been read of this conversation, and not sent yet, may hold what has been erased. */
void queries_void(struct session *session, struct bytes conversation);

/* The frame that answers the query, which has come back; NULL where nobody waits for it any more. */
struct frame *query_encode(struct session *session, struct query *query);

/* On no list; what it holds is given up. */
void query_destroy(struct query *query);

#endif
