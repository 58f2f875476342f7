#ifndef RELEVO_STORE_CONNINFO_H
#define RELEVO_STORE_CONNINFO_H

#include <stdbool.h>

/* Connection strings: URLs, key=value pairs or a database's bare name
 * (https://www.postgresql.org/docs/15/libpq-connect.html#LIBPQ-CONNSTRING). */

/* Whether libpq can read it. What it says about one that it cannot may quote a part of the password, so it is
 * not passed on; CONNINFO_SENTENCE is. */
#define CONNINFO_SENTENCE                                                                                    \
    "the database's connection string cannot be read: write postgresql://user:password@host/database, with " \
    "what is special in the password as %XX, or key=value pairs"
bool conninfo_is_readable(const char *conninfo);

/* What it says, as key=value pairs, with *** for every password; on the heap. NULL where it cannot be read,
 * or where what libpq reads in it may be a part of the password. */
char *conninfo_show(const char *conninfo);

#endif
