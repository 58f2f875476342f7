#include "base/histogram.h"

#include <assert.h>

static const int64_t bounds[] = {
    1,     2,     5,     10,     20,     50,     100,     200,     500,     1000,     2000,     5000,
    10000, 20000, 50000, 100000, 200000, 500000, 1000000, 2000000, 5000000, 10000000, 20000000, 50000000,
};
static_assert(sizeof(bounds) / sizeof(bounds[0]) == HISTOGRAM_STEPS, "a bound for each step");

void histogram_add(struct histogram *histogram, int64_t value)
{
    int step = 0;
    if (value < 0)
        value = 0;
    while (step < HISTOGRAM_STEPS && value > bounds[step])
        step++;
    histogram->counts[step]++;
    histogram->sum += value;
}

int64_t histogram_bound(int step)
{
    assert(step >= 0 && step < HISTOGRAM_STEPS);
    return bounds[step];
}

uint64_t histogram_count(const struct histogram *histogram, int step)
{
    uint64_t count = 0;
    assert(step >= 0 && step <= HISTOGRAM_STEPS);
    for (int i = 0; i <= step; i++)
        count += histogram->counts[i];
    return count;
}
