#include "systemd/listen_fds.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "systemd/variable.h"

enum {
    SOCKETS_MAX =
        64, /* more is a mistake in the variable; how many a listener takes is net/listener.c's bound */
};

static int listen_fds_fail(char **problem_r, const char *problem)
{
    *problem_r = alloc_string(problem, strlen(problem));
    return -1;
}

int listen_fds_take(char **problem_r)
{
    uint64_t count = 0;
    uint64_t pid = 0;
    enum variable_result of_count = variable_take_number("LISTEN_FDS", &count);
    enum variable_result of_pid = variable_take_number("LISTEN_PID", &pid);
    free(variable_take("LISTEN_FDNAMES"));

    if (of_count == VARIABLE_UNSET || of_pid == VARIABLE_UNSET)
        return 0;
    if (of_count == VARIABLE_OTHER || count > SOCKETS_MAX)
        return listen_fds_fail(problem_r, "LISTEN_FDS: a number of sockets is expected");
    if (of_pid == VARIABLE_OTHER)
        return listen_fds_fail(problem_r, "LISTEN_PID: a process id is expected");
    if (pid != (uint64_t)getpid())
        return 0; /* they were for our parent */
    for (int i = 0; i < (int)count; i++) {
        char problem[96];
        if (fcntl(LISTEN_FDS_FIRST + i, F_SETFD, FD_CLOEXEC) == 0)
            continue;
        snprintf(problem, sizeof(problem),
                 "LISTEN_FDS: descriptor %d should have been passed, but is not open", LISTEN_FDS_FIRST + i);
        return listen_fds_fail(problem_r, problem);
    }
    return (int)count;
}
