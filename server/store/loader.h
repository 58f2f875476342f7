#ifndef RELEVO_STORE_LOADER_H
#define RELEVO_STORE_LOADER_H

#include "app/ports/store.h"
#include "base/histogram.h"
#include "store/connection.h"

/* The connection that loads workspaces, one after the other: apart from the reader, so that nobody waits for
 * a large one but its own clients. The state diagram is in loader.c. */

enum loader_state {
    LOADER_FREE,     /* nothing is under way */
    LOADER_FINDING,  /* the server is told which workspace, if there is such a one */
    LOADER_CREATING, /* there was none: it is made, and found */
    LOADER_COPYING,  /* its rows come */
    LOADER_SPEAKING, /* it says something to the notifier, and loads nothing */
};

struct loader_options {
    /* The connection is ready or lost, or the loader is free again. */
    void (*changed)(void *context, struct connection *connection);
    void (*unfit)(void *context, const char *sentence);
    void *context;
};

struct loader {
    struct connection connection;
    struct loader_options options;
    enum loader_state state;
    struct list queue;          /* of struct store_load; answered when the connection is lost */
    struct store_load *current; /* under way */
    bool is_broken;             /* a row has come that can be none */
    int64_t began_us;           /* when its first question was sent */
    struct histogram load_us;
    uint64_t loads_failed;
};

/* As those of a reader (store/reader.h). */
void loader_init(struct loader *loader, uv_loop_t *loop, const struct connection_options *connection,
                 const struct loader_options *options);
void loader_finish(struct loader *loader);
void loader_start(struct loader *loader);
void loader_stop(struct loader *loader);

/* Notifies the proof to the node's listening session (sql/statements/listen_proof.sql). False: it does not,
 * as the connection is lost or busy. */
bool loader_speak(struct loader *loader, struct bytes proof);

/* Takes a load from the queue, if the loader is free. It may call `done`, so no call into the store may call
 * it. */
void loader_pump(struct loader *loader);

/* Takes a row of load.sql's copy_number-th COPY, from 1. False where it can be none: the load has failed, and
 * its roster is good for nothing. */
MUST_USE bool loader_take_row(struct store_load *load, int copy_number, struct fields *fields);

/* Whether every part of the workspace has come. */
bool loader_has_whole(const struct store_load *load);

#endif
