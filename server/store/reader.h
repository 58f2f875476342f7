#ifndef RELEVO_STORE_READER_H
#define RELEVO_STORE_READER_H

#include "base/log.h"
#include "store/connection.h"
#include "store/statement.h"

/* A connection that answers requests, one after the other (store/statement.h). If it is lost, the request
 * under way is answered STORE_AWAY; those that wait stay in the owner's queue. */

struct reader_options {
    struct list *queue; /* of struct store_request, which it takes from: its owner's, who may have several
                           readers for it */
    enum asked_of asked_of;
    void (*changed)(void *context, struct connection *connection);
    void (*clock)(void *context, int64_t database_ms, int64_t sent_us, int64_t received_us);
    void (*standbys)(void *context, bool has_standbys); /* whether commits wait for some */
    void (*unfit)(void *context, const char *sentence);
    void *context;
};

struct reader {
    struct connection connection;
    struct reader_options options;
    struct store_request *current; /* under way */
    struct store_request tend;     /* the reader's own (STATEMENT_TEND) */
    const char *statements[STATEMENTS_MAX];
    uint64_t tend_at_ms; /* of the loop: when the partitions are tended next */
    struct log_ration broken_lines;
};

/* The options' queue and strings must outlive it. It is not connected before reader_start, and no more after
 * reader_stop, which forgets what is under way; then the loop closes its handles, and it may be finished. */
void reader_init(struct reader *reader, uv_loop_t *loop, const struct connection_options *connection,
                 const struct reader_options *options);
void reader_finish(struct reader *reader);
void reader_start(struct reader *reader);
void reader_stop(struct reader *reader);

/* Takes a request from the queue, if the reader is free. It may call `done`, so no call into the store may
 * call it. */
void reader_pump(struct reader *reader);

#endif
