#ifndef RELEVO_STORE_TIMESTAMP_H
#define RELEVO_STORE_TIMESTAMP_H

#include <assert.h>
#include <stdint.h>

/* PostgreSQL's timestamptz in binary: microseconds since 2000-01-01 UTC. */

#define TIMESTAMP_NEGATIVE_INFINITY INT64_MIN
#define TIMESTAMP_2000_MS           INT64_C(946684800000)

/* The end of the year 9999: far from what timestamptz cannot hold, and beyond every time that the server
 * makes. */
#define TIMESTAMP_MAX_MS INT64_C(253402300799999)

/* unix_ms is not beyond those bounds. */
static inline int64_t timestamp_from_ms(int64_t unix_ms)
{
    assert(unix_ms >= 0 && unix_ms <= TIMESTAMP_MAX_MS);
    return (unix_ms - TIMESTAMP_2000_MS) * 1000;
}

/* Rounds down. */
static inline int64_t timestamp_to_ms(int64_t timestamp)
{
    int64_t ms = timestamp / 1000 - (timestamp % 1000 < 0);
    return ms + TIMESTAMP_2000_MS;
}

#endif
