#ifndef RELEVO_STORE_COPY_H
#define RELEVO_STORE_COPY_H

#include <stdbool.h>

#include "base/alloc.h"
#include "base/bytes.h"
#include "store/row.h"

/* PostgreSQL's binary COPY format (https://www.postgresql.org/docs/15/sql-copy.html, "Binary Format"), read
 * message by message: a signature, rows, a trailer. A row never goes on in another message (protocol,
 * "CopyData"). */

struct copy {
    bool has_begun; /* the signature has come */
    bool has_ended; /* the trailer has come */
};

enum copy_step {
    COPY_ROW,    /* a row */
    COPY_DONE,   /* nothing is left of the message */
    COPY_BROKEN, /* these bytes are not of the format */
};

/* Takes the next row from the front of *message. After COPY_ROW, *fields_r reads that row, whose count and
 * lengths have been checked, from the message's bytes. */
MUST_USE enum copy_step copy_take(struct copy *copy, struct bytes *message, struct fields *fields_r);

#endif
