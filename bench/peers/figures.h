#ifndef RELEVO_BENCH_PEERS_FIGURES_H
#define RELEVO_BENCH_PEERS_FIGURES_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/peers/contender.h"

enum { ROUNDS_MAX = 5 };

/* One figure, taken of each contender in each round. */
struct figure {
    const char *what;
    const char *unit;
    bool is_better_high;
    double aim; /* Relevo's, as a ratio to the best peer's: at least, or at most; 0: none */
    double values[CONTENDER_ROOM][ROUNDS_MAX];
};

/* How long to measure. */
struct effort {
    int rounds;
    double share; /* of the time, and of the commands, that a full round has */
};

/* Relevo beside each peer, one line each; the aim stands in that of the best peer. */
void figures_print(struct figure *figures, size_t count, int rounds);

/* The aims that were not held, of all that has been printed. */
void figures_print_missed(void);

#endif
