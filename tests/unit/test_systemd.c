#include <assert.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/leak.h"
#include "systemd/listen_fds.h"
#include "systemd/notify_socket.h"

/* --- What the service manager hears
 * -------------------------------------------------------------------------- */

/* A service manager's ear, at `name` as NOTIFY_SOCKET has it; the environment says so. */
static int manager_listen(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t size = strlen(name);
    memcpy(address.sun_path, name, size);
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    int ear = socket(AF_UNIX, SOCK_DGRAM, 0);
    cr_assert_eq(
        bind(ear, (struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size)),
        0);
    setenv("NOTIFY_SOCKET", name, 1);
    return ear;
}

static void assert_heard(int ear, const char *expected)
{
    char heard[256];
    ssize_t size = recv(ear, heard, sizeof(heard) - 1, MSG_DONTWAIT);
    cr_assert_geq(size, 0, "nothing was heard");
    heard[size] = '\0';
    cr_assert_str_eq(heard, expected);
}

TestSuite(notify_socket, .fini = end_without_leak);

Test(notify_socket, says_it_to_a_socket_in_the_file_system)
{
    char name[64];
    snprintf(name, sizeof(name), "/tmp/relevo-notify-%d", (int)getpid());
    int ear = manager_listen(name);
    struct notify_socket *notify = notify_socket_create();
    cr_assert_not_null(notify);

    notify_socket_say(notify, "READY=1\nSTATUS=Serving.");

    assert_heard(ear, "READY=1\nSTATUS=Serving.");
    notify_socket_destroy(&notify);
    cr_assert_null(notify);
    close(ear);
    unlink(name);
}

Test(notify_socket, says_it_to_an_abstract_socket)
{
    char name[64];
    snprintf(name, sizeof(name), "@relevo-notify-%d", (int)getpid());
    int ear = manager_listen(name);
    struct notify_socket *notify = notify_socket_create();

    notify_socket_say(notify, "STOPPING=1");

    assert_heard(ear, "STOPPING=1");
    notify_socket_destroy(&notify);
    close(ear);
}

Test(notify_socket, says_it_again_to_a_socket_that_was_made_anew)
{
    char name[64];
    snprintf(name, sizeof(name), "@relevo-notify-%d", (int)getpid());
    close(manager_listen(name));
    struct notify_socket *notify = notify_socket_create();
    notify_socket_say(notify, "STATUS=Nobody hears this.");
    int ear = manager_listen(name);

    notify_socket_say(notify, "READY=1");

    assert_heard(ear, "READY=1");
    notify_socket_destroy(&notify);
    close(ear);
}

Test(notify_socket, takes_its_variables_out_of_the_environment)
{
    setenv("NOTIFY_SOCKET", "@relevo-notify", 1);
    setenv("WATCHDOG_USEC", "30000000", 1);
    setenv("WATCHDOG_PID", "1", 1);
    struct notify_socket *notify = notify_socket_create();
    notify_socket_destroy(&notify);
    cr_assert_null(getenv("NOTIFY_SOCKET"));
    cr_assert_null(getenv("WATCHDOG_USEC"));
    cr_assert_null(getenv("WATCHDOG_PID"));
}

Test(notify_socket, is_none_where_nobody_listens)
{
    unsetenv("NOTIFY_SOCKET");
    struct notify_socket *notify = notify_socket_create();
    cr_assert_null(notify);
    cr_assert_eq(notify_socket_watchdog_us(notify), 0);
    notify_socket_say(notify, "READY=1");
    notify_socket_destroy(&notify);
}

Test(notify_socket, is_none_where_it_cannot_write_to_the_address)
{
    char too_long[200];
    memset(too_long, 'x', sizeof(too_long));
    too_long[0] = '/';
    too_long[sizeof(too_long) - 1] = '\0';
    const char *const names[] = {"", "/", "vsock:2:1234", "run/notify", too_long};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        setenv("NOTIFY_SOCKET", names[i], 1);
        cr_assert_null(notify_socket_create(), "%s", names[i]);
    }
}

/* What a process that is given these is watched with. */
static uint64_t watchdog_us(const char *interval, const char *pid)
{
    setenv("NOTIFY_SOCKET", "@relevo-notify", 1);
    setenv("WATCHDOG_USEC", interval, 1);
    if (pid != NULL)
        setenv("WATCHDOG_PID", pid, 1);
    struct notify_socket *notify = notify_socket_create();
    uint64_t us = notify_socket_watchdog_us(notify);
    notify_socket_destroy(&notify);
    return us;
}

Test(notify_socket, knows_how_often_it_is_watched)
{
    char own[16];
    snprintf(own, sizeof(own), "%d", (int)getpid());
    cr_assert_eq(watchdog_us("30000000", NULL), 30000000);
    cr_assert_eq(watchdog_us("30000000", own), 30000000);
    cr_assert_eq(watchdog_us("30000000", "1"), 0);
    cr_assert_eq(watchdog_us("30000000", "all"), 0);
    cr_assert_eq(watchdog_us("soon", own), 0);
}

/* --- What it passes on
 * --------------------------------------------------------------------------------------- */

static void pass(const char *count, const char *pid)
{
    setenv("LISTEN_FDS", count, 1);
    setenv("LISTEN_PID", pid, 1);
    setenv("LISTEN_FDNAMES", "relevo.socket", 1);
}

static void pass_to_us(const char *count)
{
    char own[16];
    snprintf(own, sizeof(own), "%d", (int)getpid());
    pass(count, own);
}

static void assert_refused(const char *expected)
{
    char *problem = NULL;
    cr_assert_eq(listen_fds_take(&problem), -1);
    cr_assert_str_eq(problem, expected);
    free(problem);
}

/* Descriptors 3 and 4 are what Criterion speaks through; a child has others of its own. False where the
 * child's asserts do not hold. */
static bool holds_in_child(void (*act)(void))
{
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        act();
        _exit(0);
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    return status == 0;
}

static void take_two(void)
{
    char *problem = NULL;
    assert(dup2(STDERR_FILENO, 3) == 3 && dup2(STDERR_FILENO, 4) == 4);
    pass_to_us("2");
    assert(listen_fds_take(&problem) == 2);
    assert(problem == NULL);
    assert(fcntl(3, F_GETFD) == FD_CLOEXEC && fcntl(4, F_GETFD) == FD_CLOEXEC);
    assert(getenv("LISTEN_FDS") == NULL && getenv("LISTEN_PID") == NULL && getenv("LISTEN_FDNAMES") == NULL);
}

TestSuite(passed, .fini = end_without_leak);

Test(passed, sockets_are_counted_and_closed_on_exec)
{
    cr_assert(holds_in_child(take_two));
}

Test(passed, sockets_of_another_process_are_not_ours)
{
    char *problem = NULL;
    pass("1", "1");
    cr_assert_eq(listen_fds_take(&problem), 0);
    cr_assert_null(getenv("LISTEN_FDS"));
}

Test(passed, sockets_may_be_none)
{
    char *problem = NULL;
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_PID");
    cr_assert_eq(listen_fds_take(&problem), 0);
    pass_to_us("0");
    cr_assert_eq(listen_fds_take(&problem), 0);
}

Test(passed, sockets_that_cannot_be_are_refused)
{
    pass_to_us("many");
    assert_refused("LISTEN_FDS: a number of sockets is expected");
    pass_to_us("65");
    assert_refused("LISTEN_FDS: a number of sockets is expected");
    pass("1", "me");
    assert_refused("LISTEN_PID: a process id is expected");
}

static void take_two_of_one(void)
{
    char *problem = NULL;
    assert(dup2(STDERR_FILENO, 3) == 3 && dup2(STDERR_FILENO, 4) == 4 && close(4) == 0);
    pass_to_us("2");
    assert(listen_fds_take(&problem) == -1);
    assert(strcmp(problem, "LISTEN_FDS: descriptor 4 should have been passed, but is not open") == 0);
}

Test(passed, sockets_that_are_not_there_are_refused)
{
    cr_assert(holds_in_child(take_two_of_one));
}
