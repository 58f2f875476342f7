#ifndef RELEVO_SYSTEMD_LISTEN_FDS_H
#define RELEVO_SYSTEMD_LISTEN_FDS_H

#include "base/alloc.h"

/* The sockets that the service manager has opened for this process, as sd_listen_fds(3) describes it: they
 * are the descriptors from 3 on, LISTEN_FDS is their number, and LISTEN_PID the process that they are for. */

enum { LISTEN_FDS_FIRST = 3 };

/* Returns the number of sockets for this process (0: none), sets them to be closed on exec, and removes the
 * variables from the environment. -1: a variable is wrong, or a socket is not open; *problem_r says so, and
 * the caller frees it. */
MUST_USE int listen_fds_take(char **problem_r);

#endif
