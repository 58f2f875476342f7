#ifndef RELEVO_CONFIG_SUGGEST_H
#define RELEVO_CONFIG_SUGGEST_H

#include <stddef.h>

/* Finds, among names given one after the other, the one that was meant by what was typed. */
struct suggestion {
    const char *typed;
    const char *name; /* the closest so far; NULL: none is close enough */
    size_t distance;
};

struct suggestion suggestion_begin(const char *typed);

void suggestion_consider(struct suggestion *suggestion, const char *name);

#endif
