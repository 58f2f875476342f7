#include "support/memory_faults.h"

#include <assert.h>
#include <string.h>

void memory_faults_add(struct memory_faults *faults, enum store_memory_fault fault)
{
    assert(faults->count < MEMORY_FAULTS_MAX);
    faults->each[faults->count++] = fault;
}

bool memory_faults_take(struct memory_faults *faults, bool is_append, enum store_memory_fault *fault_r)
{
    for (size_t i = 0; i < faults->count; i++) {
        if ((faults->each[i] != STORE_MEMORY_FAIL_READS) != is_append)
            continue;
        *fault_r = faults->each[i];
        faults->count--;
        memmove(&faults->each[i], &faults->each[i + 1], (faults->count - i) * sizeof(faults->each[0]));
        return true;
    }
    return false;
}
