#include "net/listener.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "protocol/limits.h"

enum {
    SOCKETS_MAX = 8,             /* that one listener can have */
    ACCEPTS_A_TURN = 64,         /* then other events get their turn */
    BACKOFF_MS = 250,            /* after accept found no descriptor left */
    BUSY_LOG_INTERVAL_MS = 5000, /* between two lines that say that connections are refused */
    ADDRESS_SIZE = 64,           /* "[v6]:port" */
    SEND_BUFFER_BYTES = 2 * LIMIT_HTTP_BODY_BYTES, /* the page's largest file leaves at once, or nearly */
};

struct listener_socket {
    struct listener *listener;
    int descriptor;
    uv_poll_t poll;
};

struct listener {
    struct listener_socket sockets[SOCKETS_MAX];
    size_t sockets_count;
    int port;
    bool is_loopback;
    char addresses[SOCKETS_MAX * ADDRESS_SIZE];
    bool is_started;
    bool is_stopped;
    struct listener_taker taker;
    uv_timer_t backoff;
    uint64_t busy_logged_ms;
};

static void listener_on_readable(uv_poll_t *poll, int status, int events);

static bool address_is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
    return ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr) >> 24 == 127;
}

static int address_port(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET6)
        return ntohs(((const struct sockaddr_in6 *)(const void *)address)->sin6_port);
    return ntohs(((const struct sockaddr_in *)(const void *)address)->sin_port);
}

static void address_set_port(struct sockaddr *address, int port)
{
    if (address->sa_family == AF_INET6)
        ((struct sockaddr_in6 *)(void *)address)->sin6_port = htons((uint16_t)port);
    else
        ((struct sockaddr_in *)(void *)address)->sin_port = htons((uint16_t)port);
}

/* Takes in a socket that listens at this address. */
static void listener_keep(struct listener *listener, int descriptor, const struct sockaddr_storage *storage)
{
    const struct sockaddr *address = (const struct sockaddr *)storage;
    bool is_v6 = address->sa_family == AF_INET6;
    char host[INET6_ADDRSTRLEN] = "?";
    getnameinfo(address, sizeof(*storage), host, sizeof(host), NULL, 0, NI_NUMERICHOST);
    listener->port = address_port(address);
    listener->is_loopback = listener->is_loopback && address_is_loopback(address);
    size_t size = strlen(listener->addresses);
    snprintf(listener->addresses + size, sizeof(listener->addresses) - size, "%s%s%s%s:%d",
             size == 0 ? "" : " ", is_v6 ? "[" : "", host, is_v6 ? "]" : "", listener->port);
    listener->sockets[listener->sockets_count++] =
        (struct listener_socket){.listener = listener, .descriptor = descriptor};
}

/* Returns 0, or what errno was. */
static int listener_open(struct listener *listener, struct sockaddr *address, socklen_t address_size)
{
    int on = 1;
    int error = 0;
    struct sockaddr_storage bound;
    socklen_t bound_size = sizeof(bound);

    int descriptor = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0)
        return errno;
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (address->sa_family == AF_INET6)
        setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    if (listener->port != 0) /* port 0 was asked for, and an earlier address has got one */
        address_set_port(address, listener->port);
    if (bind(descriptor, address, address_size) != 0 || listen(descriptor, SOMAXCONN) != 0 ||
        getsockname(descriptor, (struct sockaddr *)&bound, &bound_size) != 0) {
        error = errno;
        close(descriptor);
        return error;
    }
    listener_keep(listener, descriptor, &bound);
    return 0;
}

static char *listener_problem(const char *host, const char *port, const char *why)
{
    bool is_v6 = strchr(host, ':') != NULL;
    return alloc_format("cannot listen on %s%s%s:%s: %c%s", is_v6 ? "[" : "", host, is_v6 ? "]" : "", port,
                        tolower((unsigned char)why[0]), why + 1);
}

struct listener *listener_create(const char *host, const char *port, char **problem_r)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *addresses = NULL;
    int lookup = getaddrinfo(strcmp(host, "*") == 0 ? NULL : host, port, &hints, &addresses);
    if (lookup != 0) {
        *problem_r = listener_problem(host, port, gai_strerror(lookup));
        return NULL;
    }

    struct listener *listener = alloc_zeroed(sizeof(*listener));
    listener->is_loopback = true;
    int error = 0;
    for (const struct addrinfo *each = addresses; each != NULL && listener->sockets_count < SOCKETS_MAX;
         each = each->ai_next) {
        if (each->ai_family != AF_INET && each->ai_family != AF_INET6)
            continue;
        int failed = listener_open(listener, each->ai_addr, each->ai_addrlen);
        /* A machine without IPv6 still has ::1 in its hosts file. That is no reason to stay away. */
        if (failed != 0 && (error == 0 || failed == EADDRINUSE))
            error = failed;
    }
    freeaddrinfo(addresses);

    if (listener->sockets_count == 0 || error == EADDRINUSE) {
        char why[128];
        *problem_r = listener_problem(host, port, strerror_r(error, why, sizeof(why)));
        listener_destroy(&listener);
    }
    return listener;
}

/* False where it is not what we can accept clients from. */
static bool listener_take_over(struct listener *listener, int descriptor)
{
    int type = 0;
    int listens = 0;
    socklen_t type_size = sizeof(type);
    socklen_t listens_size = sizeof(listens);
    struct sockaddr_storage address;
    socklen_t address_size = sizeof(address);
    if (getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &type_size) != 0 || type != SOCK_STREAM ||
        getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &listens_size) != 0 || !listens ||
        getsockname(descriptor, (struct sockaddr *)&address, &address_size) != 0 ||
        (address.ss_family != AF_INET && address.ss_family != AF_INET6) ||
        fcntl(descriptor, F_SETFL, O_RDWR | O_NONBLOCK) != 0)
        return false;
    listener_keep(listener, descriptor, &address);
    return true;
}

struct listener *listener_adopt(int first, int count, char **problem_r)
{
    assert(count > 0);
    struct listener *listener = alloc_zeroed(sizeof(*listener));
    listener->is_loopback = true;
    for (int descriptor = first; descriptor < first + count; descriptor++) {
        if (listener->sockets_count == SOCKETS_MAX)
            *problem_r = alloc_format("%d sockets were passed, and %d are the most", count, SOCKETS_MAX);
        else if (!listener_take_over(listener, descriptor))
            *problem_r =
                alloc_format("descriptor %d was passed, but a TCP socket that listens is expected, as "
                             "ListenStream=127.0.0.1:7681 makes one",
                             descriptor);
        else
            continue;
        listener_destroy(&listener);
        return NULL;
    }
    return listener;
}

static void listener_resume(uv_timer_t *timer)
{
    struct listener *listener = timer->data;
    for (size_t i = 0; i < listener->sockets_count; i++)
        uv_poll_start(&listener->sockets[i].poll, UV_READABLE, listener_on_readable);
}

/* A connection that cannot be accepted stays readable: listening on would spin. */
static void listener_back_off(struct listener *listener, int error)
{
    log_warn("accept_paused", "error=%s ms=%d", log_quote(strerror(error)), BACKOFF_MS);
    for (size_t i = 0; i < listener->sockets_count; i++)
        uv_poll_stop(&listener->sockets[i].poll);
    uv_timer_start(&listener->backoff, listener_resume, BACKOFF_MS, 0);
}

static void listener_refuse(struct listener *listener, int descriptor)
{
    static const char answer[] =
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "Content-Length: 39\r\nRetry-After: 5\r\nConnection: close\r\n\r\n"
        "Too many connections. Come back later.\n";
    uint64_t now_ms = uv_now(listener->backoff.loop);
    if (listener->busy_logged_ms == 0 || now_ms - listener->busy_logged_ms >= BUSY_LOG_INTERVAL_MS) {
        log_warn("connections_refused", "why=\"too many connections\"");
        listener->busy_logged_ms = now_ms;
    }
    ssize_t sent = send(descriptor, answer, sizeof(answer) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)sent; /* told if it can be */
    shutdown(descriptor, SHUT_WR);
    close(descriptor);
}

/* Which of accept's errors are about us and not about the connection that was to be accepted. */
static bool accept_must_back_off(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

static void socket_set_options(int descriptor)
{
    int on = 1;
    int send_buffer_bytes = SEND_BUFFER_BYTES;
    unsigned int unacknowledged_ms = LIMIT_IDLE_S * 1000;
    /* None of them is worth refusing a client for. */
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &send_buffer_bytes, sizeof(send_buffer_bytes));
    setsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged_ms, sizeof(unacknowledged_ms));
}

static void listener_on_readable(uv_poll_t *poll, int status, int events)
{
    struct listener_socket *socket = CONTAINER_OF(poll, struct listener_socket, poll);
    struct listener *listener = socket->listener;
    (void)status;
    (void)events;
    for (int i = 0; i < ACCEPTS_A_TURN; i++) {
        int descriptor = accept4(socket->descriptor, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor < 0) {
            int error = errno;
            if (error == ECONNABORTED || error == EINTR)
                continue;
            if (accept_must_back_off(error))
                listener_back_off(listener, error);
            return;
        }
        if (!listener->taker.has_room(listener->taker.context)) {
            listener_refuse(listener, descriptor);
            continue;
        }
        socket_set_options(descriptor);
        listener->taker.take(listener->taker.context, descriptor);
    }
}

void listener_start(struct listener *listener, uv_loop_t *loop, struct listener_taker taker)
{
    assert(!listener->is_started);
    listener->is_started = true;
    listener->taker = taker;
    uv_timer_init(loop, &listener->backoff);
    listener->backoff.data = listener;
    for (size_t i = 0; i < listener->sockets_count; i++)
        uv_poll_init(loop, &listener->sockets[i].poll, listener->sockets[i].descriptor);
    listener_resume(&listener->backoff);
}

void listener_stop(struct listener *listener)
{
    if (listener->is_stopped)
        return;
    listener->is_stopped = true;
    for (size_t i = 0; i < listener->sockets_count; i++) {
        if (listener->is_started)
            uv_close((uv_handle_t *)&listener->sockets[i].poll, NULL); /* takes it off the loop at once */
        close(listener->sockets[i].descriptor);
    }
    if (listener->is_started)
        uv_close((uv_handle_t *)&listener->backoff, NULL);
}

void listener_destroy(struct listener **listener)
{
    if (*listener == NULL)
        return;
    listener_stop(*listener);
    free(*listener);
    *listener = NULL;
}

int listener_port(const struct listener *listener)
{
    return listener->port;
}

bool listener_is_loopback(const struct listener *listener)
{
    return listener->is_loopback;
}

const char *listener_addresses(const struct listener *listener)
{
    return listener->addresses;
}
