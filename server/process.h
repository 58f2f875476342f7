#ifndef RELEVO_PROCESS_H
#define RELEVO_PROCESS_H

#include <stdint.h>

/* What the kernel knows of this process. 0 where it would not tell. */
struct process_stats {
    uint64_t resident_bytes;
    uint64_t open_descriptors;
    uint64_t descriptors_max;
    int64_t cpu_us; /* spent by it, and by the kernel for it */
};
struct process_stats process_measure(void);

#endif
