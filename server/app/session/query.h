#ifndef RELEVO_APP_SESSION_QUERY_H
#define RELEVO_APP_SESSION_QUERY_H

#include "app/node/lookup.h"
#include "app/ports/store.h"
#include "app/session/reply.h"

/* What sessions ask of the store: each query takes its turn (app/node/lookup.h), as soon as it can be asked,
 * and again where the store was away, or what it gave was out of date by then. What is asked, and what
 * becomes of it, is for who makes it to say. */

struct query;

/* What goes for all queries of a kind. */
struct query_ops {
    /* What comes are rows, which memory may have newer ones of; else transitions. */
    bool has_rows;

    /* Its turn has come: fills the request in (query->lookup.request). */
    void (*ask)(struct query *query, int64_t workspace_id);

    /* It has come and is right, or the client is to be told that it took too long (query->is_too_slow). Who
     * owes it to the client says so (query_owe). */
    void (*done)(struct query *query);

    /* What the client is told, as it is owed: what has come, or that it took too long. NULL: nothing. NULL
     * functions: it is never owed, or never asked by a client. */
    struct frame *(*encode)(struct query *query);
    struct frame *(*refuse)(const struct query *query);

    /* What has come holds so many bytes until it leaves; NULL: little. */
    size_t (*bytes)(const struct query *query);
};

/* The first of what is asked; who makes it allocates it in one piece. */
struct query {
    const struct query_ops *ops;
    struct session *session; /* NULL: gone */
    struct list link;        /* in the session's queries */
    struct reply reply;      /* while it is owed */
    struct lookup lookup;    /* its turn */
    struct text *text;       /* the conversation, or what is looked for */
    int64_t asked_seq;       /* of the roster then: what comes holds all that was committed by then */
    int64_t ref;             /* the client's, given back in the answer */
    bool is_asked_by_client; /* by this ref; else by the server itself */
    bool is_void;            /* what comes of it is out of date: it is asked again */
    bool is_too_slow;        /* the client is told so */
    int slow_tries;          /* how often it was, where the client has not asked */
};

/* A session's. */
struct queries {
    struct list waiting; /* for their turn, or for the store */
    struct list owed;    /* what has come, until it leaves */
};

void queries_init(struct queries *queries);

/* Makes `query` one of the session's, which asks for `request`; queries_ask says that it may be asked. The
 * text is copied. */
void query_begin(struct query *query, const struct query_ops *ops, struct session *session,
                 struct store_request *request, struct bytes text);

/* It answers a request of the client's. */
static inline void query_set_ref(struct query *query, int64_t ref)
{
    query->is_asked_by_client = true;
    query->ref = ref;
}

/* What has come will leave in its order. */
void query_owe(struct query *query);

/* Takes an owed query: the frame for the client, or NULL where nobody waits for it any more. Gives it up. */
struct frame *query_take_frame(struct query *query);

/* For query_ops.refuse: a refusal that names nothing but the ref. */
struct frame *query_refuse(const struct query *query);

/* For query_ops.bytes. */
size_t query_bodies_bytes(const struct store_history *history);

/* On no list; what it holds is given up. */
void query_destroy(struct query *query);

/* What is to be asked waits for its turn from now on, if it can be asked, and as far as what has been read
 * can leave soon. */
void queries_ask(struct session *session);

/* Nobody waits for what has been asked any more. */
void queries_forget(struct session *session);

/* What has been read of this conversation, and not sent yet, may hold what has been erased: it is asked
 * again. */
void queries_erase(struct session *session, struct bytes conversation);

/* All that has been read, and not sent yet, is another database's: it is asked again. */
void queries_start_over(struct session *session);

#endif
