#ifndef RELEVO_TESTS_SUPPORT_FUZZ_INPUT_H
#define RELEVO_TESTS_SUPPORT_FUZZ_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

/* What fuzz targets share: an oracle, and ways to take what they need off the front of an input. */

/* An oracle: libFuzzer keeps an input of which it does not hold as a crash. */
#define must(holds) ((holds) ? (void)0 : must_fail(#holds, __FILE__, __LINE__))

static inline _Noreturn void must_fail(const char *what, const char *file, int line)
{
    fprintf(stderr, "%s:%d: must hold: %s\n", file, line, what);
    abort();
}

/* 0 where nothing is left. */
static inline uint8_t input_take_byte(struct bytes *input)
{
    if (input->size == 0)
        return 0;
    uint8_t byte = input->data[0];
    *input = bytes_make(input->data + 1, input->size - 1);
    return byte;
}

/* As many as there are, and no more than `size`. */
static inline struct bytes input_take(struct bytes *input, size_t size)
{
    struct bytes taken = bytes_make(input->data, size < input->size ? size : input->size);
    if (taken.size > 0)
        *input = bytes_make(input->data + taken.size, input->size - taken.size);
    return taken;
}

/* What stands before the next `end`, which is taken too, or all that is left. */
static inline struct bytes input_take_until(struct bytes *input, char end)
{
    const uint8_t *found = input->size == 0 ? NULL : memchr(input->data, end, input->size);
    struct bytes taken = input_take(input, found == NULL ? input->size : (size_t)(found - input->data));
    (void)input_take(input, 1);
    return taken;
}

#endif
