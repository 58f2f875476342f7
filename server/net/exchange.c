#include "net/exchange.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/client.h"
#include "net/http.h"
#include "net/private.h"
#include "net/response.h"
#include "protocol/limits.h"

/*   READING ──the head is whole──► judged ──► an upgrade: handed to libwebsockets
 *      │                             │
 *      │ garbled, too large          ▼
 *      └────────────────────────► ANSWERING ──all has left──► LINGERING ─closed by the client──► gone
 *
 * and gone from everywhere when it breaks or takes too long.
 *
 * The happy path. The bytes of one request's head are gathered as they come, up to its end and no further,
 * and parsed (net/request.h). What it asks for is answered (net/http.h), or the connection is handed to
 * libwebsockets, for which nothing has been read that it needs. Nothing else is answered on a connection.
 *
 * What may fail. The head is garbled, too large, or there is no room for heads: it is answered so. The client
 * is slow, to ask or to read: it is cut after REQUEST_MS. */
enum exchange_state {
    EXCHANGE_READING,
    EXCHANGE_ANSWERING,
    EXCHANGE_LINGERING, /* what it still says is thrown away: closed over it, the answer might be lost */
};

struct exchange {
    struct client *client;
    int descriptor;
    enum exchange_state state;
    uv_poll_t poll;
    struct list link; /* in one of the lists of struct exchanges */
    uint64_t since_ms;
    uint8_t *head; /* what has come of it */
    size_t head_size;
    size_t head_room;
    size_t looked; /* so much of it has been looked at */
    struct http_answer answer;
    size_t sent;
    size_t discarded;
};

enum {
    LOOK_MS = 1000,
    REQUEST_MS =
        10 * 1000, /* from the connection to the end of the request, and from there to that of the answer */
    LINGER_MS = 3000,         /* for the client to close, when it has its answer */
    LINGER_BYTES = 64 * 1024, /* and what it may say meanwhile */
    HEAD_FIRST_BYTES = 1024,  /* browsers without cookies send less */
};

static struct exchanges *exchanges_of(struct exchange *exchange)
{
    return &exchange->client->port->net->exchanges;
}

static void exchange_free(uv_handle_t *poll)
{
    free(CONTAINER_OF(poll, struct exchange, poll));
}

static void exchange_forget_head(struct exchange *exchange)
{
    exchanges_of(exchange)->heads_bytes -= exchange->head_room;
    exchange->head_room = 0;
    free(exchange->head);
    exchange->head = NULL;
}

/* It is over. The descriptor and the client are somebody else's. */
static void exchange_end(struct exchange *exchange)
{
    exchange_forget_head(exchange);
    list_remove(&exchange->link);
    frame_unref(&exchange->answer.frame);
    uv_close((uv_handle_t *)&exchange->poll, exchange_free); /* takes it off the loop at once */
}

static void exchange_close(struct exchange *exchange)
{
    struct client *client = exchange->client;
    int descriptor = exchange->descriptor;
    exchange_end(exchange);
    close(descriptor);
    client_destroy(client);
}

static void exchange_on_event(uv_poll_t *poll, int status, int events);

static void exchange_enter_state(struct exchange *exchange, enum exchange_state state)
{
    struct exchanges *exchanges = exchanges_of(exchange);
    exchange->state = state;
    exchange->since_ms = uv_now(exchanges->look.loop);
    list_remove(&exchange->link);
    list_append(state == EXCHANGE_LINGERING ? &exchanges->lingering : &exchanges->active, &exchange->link);
    uv_poll_start(&exchange->poll, state == EXCHANGE_ANSWERING ? UV_WRITABLE : UV_READABLE,
                  exchange_on_event);
}

static void exchange_send(struct exchange *exchange)
{
    const struct http_answer *answer = &exchange->answer;
    ssize_t sent = send(exchange->descriptor, answer->frame->payload + exchange->sent,
                        answer->size - exchange->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (sent < 0) {
        exchange_close(exchange);
        return;
    }
    exchange->sent += (size_t)sent;
    if (exchange->sent < answer->size)
        return;
    shutdown(exchange->descriptor, SHUT_WR);
    exchange_enter_state(exchange, EXCHANGE_LINGERING);
}

static void exchange_answer(struct exchange *exchange, struct http_answer answer)
{
    exchange_forget_head(exchange);
    exchange->answer = answer;
    exchange_enter_state(exchange, EXCHANGE_ANSWERING);
    exchange_send(exchange);
}

static void exchange_refuse(struct exchange *exchange, enum request_fault fault)
{
    exchange_answer(exchange, http_refuse(fault));
}

static void exchange_judge(struct exchange *exchange)
{
    struct request request;
    struct http_answer answer;
    enum request_fault fault = request_parse(bytes_make(exchange->head, exchange->head_size), &request);
    if (fault != REQUEST_OK) {
        exchange_refuse(exchange, fault);
    } else if (http_answer(exchange->client, &request, &answer)) {
        exchange_answer(exchange, answer);
    } else {
        char key[UPGRADE_KEY_SIZE];
        struct client *client = exchange->client;
        int descriptor = exchange->descriptor;
        /* Browsers always name one. */
        bool is_page = request_header(&request, "origin", 0) != NULL;
        client->head_bytes = exchange->head_size;
        memcpy(key, request_header(&request, "sec-websocket-key", 0)->data, sizeof(key));
        exchange_end(exchange);
        client_upgrade(client, descriptor, key, is_page);
    }
}

/* False: it has been refused for want of it. */
static bool exchange_make_room(struct exchange *exchange)
{
    struct exchanges *exchanges = exchanges_of(exchange);
    if (exchange->head_size < exchange->head_room)
        return true;
    if (exchange->head_room == LIMIT_HTTP_HEAD_BYTES) {
        bool is_first_line = memchr(exchange->head, '\r', exchange->head_size) == NULL;
        exchange_refuse(exchange, is_first_line ? REQUEST_TARGET_TOO_LONG : REQUEST_TOO_LARGE);
        return false;
    }
    size_t room = exchange->head_room == 0 ? HEAD_FIRST_BYTES : 2 * exchange->head_room;
    room = room < LIMIT_HTTP_HEAD_BYTES ? room : LIMIT_HTTP_HEAD_BYTES;
    if (exchanges->heads_bytes + room - exchange->head_room > LIMIT_HTTP_HEADS_BYTES) {
        exchange_answer(exchange, http_refuse_busy());
        return false;
    }
    exchanges->heads_bytes += room - exchange->head_room;
    exchange->head = alloc_resize(exchange->head, room, 1);
    exchange->head_room = room;
    return true;
}

/* Takes in what has come, up to the end of the head: what lies behind is libwebsockets'. False: no more can
 * be read. */
static bool exchange_read_some(struct exchange *exchange)
{
    if (!exchange_make_room(exchange))
        return false;
    uint8_t *place = exchange->head + exchange->head_size;
    ssize_t seen = recv(exchange->descriptor, place, exchange->head_room - exchange->head_size, MSG_PEEK);
    if (seen < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (seen <= 0) {
        exchange_close(exchange);
        return false;
    }
    size_t end = exchange->head_size + (size_t)seen;
    enum head_state state = head_look(bytes_make(exchange->head, end), &exchange->looked, &end);
    ssize_t taken = recv(exchange->descriptor, place, end - exchange->head_size, 0);
    if (taken !=
        (ssize_t)(end - exchange->head_size)) { /* urgent data, come in between, holds the rest back */
        exchange_close(exchange);
        return false;
    }
    exchange->head_size = end;
    if (state == HEAD_GARBLED)
        exchange_refuse(exchange, REQUEST_GARBLED);
    else if (state == HEAD_COMPLETE)
        exchange_judge(exchange);
    return state == HEAD_GOES_ON;
}

static void exchange_discard(struct exchange *exchange)
{
    uint8_t nowhere[4096];
    ssize_t got;
    while ((got = recv(exchange->descriptor, nowhere, sizeof(nowhere), 0)) > 0 &&
           exchange->discarded <= LINGER_BYTES)
        exchange->discarded += (size_t)got;
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    exchange_close(exchange);
}

static void exchange_on_event(uv_poll_t *poll, int status, int events)
{
    struct exchange *exchange = CONTAINER_OF(poll, struct exchange, poll);
    (void)status; /* what is wrong, reading and sending will tell */
    (void)events;
    switch (exchange->state) {
    case EXCHANGE_READING:
        while (exchange_read_some(exchange))
            ;
        break;
    case EXCHANGE_ANSWERING: exchange_send(exchange); break;
    case EXCHANGE_LINGERING: exchange_discard(exchange); break;
    }
}

void exchange_begin(struct client *client, int descriptor)
{
    struct exchange *exchange = alloc_zeroed(sizeof(*exchange));
    exchange->client = client;
    exchange->descriptor = descriptor;
    list_init(&exchange->link);
    uv_poll_init(client->port->net->options.loop, &exchange->poll, descriptor);
    exchange_enter_state(exchange, EXCHANGE_READING);
}

static void close_since(struct list *exchanges, uint64_t before_ms)
{
    LIST_FOR_EACH (link, exchanges) {
        struct exchange *exchange = CONTAINER_OF(link, struct exchange, link);
        if (exchange->since_ms > before_ms)
            return;
        exchange_close(exchange);
    }
}

static void exchanges_on_look(uv_timer_t *look)
{
    struct exchanges *exchanges = CONTAINER_OF(look, struct exchanges, look);
    uint64_t now_ms = uv_now(look->loop);
    if (now_ms >= REQUEST_MS)
        close_since(&exchanges->active, now_ms - REQUEST_MS);
    if (now_ms >= LINGER_MS)
        close_since(&exchanges->lingering, now_ms - LINGER_MS);
}

void exchanges_start(struct net *net)
{
    struct exchanges *exchanges = &net->exchanges;
    list_init(&exchanges->active);
    list_init(&exchanges->lingering);
    uv_timer_init(net->options.loop, &exchanges->look);
    uv_timer_start(&exchanges->look, exchanges_on_look, LOOK_MS, LOOK_MS);
}

void exchanges_stop(struct net *net)
{
    close_since(&net->exchanges.active, UINT64_MAX);
    close_since(&net->exchanges.lingering, UINT64_MAX);
    uv_close((uv_handle_t *)&net->exchanges.look, NULL);
}
