#include "config/numbers.h"

#include <stdlib.h>
#include <string.h>

/* Whether it is a whole number from 1 to `most`. */
static bool number_parse(const char *value, int most, int *number_r)
{
    size_t digits = strspn(value, "0123456789");
    if (digits == 0 || digits > 9 || value[digits] != '\0')
        return false;
    *number_r = (int)strtol(value, NULL, 10);
    return *number_r >= 1 && *number_r <= most;
}

const char *set_lanes(struct config *config, const char *value)
{
    _Static_assert(LIMIT_LANES == 8, "said below");
    return number_parse(value, LIMIT_LANES, &config->lanes) ? NULL : "a number from 1 to 8 is expected";
}

const char *set_retain_days(struct config *config, const char *value)
{
    bool is_number = number_parse(value, 36500, &config->retain_days);
    return is_number && config->retain_days >= 7 ? NULL : "a number of days from 7 to 36500 is expected";
}

/* A number from 1 to `most` for a quota. */
static bool quota_parse(const char *value, int most, int64_t *quota_r)
{
    int number = 0;
    bool is_number = number_parse(value, most, &number);
    *quota_r = number;
    return is_number;
}

const char *set_max_connections(struct config *config, const char *value)
{
    int number = 0;
    _Static_assert(LIMIT_CONNECTIONS == 20000, "said below, and the default");
    if (!number_parse(value, LIMIT_CONNECTIONS, &number))
        return "a number from 1 to 20000 is expected";
    config->connections_max = (size_t)number;
    return NULL;
}

const char *set_workspace_connections(struct config *config, const char *value)
{
    _Static_assert(LIMIT_CONNECTIONS == 20000 && LIMIT_WORKSPACE_CONNECTIONS == 5000, "said below");
    return quota_parse(value, LIMIT_CONNECTIONS, &config->quotas.connections)
               ? NULL
               : "a number from 1 to 20000 is expected";
}

const char *set_workspace_commands(struct config *config, const char *value)
{
    _Static_assert(LIMIT_WORKSPACE_COMMANDS_PER_S == 2000, "the default");
    return quota_parse(value, 1000000, &config->quotas.commands_per_s)
               ? NULL
               : "a number from 1 to 1000000 is expected";
}

const char *set_workspace_open(struct config *config, const char *value)
{
    _Static_assert(LIMIT_WORKSPACE_OPEN == 100000, "the default");
    return quota_parse(value, 100000000, &config->quotas.open) ? NULL
                                                               : "a number from 1 to 100000000 is expected";
}

const char *set_workspace_lookups(struct config *config, const char *value)
{
    _Static_assert(LIMIT_WORKSPACE_LOOKUPS_PER_S == 500, "the default");
    return quota_parse(value, 1000000, &config->quotas.lookups_per_s)
               ? NULL
               : "a number from 1 to 1000000 is expected";
}
