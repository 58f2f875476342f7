#ifndef RELEVO_SERVE_PROCESS_H
#define RELEVO_SERVE_PROCESS_H

#include <stdint.h>

/* What the kernel knows of this process. 0 where it would not tell. */
struct process_stats {
    uint64_t resident_bytes;
    uint64_t open_descriptors;
    uint64_t descriptors_max;
    int64_t cpu_us; /* spent by it, and by the kernel for it */
};
struct process_stats process_measure(void);

/* How many of the descriptors below descriptors_max are open, on any kernel. */
uint64_t process_poll_descriptors(uint64_t descriptors_max);

/* From now on a large array that is freed goes back to the kernel at once. Left to itself, glibc learns from
 * the first ones to keep as much, and what a desk holds is then followed by what it took to load it. */
void process_return_memory(void);

/* So large it is now. 0 where the kernel would not tell. */
uint64_t process_resident_bytes(void);

/* Gives all free pages back to the kernel now. Takes longer the more there are: some milliseconds for a
 * hundred megabytes. */
void process_reclaim_memory(void);

/* Signals that a server has something else to do for than to end (SIGHUP, SIGUSR1, SIGUSR2) wait from now on,
 * until it can do that. */
void process_hold_signals(void);
void process_release_signals(void);

#endif
