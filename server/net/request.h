#ifndef RELEVO_NET_REQUEST_H
#define RELEVO_NET_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "protocol/limits.h"

/* The head of an HTTP request, read by the letter of RFC 9112: what two readers could understand differently
 * is not understood at all. A connection carries one request, and no request here has a body. */

enum request_method { METHOD_GET, METHOD_HEAD };

struct request_header {
    struct bytes name;  /* as it came; never empty */
    struct bytes value; /* without the blanks around it */
};

/* Borrows from the bytes that it was read from. */
struct request {
    enum request_method method;
    bool is_http_1_0;
    uint8_t path_place[LIMIT_HTTP_PATH_BYTES];
    size_t path_size;   /* of path_place: the path with its escapes resolved, without control characters */
    struct bytes query; /* what stands after the question mark, as it came */
    struct request_header headers[LIMIT_HTTP_HEADERS];
    size_t headers_count;
};

/* Why a request is not answered with what it asks for: name, status, one sentence for whoever reads it. */
#define REQUEST_FAULT_LIST(X)                                                                                \
    X(GARBLED, 400, "What came is no HTTP request.")                                                         \
    X(BAD_TARGET, 400, "The request must name a path, without control characters, escaped ones neither.")    \
    X(BAD_HOST, 400, "The request must have one Host header.")                                               \
    X(BAD_LENGTH, 400, "How long the request's body is cannot be told.")                                     \
    X(HAS_BODY, 400, "No request here has a body.")                                                          \
    X(METHOD, 405, "Only GET and HEAD are understood here.")                                                 \
    X(TARGET_TOO_LONG, 414, "What the request names is too long.")                                           \
    X(TOO_LARGE, 431, "The request's headers, cookies among them, are too large.")                           \
    X(UNKNOWN_METHOD, 501, "Only GET and HEAD are understood here.")                                         \
    X(CODING, 501, "Transfer-Encoding is not understood here.")                                              \
    X(VERSION, 505, "Here HTTP/1.1 is spoken.")

enum request_fault {
    REQUEST_OK,
#define X(NAME, status, sentence) REQUEST_##NAME,
    REQUEST_FAULT_LIST(X)
#undef X
};

/* 0 for REQUEST_OK. */
int request_fault_status(enum request_fault fault);
const char *request_fault_sentence(enum request_fault fault);

enum head_state {
    HEAD_GOES_ON,  /* more has to come */
    HEAD_COMPLETE, /* its end has come */
    HEAD_GARBLED,  /* this will be no head, whatever comes */
};

/* Looks for the end of a head in what has come so far, going on at *looked, which it moves. *size_r is where
 * a complete one ends; what lies behind it is not looked at. */
enum head_state head_look(struct bytes so_far, size_t *looked, size_t *size_r);

/* Reads a complete head. What is in *request_r counts where REQUEST_OK is returned. */
enum request_fault request_parse(struct bytes head, struct request *request_r);

struct bytes request_path(const struct request *request);

/* The value of the nth header of this name (lower case), from 0; NULL: there are not so many. */
const struct bytes *request_header(const struct request *request, const char *name, size_t nth);

/* Whether the values of all headers of this name, read as one list with commas, have the token in it, in
 * whatever case where `any_case`. */
bool request_lists(const struct request *request, const char *name, const char *token, bool any_case);

#endif
