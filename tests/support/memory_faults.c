#include "support/memory_faults.h"

#include <assert.h>
#include <string.h>

void memory_faults_add(struct memory_faults *faults, enum store_memory_fault fault)
{
    assert(faults->count < MEMORY_FAULTS_MAX);
    faults->each[faults->count++] = fault;
}

static bool fault_is_for(enum store_memory_fault fault, enum memory_faulty kind)
{
    switch (fault) {
    case STORE_MEMORY_FAIL_READS: return kind != FAULTY_APPEND;
    case STORE_MEMORY_SLOW_LOOKUP: return kind == FAULTY_LOOKUP;
    default: return kind == FAULTY_APPEND;
    }
}

bool memory_faults_take(struct memory_faults *faults, enum memory_faulty kind,
                        enum store_memory_fault *fault_r)
{
    for (size_t i = 0; i < faults->count; i++) {
        if (!fault_is_for(faults->each[i], kind))
            continue;
        *fault_r = faults->each[i];
        faults->count--;
        memmove(&faults->each[i], &faults->each[i + 1], (faults->count - i) * sizeof(faults->each[0]));
        return true;
    }
    return false;
}
