#include "systemd/variable.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    DIGITS_MAX = 18, /* so many always fit */
};

char *variable_take(const char *name)
{
    const char *value = getenv(name);
    if (value == NULL)
        return NULL;
    char *copy = alloc_string(value, strlen(value));
    unsetenv(name);
    return copy;
}

enum variable_result variable_take_number(const char *name, uint64_t *number_r)
{
    char *value = variable_take(name);
    if (value == NULL)
        return VARIABLE_UNSET;
    size_t digits = strspn(value, "0123456789");
    bool is_number = digits > 0 && digits <= DIGITS_MAX && value[digits] == '\0';
    if (is_number)
        *number_r = strtoull(value, NULL, 10);
    free(value);
    return is_number ? VARIABLE_NUMBER : VARIABLE_OTHER;
}
