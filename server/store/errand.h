#ifndef RELEVO_STORE_ERRAND_H
#define RELEVO_STORE_ERRAND_H

#include "base/alloc.h"

/* An errand to the database, by a program that does nothing else: everything about it blocks. Where it fails,
 * there is a sentence for whoever started the program. */

enum errand_result {
    ERRAND_DONE,
    ERRAND_REFUSED, /* the database, or how it is named, is not as it must be: the sentence says what would be
                       right */
    ERRAND_FAILED,  /* it cannot be reached, or a statement failed: the sentence says which */
};

#endif
