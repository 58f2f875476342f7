#ifndef RELEVO_CORE_METER_H
#define RELEVO_CORE_METER_H

#include <stdint.h>

/* Measures how often something has happened recently; counting is cheap. A zeroed meter has counted
 * nothing. */
enum { METER_WINDOW_US = 10 * 1000 * 1000 };

struct meter {
    int64_t since_us; /* when the present window began */
    uint32_t now;     /* the count in it */
    uint32_t before;  /* the count in the window before it */
};

/* Counts one more. now_us does not go backwards. */
void meter_count(struct meter *meter, int64_t now_us);

/* The rate per 1000 seconds, estimated from the last METER_WINDOW_US. */
int64_t meter_per_ks(const struct meter *meter, int64_t now_us);

#endif
