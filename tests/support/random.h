#ifndef RELEVO_TESTS_SUPPORT_RANDOM_H
#define RELEVO_TESTS_SUPPORT_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

/* Numbers that are the same in every run with the same seed (SplitMix64,
 * https://prng.di.unimi.it/splitmix64.c). */
struct random {
    uint64_t state;
};

static inline uint64_t random_next(struct random *random)
{
    uint64_t word = random->state += UINT64_C(0x9e3779b97f4a7c15);
    word = (word ^ word >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ word >> 27) * UINT64_C(0x94d049bb133111eb);
    return word ^ word >> 31;
}

/* From 0 to count - 1. */
static inline uint32_t random_below(struct random *random, uint32_t count)
{
    return (uint32_t)(random_next(random) % count);
}

/* True once in `count` times. */
static inline bool random_once_in(struct random *random, uint32_t count)
{
    return random_below(random, count) == 0;
}

#endif
