#ifndef RELEVO_STORE_JOB_H
#define RELEVO_STORE_JOB_H

#include "base/alloc.h"

/* What a program does in the database that does nothing else (`relevo migrate`, `revoke`, `tail`, `check`),
 * over a connection that blocks. Where it fails, there is a sentence for whoever started the program. The
 * server's own connections do not block: store/connection.h. */

enum job_result {
    JOB_DONE,
    JOB_REFUSED, /* the database, or how it is named, is not as it must be: the sentence says what would be
                       right */
    JOB_FAILED,  /* it cannot be reached, or a statement failed: the sentence says which */
};

#endif
