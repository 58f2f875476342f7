#ifndef RELEVO_BASE_ALLOC_H
#define RELEVO_BASE_ALLOC_H

#include <stddef.h>

/* Allocation never fails: where memory is out, the process logs and aborts. Every size is bounded before it
 * comes here (protocol/limits.h), so an abort means that the machine is out of memory, not that a client
 * asked for too much. */

#define MUST_USE __attribute__((warn_unused_result))

#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The struct of which `pointer` is the named member. */
#define CONTAINER_OF(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

/* Zeroed memory for one object, to be freed with free(). */
void *alloc_zeroed(size_t size) __attribute__((malloc, returns_nonnull, alloc_size(1)));

/* Zeroed memory for `count` objects of `size` bytes; the product may not overflow. */
void *alloc_array(size_t count, size_t size) __attribute__((malloc, returns_nonnull, alloc_size(1, 2)));

/* Resizes like realloc; what is new is not zeroed. */
void *alloc_resize(void *memory, size_t count, size_t size)
    __attribute__((returns_nonnull, alloc_size(2, 3)));

/* A NUL-terminated copy of `size` bytes. */
char *alloc_string(const char *data, size_t size) __attribute__((malloc, returns_nonnull));

/* A NUL-terminated copy of `size` bytes takes the place of what was there, which is freed; NULL is fine. */
void alloc_replace(char **string, const char *data, size_t size);

/* What the format comes to, as a string. */
char *alloc_format(const char *format, ...) __attribute__((returns_nonnull, format(printf, 1, 2)));

#endif
