#ifndef RELEVO_APP_SESSION_QUERY_H
#define RELEVO_APP_SESSION_QUERY_H

#include "app/node/lookup.h"
#include "app/ports/store.h"
#include "app/session/reply.h"

/* What sessions ask of the store. Each query waits for its turn (app/node/lookup.h). It is asked again where
 * the store was away, or what came is out of date. Whoever makes a query decides what is asked and what is
 * done with it. */

struct query;

/* What is the same for all queries of one kind. */
struct query_ops {
    /* The results are rows, of which memory may have newer ones; else they are transitions. */
    bool has_rows;

    /* The turn has come: fills in the request (query->lookup.request). */
    void (*ask)(struct query *query, int64_t workspace_id);

    /* The results are there and up to date, or the client is to be told that it took too long
     * (query->is_too_slow). Whoever owes that to the client calls query_owe. */
    void (*done)(struct query *query);

    /* The frame that is owed to the client: `encode` makes it of the results, `refuse` says that it took too
     * long. `encode` may give NULL: there is nothing to tell. A function is NULL where a query is never owed,
     * or is never asked by a client. */
    struct frame *(*encode)(struct query *query);
    struct frame *(*refuse)(const struct query *query);

    /* How many bytes the results take until they leave. NULL: few. */
    size_t (*bytes)(const struct query *query);
};

/* The head of each query. Whoever makes a query allocates it in one piece. */
struct query {
    const struct query_ops *ops;
    struct session *session; /* NULL: the session has gone */
    struct list link;        /* in queries.waiting or queries.owed */
    struct reply reply;      /* in replies.others while it is owed */
    struct lookup lookup;    /* its place in the queue, and the request */
    struct text *text;       /* the conversation, or the text that is looked for */
    int64_t asked_seq; /* the roster's seq when it was asked: the results have everything committed by then */
    int64_t ref;       /* the client's ref, which is given back in the answer */
    bool is_asked_by_client; /* the client asked, with this ref; else the server itself asks */
    bool is_void;            /* the results will be out of date: it is asked again */
    bool is_too_slow;        /* it took too long, and the client is told so */
    int slow_tries;          /* how often it took too long, if the client has not asked */
};

/* The queries of a session. */
struct queries {
    struct list waiting; /* they wait for their turn, or the store has them */
    struct list owed;    /* their results are there, and have not left */
};

void queries_init(struct queries *queries);

/* Makes `query` one of the session's, which asks for `request`; it is asked when queries_ask is called. The
 * text is copied. */
void query_begin(struct query *query, const struct query_ops *ops, struct session *session,
                 struct store_request *request, struct bytes text);

/* The query answers a request of the client with this ref. */
static inline void query_set_ref(struct query *query, int64_t ref)
{
    query->is_asked_by_client = true;
    query->ref = ref;
}

/* Owes the results to the client; they leave after the replies that are owed already. */
void query_owe(struct query *query);

/* Returns the frame of an owed query, or NULL where nobody waits for it any more. Frees the query. */
struct frame *query_take_frame(struct query *query);

/* For query_ops.refuse: a refusal that names only the ref. */
struct frame *query_refuse(const struct query *query);

/* For query_ops.bytes: the size of all bodies in a history. */
size_t query_bodies_bytes(const struct store_history *history);

/* Takes the query off every list and frees it. The store must not have it (asserted). */
void query_destroy(struct query *query);

/* Puts the waiting queries into the queue, if they can be asked now, and as long as what has been read is not
 * too large (LIMIT_REPLIES_BYTES). */
void queries_ask(struct session *session);

/* Frees the session's queries; those that the store has are freed when it answers. */
void queries_forget(struct session *session);

/* What has been read of this conversation, and has not been sent yet, may contain what was erased: it is
 * asked again. */
void queries_erase(struct session *session, struct bytes conversation);

/* Everything that has been read, and has not been sent yet, is from another database: it is asked again. */
void queries_start_over(struct session *session);

#endif
