#ifndef RELEVO_NET_HTTP_H
#define RELEVO_NET_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/frame.h"
#include "net/request.h"

/* What is answered to requests that do not become WebSockets. */

struct client;

struct http_answer {
    struct frame *frame; /* one reference is the holder's */
    size_t size;         /* so much of it is sent: HEAD gets no body */
};

/* True: *answer_r is what the client gets. False: the request may become a WebSocket. */
bool http_answer(struct client *client, const struct request *request, struct http_answer *answer_r);

/* What is no request that we understand. */
struct http_answer http_refuse(enum request_fault fault);

/* There is no room for its request now. */
struct http_answer http_refuse_busy(void);

#endif
