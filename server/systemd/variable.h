#ifndef RELEVO_SYSTEMD_VARIABLE_H
#define RELEVO_SYSTEMD_VARIABLE_H

#include <stdint.h>

#include "base/alloc.h"

/* What the service manager says in the environment. It is taken out of there: it was for this process only.
 */

/* The variable's value, on the heap; NULL where it is not set. */
MUST_USE char *variable_take(const char *name);

enum variable_result {
    VARIABLE_UNSET,
    VARIABLE_NUMBER,
    VARIABLE_OTHER, /* it is set, but not to a number */
};

/* *number_r is changed for VARIABLE_NUMBER only. */
MUST_USE enum variable_result variable_take_number(const char *name, uint64_t *number_r);

#endif
