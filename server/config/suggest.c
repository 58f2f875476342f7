#include "config/suggest.h"

#include <string.h>

enum {
    NAME_SIZE_MAX = 64,
};

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* How many letters have to be added, taken away or exchanged (Levenshtein). */
static size_t distance(const char *a, const char *b)
{
    size_t row[NAME_SIZE_MAX + 1];
    size_t a_size = strlen(a), b_size = strlen(b);
    if (a_size > NAME_SIZE_MAX || b_size > NAME_SIZE_MAX)
        return NAME_SIZE_MAX;
    for (size_t j = 0; j <= b_size; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_size; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_size; j++) {
            size_t exchanged = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = smaller(exchanged, smaller(row[j], row[j - 1]) + 1);
        }
    }
    return row[b_size];
}

struct suggestion suggestion_begin(const char *typed)
{
    return (struct suggestion){.typed = typed, .distance = strlen(typed) / 3 + 1};
}

void suggestion_consider(struct suggestion *suggestion, const char *name)
{
    size_t here = distance(suggestion->typed, name);
    if (here > suggestion->distance || (here == suggestion->distance && suggestion->name != NULL))
        return;
    suggestion->distance = here;
    suggestion->name = name;
}
