#include <stdlib.h>

#include "core/clean.h"

/* Any bytes at all, said as a message and as a name: what is recorded is text, is not cleaned any further,
 * and ends with a whole character. */

enum { NAME_BYTES = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct bytes raw, const struct text *clean, const struct text *again, bool lines,
                  size_t size_max)
{
    struct bytes bytes = text_bytes(clean);
    if (!bytes_are_text(bytes, lines) || bytes.size > size_max || !text_equal(clean, again))
        abort();
    if (raw.size <= size_max && bytes_are_text(raw, lines) && !bytes_equal(raw, bytes))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes raw = bytes_make(data, size);
    struct text *lines = clean_lines(raw);
    struct text *lines_again = clean_lines(text_bytes(lines));
    struct text *name = clean_name(raw, NAME_BYTES);
    struct text *name_again = clean_name(text_bytes(name), NAME_BYTES);
    check(raw, lines, lines_again, true, CLEAN_GROWTH * size);
    check(raw, name, name_again, false, NAME_BYTES);
    if (clean_leaves_nothing(raw) != (lines == NULL))
        abort();
    text_unref(&lines);
    text_unref(&lines_again);
    text_unref(&name);
    text_unref(&name_again);
    return 0;
}
