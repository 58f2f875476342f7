#ifndef RELEVO_NET_LISTENER_H
#define RELEVO_NET_LISTENER_H

#include <stdbool.h>
#include <uv.h>

#include "base/alloc.h"

/* The sockets that connections come in through. They are our own, not libwebsockets': so that a taken port is
 * known before anything else starts, a full descriptor table makes us wait instead of spin, and draining can
 * stop accepting. */
struct listener;

/* Binds and listens on every address that `host` stands for ("*": all of this machine's). Port "0" picks a
 * free one. Connections wait in the kernel until listener_start. NULL: *problem_r says why, as in "cannot
 * listen on 127.0.0.1:7681: address already in use"; the caller frees it. */
MUST_USE struct listener *listener_create(const char *host, const char *port, char **problem_r);

/* Takes over `count` sockets, from descriptor `first` on, that somebody else has bound and listens on; at
 * least one. NULL: one of them is not what it should be, as *problem_r says; the caller frees it. */
MUST_USE struct listener *listener_adopt(int first, int count, char **problem_r);

/* From now on every connection is handed over: `take` owns the descriptor, which is non-blocking and has its
 * socket options set. When `has_room` says no, the client is answered 503 and closed. */
struct listener_taker {
    void (*take)(void *context, int descriptor);
    bool (*has_room)(void *context);
    void *context;
};
void listener_start(struct listener *listener, uv_loop_t *loop, struct listener_taker taker);

/* Accepts no more and closes the sockets. May be called twice. */
void listener_stop(struct listener *listener);

/* After listener_stop, when the loop has run out of handles; or on one that was never started. Nulls the
 * pointer. */
void listener_destroy(struct listener **listener);

/* The port that it got. */
int listener_port(const struct listener *listener);

/* Whether only this machine can reach it. */
bool listener_is_loopback(const struct listener *listener);

/* The addresses, as in "127.0.0.1:7681 [::1]:7681". */
const char *listener_addresses(const struct listener *listener);

#endif
