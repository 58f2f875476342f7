#ifndef RELEVO_SYSTEMD_LISTEN_FDS_H
#define RELEVO_SYSTEMD_LISTEN_FDS_H

#include "base/alloc.h"

/* The sockets that the service manager has opened for us, as sd_listen_fds(3) has it: they are the
 * descriptors from 3 on, LISTEN_FDS says how many, and LISTEN_PID whose they are. */

enum { LISTEN_FDS_FIRST = 3 };

/* How many there are for this process; they are closed on exec from now on, and their variables are out of
 * the environment. -1: what the variables say makes no sense; *problem_r tells, and the caller frees it. */
MUST_USE int listen_fds_take(char **problem_r);

#endif
