#include "core/quotas.h"

#include <assert.h>

const char *quota_name(enum quota quota)
{
    static const char *const names[] = {
#define X(NAME, name) [QUOTA_##NAME] = name,
        QUOTA_LIST(X)
#undef X
    };
    assert(quota >= 0 && quota < QUOTA_COUNT);
    return names[quota];
}
