#include "base/alloc.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

static _Noreturn void alloc_give_up(size_t count, size_t size)
{
    log_error("out_of_memory", "count=%zu size=%zu", count, size);
    abort();
}

void *alloc_zeroed(size_t size)
{
    return alloc_array(1, size);
}

void *alloc_array(size_t count, size_t size)
{
    /* calloc may answer a wish for no bytes with NULL. */
    void *memory = count == 0 || size == 0 ? calloc(1, 1) : calloc(count, size);
    if (memory == NULL)
        alloc_give_up(count, size);
    return memory;
}

void *alloc_resize(void *memory, size_t count, size_t size)
{
    /* realloc to no bytes would free. */
    size_t total = 1;
    if (__builtin_mul_overflow(count, size, &total))
        alloc_give_up(count, size);
    void *resized = realloc(memory, total == 0 ? 1 : total);
    if (resized == NULL)
        alloc_give_up(count, size);
    return resized;
}

char *alloc_string(const char *data, size_t size)
{
    if (size == SIZE_MAX)
        alloc_give_up(size, 1);
    char *string = alloc_zeroed(size + 1);
    if (size > 0)
        memcpy(string, data, size);
    return string;
}

void alloc_replace(char **string, const char *data, size_t size)
{
    free(*string);
    *string = alloc_string(data, size);
}

char *alloc_format(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *string = alloc_zeroed((size_t)size + 1);
    va_start(arguments, format);
    vsnprintf(string, (size_t)size + 1, format, arguments);
    va_end(arguments);
    return string;
}
