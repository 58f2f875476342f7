#include "core/action.h"

#include <assert.h>
#include <stddef.h>

#include "base/alloc.h"

static const char *const action_names[] = {
#define X(number, NAME, name) [ACTION_##NAME] = (name),
    ACTION_LIST(X)
#undef X
};

static_assert(ARRAY_COUNT(action_names) == ACTION_ROOM, "the numbers have no gaps");

static bool action_is_the_servers_own(enum action action)
{
    return action == ACTION_EXPIRE || action == ACTION_BOT_BLOCKED || action == ACTION_AGENT_SEEN;
}

const char *action_name(enum action action)
{
    assert((size_t)action < ARRAY_COUNT(action_names));
    assert(action_names[action] != NULL);
    return action_names[action];
}

bool action_parse(struct bytes name, enum action *action_r)
{
    for (size_t i = 0; i < ARRAY_COUNT(action_names); i++) {
        if (action_names[i] == NULL || action_is_the_servers_own((enum action)i))
            continue;
        if (!bytes_equal(bytes_of_string(action_names[i]), name))
            continue;
        *action_r = (enum action)i;
        return true;
    }
    return false;
}

bool action_from_number(int64_t number, enum action *action_r)
{
    if (number < 0 || (uint64_t)number >= ARRAY_COUNT(action_names) || action_names[number] == NULL)
        return false;
    *action_r = (enum action)number;
    return true;
}
