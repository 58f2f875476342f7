#ifndef RELEVO_APP_RUBBLE_H
#define RELEVO_APP_RUBBLE_H

#include <stdbool.h>
#include <stddef.h>

#include "app/worklist.h"
#include "core/roster.h"

/* Rosters that have been given up. They go bit by bit: to free a million rows at once would keep everybody
 * waiting. */
struct rubble {
    struct list heaps;
    struct worklist *worklist;
    struct work work;
};

void rubble_init(struct rubble *rubble, struct worklist *worklist);

/* Clears all of it away. */
void rubble_finish(struct rubble *rubble);

/* Takes the roster with all that it holds (zeroes *roster). Some of it is cleared away in each turn of the
 * loop. */
void rubble_add(struct rubble *rubble, struct roster *roster);

/* Clears up to so many rows away. */
void rubble_clear(struct rubble *rubble, size_t rows);

static inline bool rubble_is_cleared(const struct rubble *rubble)
{
    return list_is_empty(&rubble->heaps);
}

#endif
