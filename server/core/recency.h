#ifndef RELEVO_CORE_RECENCY_H
#define RELEVO_CORE_RECENCY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"

/* Keeps things in the order of a number that only grows: rows by the seq of their last change. What changes
 * moves to the end and leaves a hole. Holes are removed when they are the greater part, so moving costs O(1)
 * on average. A reader finds its place by the number, never by a pointer, so it may continue at any later
 * time. */
struct recency_link {
    uint32_t slot; /* RECENCY_NOWHERE: in no recency, as recency_link_init sets it */
};
#define RECENCY_NOWHERE UINT32_MAX

struct recency_slot {
    int64_t number;
    struct recency_link *link; /* NULL: a hole */
};

struct recency {
    struct recency_slot *slots;
    size_t slots_count; /* with the holes */
    size_t slots_room;
    size_t count; /* without the holes */
};

static inline void recency_link_init(struct recency_link *link)
{
    link->slot = RECENCY_NOWHERE;
}

/* Whether the link is in this recency. It may be in another, or in none. */
static inline bool recency_has(const struct recency *recency, const struct recency_link *link)
{
    return link->slot < recency->slots_count && recency->slots[link->slot].link == link;
}

void recency_init(struct recency *recency);
void recency_finish(struct recency *recency);

/* Puts the link at the end, under `number`; it may have been in this recency before. The number is not below
 * any that is there (asserted). */
void recency_move_to_end(struct recency *recency, struct recency_link *link, int64_t number);

/* For loading: as recency_move_to_end, but the numbers may come in any order. Nothing may be read until
 * recency_sort has been called. */
void recency_load(struct recency *recency, struct recency_link *link, int64_t number);
void recency_sort(struct recency *recency);

/* Takes the link out. Does nothing where it is not in this recency. */
void recency_remove(struct recency *recency, struct recency_link *link);

/* The first link with a number above `number`; *number_r is its number. NULL: there is none. O(log n). To go
 * through many in a row, use recency_walk. */
struct recency_link *recency_after(const struct recency *recency, int64_t number, int64_t *number_r);

/* To go through the links above `number`: *position = recency_position(…, number), then recency_walk until it
 * returns NULL. A position is valid only while the recency is not changed. A step costs O(1) on average;
 * holes are skipped. */
size_t recency_position(const struct recency *recency, int64_t number);
struct recency_link *recency_walk(const struct recency *recency, size_t *position, int64_t *number_r);

/* The number of the count-th link from the end (1: the last); 0: there are fewer. O(count + holes passed). */
int64_t recency_number_from_end(const struct recency *recency, size_t count);

/* Asserts every invariant. */
void recency_check(const struct recency *recency);

#endif
