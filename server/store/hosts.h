#ifndef RELEVO_STORE_HOSTS_H
#define RELEVO_STORE_HOSTS_H

#include <stddef.h>

#include <libpq-fe.h>

/* The hosts that a connection string names (host=a,b), in the order in which they are tried. libpq goes on to
 * the next by itself where one refuses or cannot be written to, but not where one does not answer: it leaves
 * the time to its caller, and begins with the first again. */

/* As libpq wants them: lists with commas; NULL for what the connection string says. */
struct hosts {
    char *host;
    char *hostaddr;
    char *port;
};

/* Forgets what has been passed over: the order is the connection string's again. */
void hosts_finish(struct hosts *hosts);

/* The next attempt begins behind the host that `pg` is at, and comes to that one last. */
void hosts_pass_over(struct hosts *hosts, PGconn *pg);

/* What libpq says of the attempt or the connection that failed, on one line; returns of how many hosts it
 * says something. */
int hosts_describe_trouble(const PGconn *pg, char *text_r, size_t text_size);

#endif
