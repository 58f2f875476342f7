#ifndef RELEVO_NET_LISTENER_H
#define RELEVO_NET_LISTENER_H

#include <stdbool.h>
#include <uv.h>

#include "base/alloc.h"

/* The sockets that connections come in through. They are our own and not those of libwebsockets, so that a
 * port that is in use is found out before anything else starts; so that a full descriptor table makes us wait
 * and not spin; and so that draining can stop accepting. */
struct listener;

/* Binds and listens on every address that `host` stands for ("*": all of this machine's). Port "0" picks a
 * free one. Connections wait in the kernel until listener_start. NULL: *problem_r says why, as in "cannot
 * listen on 127.0.0.1:7681: address already in use"; the caller frees it. */
MUST_USE struct listener *listener_create(const char *host, const char *port, char **problem_r);

/* Takes over `count` listening sockets (1 or more), from descriptor `first` on, that another process has
 * bound. NULL: there are too many, or one is not a listening TCP socket; *problem_r says which, and the
 * caller frees it. */
MUST_USE struct listener *listener_adopt(int first, int count, char **problem_r);

/* Begins to accept, on the loop. `take` takes over each connection's descriptor, which is non-blocking and
 * has its socket options set. Where `has_room` is false, the client is answered 503 and its connection
 * closed. */
struct listener_taker {
    void (*take)(void *context, int descriptor);
    bool (*has_room)(void *context);
    void *context;
};
void listener_start(struct listener *listener, uv_loop_t *loop, struct listener_taker taker);

/* Stops accepting, and closes the sockets. It may be called more than once. */
void listener_stop(struct listener *listener);

/* Frees the listener: after listener_stop, once the loop has closed its handles, or if it was never started.
 * Nulls the pointer. */
void listener_destroy(struct listener **listener);

/* The port that it listens on. */
int listener_port(const struct listener *listener);

/* Whether only this machine can reach it, as all its addresses are loopback addresses. */
bool listener_is_loopback(const struct listener *listener);

/* The addresses, as in "127.0.0.1:7681 [::1]:7681". */
const char *listener_addresses(const struct listener *listener);

#endif
