#ifndef RELEVO_CORE_RECENCY_H
#define RELEVO_CORE_RECENCY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"

/* Things in the order of a number that only grows: rows by the seq of their last change. What changes moves
 * to the end and leaves a hole; holes are squeezed out when they are the greater part, so moving costs O(1)
 * on the average. A reader finds its place by the number, never by a pointer, and so may be away for as long
 * as it likes. */
struct recency_link {
    uint32_t slot; /* RECENCY_NOWHERE: not in it. recency_link_init first. */
};
#define RECENCY_NOWHERE UINT32_MAX

struct recency_slot {
    int64_t number;
    struct recency_link *link; /* NULL: a hole */
};

struct recency {
    struct recency_slot *slots;
    size_t slots_count; /* used, holes and all */
    size_t slots_room;
    size_t count; /* without holes */
};

static inline void recency_link_init(struct recency_link *link)
{
    link->slot = RECENCY_NOWHERE;
}

/* Whether the link is in this one, if it is in any. */
static inline bool recency_has(const struct recency *recency, const struct recency_link *link)
{
    return link->slot < recency->slots_count && recency->slots[link->slot].link == link;
}

void recency_init(struct recency *recency);
void recency_finish(struct recency *recency);

/* Puts the link at the end under `number`, from wherever it was. The number is not below any that was there
 * before (asserted). */
void recency_move_to_end(struct recency *recency, struct recency_link *link, int64_t number);

/* Loading: as recency_move_to_end, but in any order of numbers. Then nobody may look until it is sorted. */
void recency_load(struct recency *recency, struct recency_link *link, int64_t number);
void recency_sort(struct recency *recency);

/* Takes the link out; harmless where it is not in it. */
void recency_remove(struct recency *recency, struct recency_link *link);

/* The first link with a number above `number`, its number in *number_r; NULL where there is none. O(log n),
 * and the next call with that number finds the one after it. To walk many in a row, use recency_walk. */
struct recency_link *recency_after(const struct recency *recency, int64_t number, int64_t *number_r);

/* Walking: *position = recency_position(…, number), then recency_walk until it returns NULL. Valid only while
 * the recency is not changed. O(1) a step on the average (holes are skipped). */
size_t recency_position(const struct recency *recency, int64_t number);
struct recency_link *recency_walk(const struct recency *recency, size_t *position, int64_t *number_r);

/* The number of the count-th from the end (1: the last); 0 where there are fewer. O(count + holes passed). */
int64_t recency_number_from_end(const struct recency *recency, size_t count);

/* Asserts every invariant. */
void recency_check(const struct recency *recency);

#endif
