#include "net/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "net/client.h"
#include "net/private.h"
#include "net/response.h"
#include "net/upgrade.h"

/* What a request is answered with: by its path, and by whether it came to the admin's address.
 *
 * The happy path: the request is of a client that may come (net/address_limit.h) and names what there is, or
 * it is an upgrade that is as it must be (net/upgrade.h). What may fail is refused with a status and a
 * sentence. */

enum { FORWARDED_SIZE_MAX = 4096 };

static struct http_answer answer_whole(struct frame *frame)
{
    return (struct http_answer){.frame = frame, .size = frame->size};
}

static struct http_answer answer_text(int status, const char *headers, const char *text)
{
    return answer_whole(response_encode_text(status, headers, text));
}

/* What was made for this answer, on the heap. */
static struct http_answer answer_made(int status, const char *type, char *made)
{
    const struct response response = {.status = status,
                                      .type = type,
                                      .headers = "Cache-Control: no-store\r\n",
                                      .body = bytes_of_string(made)};
    struct frame *frame = response_encode(&response);
    free(made);
    return answer_whole(frame);
}

static struct http_answer answer_file(const struct net *net, const struct request *request)
{
    const struct site *site = net->options.site;
    const struct site_file *file = site == NULL ? NULL : site_find(site, request_path(request));
    if (file == NULL)
        return answer_text(404, NULL,
                           site == NULL ? "No page is served here: start the server with --web-root DIR.\n"
                                        : "There is nothing here.\n");
    const struct bytes *known = request_header(request, "if-none-match", 0);
    if (known == NULL || !bytes_equal(*known, bytes_of_string(file->etag)))
        return answer_whole(frame_ref(file->answer));
    char headers[96];
    snprintf(headers, sizeof(headers), "Cache-Control: no-cache\r\nETag: %s\r\n", file->etag);
    return answer_whole(response_encode_unchanged(headers));
}

/* Whether the query has this name in it, with a value or without. */
static bool query_names(struct bytes query, const char *name)
{
    size_t name_size = strlen(name);
    for (size_t at = 0; at < query.size;) {
        const uint8_t *begin = query.data + at;
        const uint8_t *end = memchr(begin, '&', query.size - at);
        size_t size = end == NULL ? query.size - at : (size_t)(end - begin);
        if (size >= name_size && memcmp(begin, name, name_size) == 0 &&
            (size == name_size || begin[name_size] == '='))
            return true;
        at += size + 1;
    }
    return false;
}

static struct http_answer answer_ready(const struct net *net, bool is_admin, const struct request *request)
{
    char text[160];
    const struct net_options *options = &net->options;
    struct node_stats stats = hub_stats(options->hub);
    int status = stats.is_ready ? 200 : 503;
    if (is_admin && query_names(request->query, "verbose"))
        return answer_made(status, RESPONSE_TEXT, options->checks(options->context));
    snprintf(text, sizeof(text), "database: %s\nstopping: %s\n",
             stats.can_commit    ? "ok"
             : stats.store_is_up ? "commits nothing"
                                 : "cannot be reached",
             stats.is_draining ? "yes, no new clients" : "no");
    return answer_text(status, NULL, text);
}

/* Hands out tokens: to pages of our own only, whatever name they reached us by. */
static struct http_answer answer_demo(const struct net *net, const struct request *request)
{
    const struct bytes *host = request_header(request, "host", 0);
    if (host == NULL || !origins_allow_host(net->options.settings.origins, *host))
        return answer_text(
            403, NULL,
            "The demo's tokens are for pages at this server's own address; --origin names others.\n");
    return answer_made(200, "application/json", net->options.demo(net->options.context));
}

static struct http_answer answer_admin(const struct net *net, const struct request *request)
{
    const struct net_options *options = &net->options;
    struct bytes path = request_path(request);
    if (bytes_equal(path, bytes_of_string("/metrics")))
        return answer_made(200, "text/plain; version=0.0.4; charset=utf-8",
                           options->metrics(options->context));
    if (bytes_equal(path, bytes_of_string("/connections"))) {
        bool is_text = query_names(request->query, "text");
        return answer_made(200, is_text ? RESPONSE_TEXT : "application/json",
                           options->top(options->context, is_text));
    }
    return answer_text(404, NULL,
                       "Here are /livez, /readyz, /readyz?verbose, /metrics, /connections and "
                       "/connections?text.\n");
}

static struct http_answer answer_request(const struct net *net, bool is_admin, const struct request *request)
{
    struct bytes path = request_path(request);
    if (bytes_equal(path, bytes_of_string("/livez")))
        return answer_text(200, NULL, "ok\n");
    if (bytes_equal(path, bytes_of_string("/readyz")))
        return answer_ready(net, is_admin, request);
    if (is_admin)
        return answer_admin(net, request);
    if (bytes_equal(path, bytes_of_string("/demo.json")) && net->options.demo != NULL)
        return answer_demo(net, request);
    if (bytes_equal(path, bytes_of_string(UPGRADE_PATH)))
        return answer_text(400, NULL, "This is where WebSocket connections are taken.\n");
    return answer_file(net, request);
}

/* All lines of X-Forwarded-For, joined by commas; what does not fit is left off at the end that the client
 * may have written. */
static struct bytes join_forwarded_for(const struct request *request, uint8_t place[FORWARDED_SIZE_MAX])
{
    size_t count = 0;
    size_t begin = FORWARDED_SIZE_MAX;
    const struct bytes *line;
    while (request_header(request, "x-forwarded-for", count) != NULL)
        count++;
    while (count > 0 && (line = request_header(request, "x-forwarded-for", --count))->size < begin) {
        if (begin < FORWARDED_SIZE_MAX)
            place[--begin] = ',';
        begin -= line->size;
        if (line->size > 0)
            memcpy(place + begin, line->data, line->size);
    }
    return bytes_make(place + begin, FORWARDED_SIZE_MAX - begin);
}

/* Whether one more WebSocket may come from where the client is: as our proxies say, where it comes through
 * one. */
static bool client_is_admitted(struct client *client, const struct request *request)
{
    struct net *net = client->port->net;
    uint8_t place[FORWARDED_SIZE_MAX];
    struct address from = forwarded_client(client->use.address, &net->options.settings.proxies,
                                           join_forwarded_for(request, place));
    bool is_admitted = address_equal(&from, &client->use.address) ||
                       address_limit_admit(&net->address_limit, &client->use, from);
    client->port->refused_crowd += !is_admitted;
    return is_admitted;
}

/* Somebody will ask why his page cannot connect: the browser does not tell him. */
static void log_refused_origin(struct net *net, const struct request *request)
{
    char origin[200];
    const struct bytes *value = request_header(request, "origin", 0);
    if (!log_ration_allows(&net->origin_lines, "origin_refused"))
        return;
    snprintf(origin, sizeof(origin), "%.*s", (int)value->size, (const char *)value->data);
    log_warn("origin_refused", "origin=%s hint=%s", log_quote(origin),
             log_quote("pages from there may connect if --origin (RELEVO_ORIGINS) names it, to the letter"));
}

bool http_answer(struct client *client, const struct request *request, struct http_answer *answer_r)
{
    struct net *net = client->port->net;
    bool is_admin = client->port == &net->admin_port;
    enum upgrade_verdict verdict = upgrade_judge(request, is_admin, net->options.settings.origins);
    if (verdict == UPGRADE_WRONG_ORIGIN)
        log_refused_origin(net, request);
    if (verdict == UPGRADE_NONE) {
        *answer_r = answer_request(net, is_admin, request);
    } else if (verdict != UPGRADE_OK) {
        char text[160];
        snprintf(text, sizeof(text), "%s\n", upgrade_verdict_sentence(verdict));
        *answer_r = answer_text(upgrade_verdict_status(verdict), upgrade_verdict_headers(verdict), text);
    } else if (!client_is_admitted(client, request)) {
        *answer_r = answer_text(429, "Retry-After: 5\r\n", PORT_TOO_MANY_FROM_ADDRESS);
    } else {
        return false;
    }
    if (request->method == METHOD_HEAD)
        answer_r->size = response_head_size(answer_r->frame);
    return true;
}

struct http_answer http_refuse(enum request_fault fault)
{
    char text[160];
    snprintf(text, sizeof(text), "%s\n", request_fault_sentence(fault));
    return answer_text(request_fault_status(fault), fault == REQUEST_METHOD ? "Allow: GET, HEAD\r\n" : NULL,
                       text);
}

struct http_answer http_refuse_busy(void)
{
    return answer_text(503, "Retry-After: 5\r\n", "Too many requests at once. Come back later.\n");
}
