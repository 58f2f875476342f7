#ifndef RELEVO_STORE_PREFLIGHT_H
#define RELEVO_STORE_PREFLIGHT_H

#include <stdbool.h>

/* Goes through what a server needs of its database, on one connection that blocks, and changes nothing. */

enum preflight_grade {
    PREFLIGHT_OK,
    PREFLIGHT_WARNING, /* it can be served, but somebody should look at this */
    PREFLIGHT_FAILED,  /* it cannot be served; waiting may heal it */
    PREFLIGHT_UNFIT,   /* it cannot be served, and that is there to stay */
};

struct preflight_options {
    const char *conninfo;
    bool allow_unsafe; /* then what it may lose is a warning */
    int connections;   /* how many one server opens */

    /* Called for each thing looked at, in turn: `about` names it, `sentence` says what was found or what
     * would be right. */
    void (*say)(void *context, enum preflight_grade grade, const char *about, const char *sentence);
    void *context;
};

/* Blocks; says each thing through options->say. Where it cannot connect, that is all it says. */
void preflight_run(const struct preflight_options *options);

#endif
