#include "core/action.h"

#include <assert.h>
#include <stddef.h>

#include "base/alloc.h"

struct action_facts {
    const char *name;
    unsigned roles;
    command_field_set needed_fields;
    command_field_set optional_fields;
    effect_set effects;
};

static const struct action_facts actions[] = {
#define X(number, NAME, name, roles, needed_fields, optional_fields, effects, rule)                          \
    [ACTION_##NAME] = {name, roles, needed_fields, optional_fields, effects},
    ACTION_LIST(X)
#undef X
};

static_assert(ARRAY_COUNT(actions) == ACTION_COUNT, "the numbers have no gaps");

/* What a later server did, and this one has no name for, has the number 0 and does nothing. */
static const struct action_facts *facts_of(enum action action)
{
    assert((size_t)action < ARRAY_COUNT(actions));
    return &actions[action];
}

static bool action_is_the_servers_own(enum action action)
{
    return (facts_of(action)->roles & ~(unsigned)BY_SERVER) == 0;
}

const char *action_name(enum action action)
{
    assert(action != 0);
    return facts_of(action)->name;
}

bool action_parse(struct bytes name, enum action *action_r)
{
    for (int i = 1; i < ACTION_COUNT; i++) {
        enum action action = (enum action)i;
        if (action_is_the_servers_own(action) || !bytes_equal(bytes_of_string(action_name(action)), name))
            continue;
        *action_r = action;
        return true;
    }
    return false;
}

bool action_from_number(int64_t number, enum action *action_r)
{
    if (number < 1 || number >= ACTION_COUNT)
        return false;
    *action_r = (enum action)number;
    return true;
}

bool action_is_allowed(enum action action, enum role role)
{
    return (facts_of(action)->roles & 1u << role) != 0;
}

command_field_set action_needed_fields(enum action action)
{
    return facts_of(action)->needed_fields;
}

command_field_set action_optional_fields(enum action action)
{
    return facts_of(action)->optional_fields;
}

bool action_does(enum action action, effect_set effects)
{
    return (facts_of(action)->effects & effects) != 0;
}

bool action_does_all(enum action action, effect_set effects)
{
    return (effects & ~facts_of(action)->effects) == 0;
}
