#include "net/origins.h"

#include <stdlib.h>
#include <string.h>

bool origins_add(struct origins *origins, const char *origin)
{
    if (origins->allowed_count == LIMIT_ORIGINS)
        return false;
    origins->allowed[origins->allowed_count++] = alloc_string(origin, strlen(origin));
    return true;
}

void origins_finish(struct origins *origins)
{
    for (size_t i = 0; i < origins->allowed_count; i++)
        free(origins->allowed[i]);
    *origins = (struct origins){.allowed_count = 0};
}

bool origins_allow(const struct origins *origins, struct bytes origin)
{
    for (size_t i = 0; i < origins->allowed_count; i++)
        if (bytes_equal(bytes_of_string(origins->allowed[i]), origin))
            return true;
    return false;
}

bool origins_allow_host(const struct origins *origins, struct bytes host)
{
    for (size_t i = 0; i < origins->allowed_count; i++) {
        const char *scheme_end = strstr(origins->allowed[i], "://");
        if (scheme_end != NULL && bytes_equal(bytes_of_string(scheme_end + 3), host))
            return true;
    }
    return false;
}
