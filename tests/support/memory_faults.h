#ifndef RELEVO_TESTS_SUPPORT_MEMORY_FAULTS_H
#define RELEVO_TESTS_SUPPORT_MEMORY_FAULTS_H

#include "support/store_memory.h"

/* The faults that a store in memory is still to have, in the order in which they were armed. */

enum { MEMORY_FAULTS_MAX = 64 };

struct memory_faults {
    enum store_memory_fault each[MEMORY_FAULTS_MAX];
    size_t count;
};

void memory_faults_add(struct memory_faults *faults, enum store_memory_fault fault);

/* What faults tell apart. */
enum memory_faulty { FAULTY_APPEND, FAULTY_LOOKUP, FAULTY_OTHER };

/* Takes the first that is for requests of that kind. False where there is none. */
bool memory_faults_take(struct memory_faults *faults, enum memory_faulty kind,
                        enum store_memory_fault *fault_r);

#endif
