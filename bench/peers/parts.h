#ifndef RELEVO_BENCH_PEERS_PARTS_H
#define RELEVO_BENCH_PEERS_PARTS_H

#include "bench/peers/figures.h"

/* What is measured; bench/README.md says how. Each prints its figures. */
void throughput_measure(struct effort effort);
void lone_measure(struct effort effort);
void push_measure(struct effort effort);
void memory_measure(struct effort effort);
void screen_measure(struct effort effort);
void pauses_measure(struct effort effort);

#endif
