#ifndef RELEVO_STORE_CHECKUP_H
#define RELEVO_STORE_CHECKUP_H

#include <stdbool.h>

/* Goes through what a server needs of its database, on one connection that blocks, and changes nothing. */

enum checkup_grade {
    CHECKUP_OK,
    CHECKUP_WARNING, /* it can be served, but somebody should look at this */
    CHECKUP_FAILED,  /* it cannot be served; waiting may heal it */
    CHECKUP_UNFIT,   /* it cannot be served, and that is there to stay */
};

struct checkup_options {
    const char *conninfo;
    bool allow_unsafe; /* then what it may lose is a warning */
    int connections;   /* how many one server opens */

    /* Called for each thing looked at, in turn: `about` names it, `sentence` says what was found or what
     * would be right. */
    void (*say)(void *context, enum checkup_grade grade, const char *about, const char *sentence);
    void *context;
};

void checkup_run(const struct checkup_options *options);

#endif
