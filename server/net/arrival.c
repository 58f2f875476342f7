#include "net/arrival.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/http.h"
#include "net/net_private.h"
#include "net/response.h"
#include "protocol/limits.h"

/*   READING ──the head is whole──► judged ──► an upgrade: handed to libwebsockets
 *      │                             │
 *      │ garbled, too large          ▼
 *      └────────────────────────► ANSWERING ──all has left──► LEAVING ──closed by the client──► gone
 *
 * and gone from everywhere when it breaks or takes too long. */
enum arrival_state {
    ARRIVAL_READING,
    ARRIVAL_ANSWERING,
    ARRIVAL_LEAVING, /* what it still says is thrown away: closed over it, the answer might be lost */
};

struct arrival {
    struct caller *caller;
    int descriptor;
    enum arrival_state state;
    uv_poll_t poll;
    struct list link; /* in one of the lists of struct arrivals */
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
        10 * 1000,   /* from the connection to the end of the request, and from there to that of the answer */
    LEAVE_MS = 3000, /* for the client to close, when it has its answer */
    LEAVE_BYTES = 64 * 1024, /* and what it may say meanwhile */
    HEAD_FIRST_BYTES = 1024, /* browsers without cookies send less */
};

static struct arrivals *arrivals_of(struct arrival *arrival)
{
    return &arrival->caller->door->net->arrivals;
}

static void arrival_free(uv_handle_t *poll)
{
    free(CONTAINER_OF(poll, struct arrival, poll));
}

static void arrival_forget_head(struct arrival *arrival)
{
    arrivals_of(arrival)->heads_bytes -= arrival->head_room;
    arrival->head_room = 0;
    free(arrival->head);
    arrival->head = NULL;
}

/* It is an arrival no more. The descriptor and the caller are somebody else's. */
static void arrival_end(struct arrival *arrival)
{
    arrival_forget_head(arrival);
    list_remove(&arrival->link);
    frame_unref(&arrival->answer.frame);
    uv_close((uv_handle_t *)&arrival->poll, arrival_free); /* takes it off the loop at once */
}

static void arrival_close(struct arrival *arrival)
{
    struct caller *caller = arrival->caller;
    int descriptor = arrival->descriptor;
    arrival_end(arrival);
    close(descriptor);
    door_forget(caller);
}

static void arrival_on_event(uv_poll_t *poll, int status, int events);

static void arrival_enter_state(struct arrival *arrival, enum arrival_state state)
{
    struct arrivals *arrivals = arrivals_of(arrival);
    arrival->state = state;
    arrival->since_ms = uv_now(arrivals->look.loop);
    list_remove(&arrival->link);
    list_append(state == ARRIVAL_LEAVING ? &arrivals->leaving : &arrivals->coming, &arrival->link);
    uv_poll_start(&arrival->poll, state == ARRIVAL_ANSWERING ? UV_WRITABLE : UV_READABLE, arrival_on_event);
}

static void arrival_send(struct arrival *arrival)
{
    const struct http_answer *answer = &arrival->answer;
    ssize_t sent = send(arrival->descriptor, answer->frame->payload + arrival->sent,
                        answer->size - arrival->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (sent < 0) {
        arrival_close(arrival);
        return;
    }
    arrival->sent += (size_t)sent;
    if (arrival->sent < answer->size)
        return;
    shutdown(arrival->descriptor, SHUT_WR);
    arrival_enter_state(arrival, ARRIVAL_LEAVING);
}

static void arrival_answer(struct arrival *arrival, struct http_answer answer)
{
    arrival_forget_head(arrival);
    arrival->answer = answer;
    arrival_enter_state(arrival, ARRIVAL_ANSWERING);
    arrival_send(arrival);
}

static void arrival_refuse(struct arrival *arrival, enum request_fault fault)
{
    arrival_answer(arrival, http_refuse(fault));
}

static void arrival_judge(struct arrival *arrival)
{
    struct request request;
    struct http_answer answer;
    enum request_fault fault = request_parse(bytes_make(arrival->head, arrival->head_size), &request);
    if (fault != REQUEST_OK) {
        arrival_refuse(arrival, fault);
    } else if (http_answer(arrival->caller, &request, &answer)) {
        arrival_answer(arrival, answer);
    } else {
        char key[UPGRADE_KEY_SIZE];
        struct caller *caller = arrival->caller;
        int descriptor = arrival->descriptor;
        caller->head_bytes = arrival->head_size;
        memcpy(key, request_header(&request, "sec-websocket-key", 0)->data, sizeof(key));
        arrival_end(arrival);
        door_upgrade(caller, descriptor, key);
    }
}

/* False: it has been refused for want of it. */
static bool arrival_make_room(struct arrival *arrival)
{
    struct arrivals *arrivals = arrivals_of(arrival);
    if (arrival->head_size < arrival->head_room)
        return true;
    if (arrival->head_room == LIMIT_HTTP_HEAD_BYTES) {
        bool is_first_line = memchr(arrival->head, '\r', arrival->head_size) == NULL;
        arrival_refuse(arrival, is_first_line ? REQUEST_TARGET_TOO_LONG : REQUEST_TOO_LARGE);
        return false;
    }
    size_t room = arrival->head_room == 0 ? HEAD_FIRST_BYTES : 2 * arrival->head_room;
    room = room < LIMIT_HTTP_HEAD_BYTES ? room : LIMIT_HTTP_HEAD_BYTES;
    if (arrivals->heads_bytes + room - arrival->head_room > LIMIT_HTTP_HEADS_BYTES) {
        arrival_answer(arrival, http_refuse_busy());
        return false;
    }
    arrivals->heads_bytes += room - arrival->head_room;
    arrival->head = alloc_resize(arrival->head, room, 1);
    arrival->head_room = room;
    return true;
}

/* Takes in what has come, up to the end of the head: what lies behind is libwebsockets'. False: no more can
 * be read. */
static bool arrival_read_some(struct arrival *arrival)
{
    if (!arrival_make_room(arrival))
        return false;
    uint8_t *place = arrival->head + arrival->head_size;
    ssize_t seen = recv(arrival->descriptor, place, arrival->head_room - arrival->head_size, MSG_PEEK);
    if (seen < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (seen <= 0) {
        arrival_close(arrival);
        return false;
    }
    size_t end = arrival->head_size + (size_t)seen;
    enum head_state state = head_look(bytes_make(arrival->head, end), &arrival->looked, &end);
    ssize_t taken = recv(arrival->descriptor, place, end - arrival->head_size, 0);
    if (taken !=
        (ssize_t)(end - arrival->head_size)) { /* urgent data, come in between, holds the rest back */
        arrival_close(arrival);
        return false;
    }
    arrival->head_size = end;
    if (state == HEAD_GARBLED)
        arrival_refuse(arrival, REQUEST_GARBLED);
    else if (state == HEAD_COMPLETE)
        arrival_judge(arrival);
    return state == HEAD_GOES_ON;
}

static void arrival_discard(struct arrival *arrival)
{
    uint8_t nowhere[4096];
    ssize_t got;
    while ((got = recv(arrival->descriptor, nowhere, sizeof(nowhere), 0)) > 0 &&
           arrival->discarded <= LEAVE_BYTES)
        arrival->discarded += (size_t)got;
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    arrival_close(arrival);
}

static void arrival_on_event(uv_poll_t *poll, int status, int events)
{
    struct arrival *arrival = CONTAINER_OF(poll, struct arrival, poll);
    (void)status; /* what is wrong, reading and sending will tell */
    (void)events;
    switch (arrival->state) {
    case ARRIVAL_READING:
        while (arrival_read_some(arrival))
            ;
        break;
    case ARRIVAL_ANSWERING: arrival_send(arrival); break;
    case ARRIVAL_LEAVING: arrival_discard(arrival); break;
    }
}

void arrival_begin(struct caller *caller, int descriptor)
{
    struct arrival *arrival = alloc_zeroed(sizeof(*arrival));
    arrival->caller = caller;
    arrival->descriptor = descriptor;
    list_init(&arrival->link);
    uv_poll_init(caller->door->net->options.loop, &arrival->poll, descriptor);
    arrival_enter_state(arrival, ARRIVAL_READING);
}

static void close_since(struct list *arrivals, uint64_t before_ms)
{
    LIST_FOR_EACH (link, arrivals) {
        struct arrival *arrival = CONTAINER_OF(link, struct arrival, link);
        if (arrival->since_ms > before_ms)
            return;
        arrival_close(arrival);
    }
}

static void arrivals_on_look(uv_timer_t *look)
{
    struct arrivals *arrivals = CONTAINER_OF(look, struct arrivals, look);
    uint64_t now_ms = uv_now(look->loop);
    if (now_ms >= REQUEST_MS)
        close_since(&arrivals->coming, now_ms - REQUEST_MS);
    if (now_ms >= LEAVE_MS)
        close_since(&arrivals->leaving, now_ms - LEAVE_MS);
}

void arrivals_start(struct net *net)
{
    struct arrivals *arrivals = &net->arrivals;
    list_init(&arrivals->coming);
    list_init(&arrivals->leaving);
    uv_timer_init(net->options.loop, &arrivals->look);
    uv_timer_start(&arrivals->look, arrivals_on_look, LOOK_MS, LOOK_MS);
}

void arrivals_stop(struct net *net)
{
    close_since(&net->arrivals.coming, UINT64_MAX);
    close_since(&net->arrivals.leaving, UINT64_MAX);
    uv_close((uv_handle_t *)&net->arrivals.look, NULL);
}
