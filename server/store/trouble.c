#include "store/trouble.h"

#include <stddef.h>
#include <string.h>

#include "base/alloc.h"

/* https://www.postgresql.org/docs/15/errcodes-appendix.html. Two characters stand for a whole class. */
static const struct {
    const char *sqlstate;
    enum trouble trouble;
} troubles[] = {
    {"40001", TROUBLE_PASSING},                               /* serialization failure */
    {"40P01", TROUBLE_PASSING},                               /* deadlock */
    {"55P03", TROUBLE_PASSING},                               /* lock not to be had in time */
    {"08", TROUBLE_SESSION},                                  /* connection */
    {"57P", TROUBLE_SESSION},                                 /* shutdown, start-up */
    {"25006", TROUBLE_READ_ONLY}, {"26000", TROUBLE_SESSION}, /* a prepared statement is gone */
    {"0A000", TROUBLE_SESSION},                               /* a cached plan no longer fits its table */
    {"53", TROUBLE_FULL},                                     /* disk, memory, connections */
    {"57014", TROUBLE_FULL},                                  /* statement_timeout */
    {"58030", TROUBLE_FULL},                                  /* input/output */
};

enum trouble trouble_of(const char *sqlstate)
{
    for (size_t i = 0; i < ARRAY_COUNT(troubles); i++) {
        if (strncmp(sqlstate, troubles[i].sqlstate, strlen(troubles[i].sqlstate)) == 0)
            return troubles[i].trouble;
    }
    return TROUBLE_UNKNOWN;
}
