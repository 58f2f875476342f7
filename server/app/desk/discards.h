#ifndef RELEVO_APP_DESK_DISCARDS_H
#define RELEVO_APP_DESK_DISCARDS_H

#include <stdbool.h>
#include <stddef.h>

#include "app/node/worklist.h"
#include "core/roster.h"

/* Rosters that have been given up. They go bit by bit: to free a million rows at once would keep everybody
 * waiting. */
struct discards {
    struct list list;
    struct worklist *worklist;
    struct work work;
};

void discards_init(struct discards *discards, struct worklist *worklist);

/* Clears all of it away. */
void discards_finish(struct discards *discards);

/* Takes the roster with all that it holds (zeroes *roster). Some of it is cleared away in each turn of the
 * loop. */
void discards_add(struct discards *discards, struct roster *roster);

/* Clears up to so many rows away. */
void discards_free_some(struct discards *discards, size_t rows);

static inline bool discards_are_gone(const struct discards *discards)
{
    return list_is_empty(&discards->list);
}

#endif
