#include "core/reason.h"

#include <assert.h>
#include <stddef.h>

#include "base/alloc.h"

struct reason_text {
    const char *name;
    const char *sentence;
    bool temporary;
};

static const struct reason_text reason_texts[] = {
#define X(number, NAME, name, temporary, sentence) [REASON_##NAME] = {name, sentence, temporary},
    X(0, NONE, "none", false, "Nothing was wrong") REASON_LIST(X)
#undef X
};

static_assert(ARRAY_COUNT(reason_texts) == REASON_COUNT, "the numbers have no gaps");

static const struct reason_text *reason_text(enum reason reason)
{
    assert((size_t)reason < ARRAY_COUNT(reason_texts));
    assert(reason_texts[reason].name != NULL);
    return &reason_texts[reason];
}

const char *reason_name(enum reason reason)
{
    return reason_text(reason)->name;
}

const char *reason_sentence(enum reason reason)
{
    return reason_text(reason)->sentence;
}

bool reason_is_temporary(enum reason reason)
{
    return reason_text(reason)->temporary;
}

bool reason_from_number(int64_t number, enum reason *reason_r)
{
    if (number <= REASON_NONE || (uint64_t)number >= ARRAY_COUNT(reason_texts) ||
        reason_texts[number].name == NULL)
        return false;
    *reason_r = (enum reason)number;
    return true;
}
