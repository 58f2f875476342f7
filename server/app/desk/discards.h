#ifndef RELEVO_APP_DESK_DISCARDS_H
#define RELEVO_APP_DESK_DISCARDS_H

#include <stdbool.h>
#include <stddef.h>

#include "app/node/worklist.h"
#include "core/roster.h"

/* Rosters that have been given up. They are freed in parts: to free a million rows at once would keep all
 * clients waiting. */
struct discards {
    struct list list; /* struct discard, the oldest first */
    struct worklist *worklist;
    struct work work;
};

/* They are freed by work on this worklist, which must outlive them. */
void discards_init(struct discards *discards, struct worklist *worklist);

/* Frees all of them at once. */
void discards_finish(struct discards *discards);

/* Takes over the roster with everything that it holds, and zeroes *roster. A part of it is freed in each turn
 * of the loop. */
void discards_add(struct discards *discards, struct roster *roster);

/* Frees up to so many rows of the oldest one. */
void discards_free_some(struct discards *discards, size_t rows);

static inline bool discards_are_gone(const struct discards *discards)
{
    return list_is_empty(&discards->list);
}

#endif
