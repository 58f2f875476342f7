#include "core/role.h"

#include <assert.h>
#include <stddef.h>

#include "base/alloc.h"

static const char *const role_names[] = {
#define X(number, NAME, name) [ROLE_##NAME] = (name),
    ROLE_LIST(X)
#undef X
};

static_assert(ARRAY_COUNT(role_names) == ROLE_COUNT, "the numbers have no gaps");

const char *role_name(enum role role)
{
    assert((size_t)role < ARRAY_COUNT(role_names));
    assert(role_names[role] != NULL);
    return role_names[role];
}

bool role_parse(struct bytes name, enum role *role_r)
{
    for (size_t i = 0; i < ARRAY_COUNT(role_names); i++) {
        if (role_names[i] == NULL || i == ROLE_SERVER || !bytes_equal(bytes_of_string(role_names[i]), name))
            continue;
        *role_r = (enum role)i;
        return true;
    }
    return false;
}

bool role_from_number(int64_t number, enum role *role_r)
{
    if (number < 0 || (uint64_t)number >= ARRAY_COUNT(role_names) || role_names[number] == NULL)
        return false;
    *role_r = (enum role)number;
    return true;
}
