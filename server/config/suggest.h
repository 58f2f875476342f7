#ifndef RELEVO_CONFIG_SUGGEST_H
#define RELEVO_CONFIG_SUGGEST_H

#include <stddef.h>

/* Finds the name that was probably meant by what was typed. `typed` is borrowed. A name is close enough if at
 * most a third of the typed letters, and one more, have to be added, taken away or exchanged. Of equally
 * close names the first wins. */
struct suggestion {
    const char *typed;
    const char *name; /* the closest so far; NULL: none is close enough */
    size_t distance;
};

struct suggestion suggestion_begin(const char *typed);

void suggestion_consider(struct suggestion *suggestion, const char *name);

#endif
