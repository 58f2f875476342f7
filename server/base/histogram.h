#ifndef RELEVO_BASE_HISTOGRAM_H
#define RELEVO_BASE_HISTOGRAM_H

#include <stdint.h>

/* How often a value was how large: a count for each step of 1, 2, 5, 10, 20, 50 … 50,000,000, and one for
 * what is larger still. What the values are (microseconds, commands) is its owner's business. All zeros is an
 * empty one. */
enum { HISTOGRAM_STEPS = 24 };

struct histogram {
    uint64_t counts[HISTOGRAM_STEPS + 1]; /* of the values up to each step, and above the one before */
    int64_t sum;
};

/* Counts a value; one below 0 as 0. */
void histogram_add(struct histogram *histogram, int64_t value);

/* The largest value that counts[step] counts. step is below HISTOGRAM_STEPS. */
int64_t histogram_bound(int step);

/* How many values there were up to and with this step; HISTOGRAM_STEPS: how many at all. */
uint64_t histogram_count(const struct histogram *histogram, int step);

#endif
