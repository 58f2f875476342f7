#ifndef RELEVO_CORE_METER_H
#define RELEVO_CORE_METER_H

#include <stdint.h>

/* How often something has happened of late: an increment each time. All zeros is one of what has never
 * happened. */
enum { METER_WINDOW_US = 10 * 1000 * 1000 };

struct meter {
    int64_t since_us; /* when the present window began */
    uint32_t now;     /* in it, */
    uint32_t before;  /* and in the one before it */
};

/* It has happened once more. Time does not go backwards. */
void meter_count(struct meter *meter, int64_t now_us);

/* How often in a thousand seconds, going by the last METER_WINDOW_US. */
int64_t meter_per_ks(const struct meter *meter, int64_t now_us);

#endif
