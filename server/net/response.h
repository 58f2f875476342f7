#ifndef RELEVO_NET_RESPONSE_H
#define RELEVO_NET_RESPONSE_H

#include "base/bytes.h"
#include "base/frame.h"

#define RESPONSE_TEXT "text/plain; charset=utf-8"

/* One HTTP response, head and body. */
struct response {
    int status;
    const char *type;    /* Content-Type */
    const char *headers; /* further lines, each ended by \r\n; NULL: none */
    struct bytes body;
};

/* The bytes to send, of which the caller owns one reference. Every response is the last of its connection,
 * and says that it is no other type than it says, may be in no frame, may load from and connect to
 * nowhere but here, and may send forms to nowhere at all. */
struct frame *response_encode(const struct response *response);

/* One of our sentences as text/plain, never cached. */
struct frame *response_encode_text(int status, const char *headers, const char *text);

/* 304: what the client has is as it stands. */
struct frame *response_encode_unchanged(const char *headers);

/* Where its body begins. */
size_t response_head_size(const struct frame *answer);

#endif
