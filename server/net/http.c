#include "net/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/net_private.h"
#include "net/response.h"
#include "net/upgrade.h"

enum {
    HEADER_SIZE_MAX = 512,     /* of those headers that we read */
    FORWARDED_SIZE_MAX = 4096, /* of all headers together: a client may have made it long */
};

/* Sends an answer, whose reference is taken over; HEAD gets its head. The listener has given the socket room
 * for the largest. Where it does not fit, the client asks for more than it reads, and is hung up on: while
 * something waits to be sent, libwebsockets 4.1 spins as soon as the client says more. Returns -1 where the
 * connection is to be closed. */
static int http_answer(struct lws *wsi, struct frame **answer, size_t head_size)
{
    bool head_only = lws_hdr_total_length(wsi, WSI_TOKEN_HEAD_URI) > 0;
    int written =
        lws_write(wsi, (*answer)->payload, head_only ? head_size : (*answer)->size, LWS_WRITE_HTTP_FINAL);
    frame_unref(answer);
    return written < 0 || lws_partial_buffered(wsi) || lws_http_transaction_completed(wsi) ? -1 : 0;
}

static int http_answer_text(struct lws *wsi, int status, const char *headers, const char *text)
{
    size_t head_size;
    struct frame *answer = response_encode_text(status, headers, text, &head_size);
    return http_answer(wsi, &answer, head_size);
}

/* What was made for this answer, on the heap. */
static int http_answer_made(struct lws *wsi, int status, const char *type, char *made)
{
    const struct response response = {.status = status,
                                      .type = type,
                                      .headers = "Cache-Control: no-store\r\n",
                                      .body = bytes_of_string(made)};
    size_t head_size;
    struct frame *answer = response_encode(&response, &head_size);
    free(made);
    return http_answer(wsi, &answer, head_size);
}

/* A header's value in `place`; false where there is none or it is too long to be any we know. */
static bool header_read(struct lws *wsi, enum lws_token_indexes token, char place[HEADER_SIZE_MAX],
                        struct bytes *value_r)
{
    int size = lws_hdr_total_length(wsi, token) > 0 ? lws_hdr_copy(wsi, place, HEADER_SIZE_MAX, token) : -1;
    *value_r = bytes_make(place, size > 0 ? (size_t)size : 0);
    return size > 0;
}

static int http_answer_file(struct lws *wsi, struct bytes path)
{
    const struct site *site = net_of(wsi)->options.site;
    const struct site_file *file = site == NULL ? NULL : site_find(site, path);
    char known[HEADER_SIZE_MAX];
    struct bytes known_etag;
    if (file == NULL)
        return http_answer_text(wsi, 404, NULL,
                                site == NULL
                                    ? "No page is served here: start the server with --web-root DIR.\n"
                                    : "There is nothing here.\n");
    if (header_read(wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH, known, &known_etag) &&
        bytes_equal(known_etag, bytes_of_string(file->etag))) {
        char headers[96];
        snprintf(headers, sizeof(headers), "Cache-Control: no-cache\r\nETag: %s\r\n", file->etag);
        size_t head_size;
        struct frame *unchanged = response_encode_unchanged(headers, &head_size);
        return http_answer(wsi, &unchanged, head_size);
    }
    struct frame *answer = frame_ref(file->answer);
    return http_answer(wsi, &answer, file->head_size);
}

/* Whether it came to the port that is for operators. */
static bool http_is_admin(struct lws *wsi)
{
    return caller_of(wsi)->door == &net_of(wsi)->admin_door;
}

/* Whether the query has this name in it, with a value or without. */
static bool http_asks_for(struct lws *wsi, const char *name)
{
    char argument[HEADER_SIZE_MAX];
    for (int i = 0; lws_hdr_copy_fragment(wsi, argument, sizeof(argument), WSI_TOKEN_HTTP_URI_ARGS, i) > 0;
         i++)
        if (bytes_equal(bytes_make(argument, strcspn(argument, "=")), bytes_of_string(name)))
            return true;
    return false;
}

static int http_answer_ready(struct lws *wsi)
{
    char text[160];
    const struct net_options *options = &net_of(wsi)->options;
    struct hub_stats stats = hub_stats(options->hub);
    int status = stats.is_ready ? 200 : 503;
    if (http_is_admin(wsi) && http_asks_for(wsi, "verbose"))
        return http_answer_made(wsi, status, RESPONSE_TEXT, options->checks(options->context));
    snprintf(text, sizeof(text), "database: %s\nstopping: %s\n",
             stats.store_is_up ? "ok" : "cannot be reached",
             stats.is_draining ? "yes, no new clients" : "no");
    return http_answer_text(wsi, status, NULL, text);
}

/* Hands out tokens: to pages of our own only, whatever name they reached us by. */
static int http_answer_demo(struct lws *wsi)
{
    const struct net_options *options = &net_of(wsi)->options;
    char place[HEADER_SIZE_MAX];
    struct bytes host;
    header_read(wsi, WSI_TOKEN_HOST, place, &host);
    if (!origins_allow_host(options->origins, host))
        return http_answer_text(
            wsi, 403, NULL,
            "The demo's tokens are for pages at this server's own address; --origin names others.\n");
    return http_answer_made(wsi, 200, "application/json", options->demo(options->context));
}

static int http_answer_admin(struct lws *wsi, struct bytes path)
{
    const struct net_options *options = &net_of(wsi)->options;
    if (bytes_equal(path, bytes_of_string("/metrics")))
        return http_answer_made(wsi, 200, "text/plain; version=0.0.4; charset=utf-8",
                                options->metrics(options->context));
    return http_answer_text(wsi, 404, NULL, "Here are /livez, /readyz, /readyz?verbose and /metrics.\n");
}

static int http_on_request(struct lws *wsi, struct bytes path)
{
    if (lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) <= 0 &&
        lws_hdr_total_length(wsi, WSI_TOKEN_HEAD_URI) <= 0) {
        /* Closed, because its body is not waited for. */
        http_answer_text(wsi, 405, "Allow: GET, HEAD\r\nConnection: close\r\n",
                         "Only GET and HEAD are understood here.\n");
        return -1;
    }
    if (bytes_equal(path, bytes_of_string("/livez")))
        return http_answer_text(wsi, 200, NULL, "ok\n");
    if (bytes_equal(path, bytes_of_string("/readyz")))
        return http_answer_ready(wsi);
    if (http_is_admin(wsi))
        return http_answer_admin(wsi, path);
    if (bytes_equal(path, bytes_of_string("/demo.json")) && net_of(wsi)->options.demo != NULL)
        return http_answer_demo(wsi);
    if (bytes_equal(path, bytes_of_string(UPGRADE_PATH)))
        return http_answer_text(wsi, 400, NULL, "This is where WebSocket connections are taken.\n");
    return http_answer_file(wsi, path);
}

/* Whether one more WebSocket may come from where the client is: as our proxies say, where it comes through
 * one. */
static bool http_admit(struct lws *wsi)
{
    struct net *net = net_of(wsi);
    struct guest *guest = &caller_of(wsi)->guest;
    char place[FORWARDED_SIZE_MAX];
    int size = lws_hdr_copy(wsi, place, sizeof(place), WSI_TOKEN_X_FORWARDED_FOR);
    struct address client = forwarded_client(guest->address, &net->options.proxies,
                                             bytes_make(place, size > 0 ? (size_t)size : 0));
    bool is_admitted =
        address_equal(&client, &guest->address) || visitors_admit(&net->visitors, guest, client);
    caller_of(wsi)->door->refused_crowd += !is_admitted;
    return is_admitted;
}

/* Returns as http_on_upgrade does. */
static int http_refuse_upgrade(struct lws *wsi, int status, const char *headers, const char *text)
{
    size_t head_size;
    struct frame *answer = response_encode_text(status, headers, text, &head_size);
    int written = lws_write(wsi, answer->payload, answer->size, LWS_WRITE_HTTP_FINAL);
    frame_unref(&answer);
    return written < 0 ? -1 : 1;
}

/* Returns 0 to go on, 1 when it has been answered, -1 to hang up. */
static int http_on_upgrade(struct lws *wsi)
{
    char path[HEADER_SIZE_MAX], to[HEADER_SIZE_MAX], protocols[HEADER_SIZE_MAX], origin[HEADER_SIZE_MAX];
    struct upgrade upgrade;
    /* Read anew: what the callback is given may have been freed already (NN-2025-0102). */
    header_read(wsi, WSI_TOKEN_UPGRADE, to, &upgrade.to);
    header_read(wsi, WSI_TOKEN_GET_URI, path, &upgrade.path);
    header_read(wsi, WSI_TOKEN_PROTOCOL, protocols, &upgrade.protocols);
    header_read(wsi, WSI_TOKEN_ORIGIN, origin, &upgrade.origin);
    upgrade.has_origin = lws_hdr_total_length(wsi, WSI_TOKEN_ORIGIN) > 0;

    upgrade.is_at_admin_port = http_is_admin(wsi);
    enum upgrade_verdict verdict = upgrade_judge(&upgrade, net_of(wsi)->options.origins);
    if (verdict == UPGRADE_OK)
        return http_admit(wsi) ? 0
                               : http_refuse_upgrade(wsi, 429, "Connection: close\r\nRetry-After: 5\r\n",
                                                     NET_TOO_MANY_FROM_ADDRESS);
    if (verdict == UPGRADE_NOT_WEBSOCKET)
        return -1;
    char text[160];
    snprintf(text, sizeof(text), "%s\n", upgrade_verdict_sentence(verdict));
    return http_refuse_upgrade(wsi, upgrade_verdict_status(verdict), "Connection: close\r\n", text);
}

int http_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t size)
{
    (void)user;
    switch ((int)reason) {
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE: return http_on_upgrade(wsi);
    case LWS_CALLBACK_HTTP: return http_on_request(wsi, bytes_make(in, size));
    case LWS_CALLBACK_WSI_DESTROY:
        if (caller_of(wsi) != NULL)
            door_forget(caller_of(wsi));
        return 0;
    /* A body that nobody asked for; CONNECT, which would be a connection without rules or timeouts; and a
     * WebSocket on the HTTP protocol. */
    case LWS_CALLBACK_HTTP_BODY:
    case LWS_CALLBACK_RAW_ADOPT:
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION: return -1;
    default: return 0;
    }
}
