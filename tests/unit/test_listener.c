#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/listener.h"
#include "support/leak.h"

/* What a listener hands over. */
struct desk {
    struct listener *listener;
    uv_loop_t loop;
    int taken;
    bool has_room;
};

static void desk_take(void *context, int descriptor)
{
    struct desk *desk = context;
    desk->taken++;
    close(descriptor);
}

static bool desk_has_room(void *context)
{
    const struct desk *desk = context;
    return desk->has_room;
}

static struct listener *listen_at(const char *host, const char *port)
{
    char *problem = NULL;
    struct listener *listener = listener_create(host, port, &problem);
    cr_assert_not_null(listener, "%s", problem);
    return listener;
}

static int connect_to(const struct listener *listener)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)listener_port(listener)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int client = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(connect(client, (struct sockaddr *)&address, sizeof(address)), 0);
    return client;
}

static void desk_start(struct desk *desk)
{
    uv_loop_init(&desk->loop);
    listener_start(desk->listener, &desk->loop,
                   (struct listener_taker){.take = desk_take, .has_room = desk_has_room, .context = desk});
}

static void desk_open(struct desk *desk, bool has_room)
{
    *desk = (struct desk){.listener = listen_at("127.0.0.1", "0"), .has_room = has_room};
    desk_start(desk);
}

static void desk_close(struct desk *desk)
{
    listener_stop(desk->listener);
    uv_run(&desk->loop, UV_RUN_DEFAULT);
    listener_destroy(&desk->listener);
    cr_assert_eq(uv_loop_close(&desk->loop), 0);
}

TestSuite(listener, .fini = end_without_leak);

Test(listener, says_where_it_listens)
{
    char address[64];
    struct listener *listener = listen_at("127.0.0.1", "0");
    snprintf(address, sizeof(address), "127.0.0.1:%d", listener_port(listener));
    cr_assert_gt(listener_port(listener), 0);
    cr_assert_str_eq(listener_addresses(listener), address);
    cr_assert(listener_is_loopback(listener));
    listener_destroy(&listener);
}

Test(listener, knows_when_others_can_reach_it)
{
    struct listener *listener = listen_at("*", "0");
    cr_assert_not(listener_is_loopback(listener));
    listener_destroy(&listener);
}

Test(listener, says_that_a_port_is_taken)
{
    char port[8], expected[96], *problem = NULL;
    struct listener *first = listen_at("127.0.0.1", "0");
    snprintf(port, sizeof(port), "%d", listener_port(first));
    snprintf(expected, sizeof(expected), "cannot listen on 127.0.0.1:%s: address already in use", port);

    cr_assert_null(listener_create("127.0.0.1", port, &problem));

    cr_assert_str_eq(problem, expected);
    free(problem);
    listener_destroy(&first);
}

Test(listener, says_that_a_host_is_none_of_this_machine)
{
    char *problem = NULL;
    cr_assert_null(listener_create("192.0.2.1", "0", &problem));
    cr_assert_not_null(strstr(problem, "cannot listen on 192.0.2.1:0: cannot assign requested address"), "%s",
                       problem);
    free(problem);
}

/* A stream socket at an address that the kernel chooses, not listening yet. */
static int bound_socket(sa_family_t family)
{
    const struct sockaddr_in loopback = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct sockaddr unnamed = {.sa_family = AF_UNIX};
    int descriptor = socket(family, SOCK_STREAM, 0);
    if (family == AF_INET)
        cr_assert_eq(bind(descriptor, (const struct sockaddr *)&loopback, sizeof(loopback)), 0);
    else
        cr_assert_eq(bind(descriptor, &unnamed, sizeof(unnamed.sa_family)), 0);
    return descriptor;
}

Test(listener, takes_over_a_socket_that_somebody_else_opened)
{
    struct desk desk = {.has_room = true};
    char *problem = NULL;
    int passed = bound_socket(AF_INET);
    cr_assert_eq(listen(passed, 1), 0);

    desk.listener = listener_adopt(passed, 1, &problem);

    cr_assert_not_null(desk.listener, "%s", problem);
    cr_assert(listener_is_loopback(desk.listener));
    cr_assert_eq(strncmp(listener_addresses(desk.listener), "127.0.0.1:", 10), 0);
    desk_start(&desk);
    int client = connect_to(desk.listener);
    while (desk.taken == 0)
        uv_run(&desk.loop, UV_RUN_ONCE);
    close(client);
    desk_close(&desk);
}

Test(listener, takes_over_nothing_that_clients_cannot_come_in_through)
{
    int datagrams = socket(AF_INET, SOCK_DGRAM, 0);
    int deaf = bound_socket(AF_INET);
    int local = bound_socket(AF_UNIX);
    int ends[2];
    cr_assert_eq(listen(local, 1), 0);
    cr_assert_eq(pipe(ends), 0);
    const int wrong[] = {datagrams, deaf, local, ends[0], 1000};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        char expected[160], *problem = NULL;
        snprintf(expected, sizeof(expected),
                 "descriptor %d was passed, but a TCP socket that listens is expected, as "
                 "ListenStream=127.0.0.1:7681 makes one",
                 wrong[i]);
        cr_assert_null(listener_adopt(wrong[i], 1, &problem));
        cr_assert_str_eq(problem, expected);
        free(problem);
    }
}

Test(listener, hands_connections_over)
{
    struct desk desk;
    desk_open(&desk, true);
    int client = connect_to(desk.listener);
    while (desk.taken == 0)
        uv_run(&desk.loop, UV_RUN_ONCE);
    cr_assert_eq(desk.taken, 1);
    close(client);
    desk_close(&desk);
}

Test(listener, tells_a_client_that_there_is_no_room)
{
    char answer[512];
    size_t size = 0;
    ssize_t more;
    struct desk desk;
    desk_open(&desk, false);
    int client = connect_to(desk.listener);

    uv_run(&desk.loop, UV_RUN_ONCE);
    while ((more = recv(client, answer + size, sizeof(answer) - 1 - size, 0)) > 0)
        size += (size_t)more;

    answer[size] = '\0';
    cr_assert_eq(desk.taken, 0);
    cr_assert_eq(strncmp(answer, "HTTP/1.1 503 ", 13), 0, "%s", answer);
    const char *body = strstr(answer, "\r\n\r\n") + 4;
    char length[48];
    snprintf(length, sizeof(length), "Content-Length: %zu\r\n", strlen(body));
    cr_assert_not_null(strstr(answer, length), "%s", answer);
    close(client);
    desk_close(&desk);
}
