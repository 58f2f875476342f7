#include "core/recency.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

enum { SLOTS_ROOM_MIN = 16 };

void recency_init(struct recency *recency)
{
    *recency = (struct recency){0};
}

void recency_finish(struct recency *recency)
{
    free(recency->slots);
    recency_init(recency);
}

static bool recency_is_sparse(const struct recency *recency)
{
    return recency->slots_count > SLOTS_ROOM_MIN && recency->slots_count / 2 > recency->count;
}

/* There are more holes than links to copy, and each hole was made by a move or a removal: O(1) for each of
 * those. */
static void recency_squeeze_if_sparse(struct recency *recency)
{
    if (!recency_is_sparse(recency))
        return;
    size_t kept = 0;
    for (size_t i = 0; i < recency->slots_count; i++) {
        if (recency->slots[i].link == NULL)
            continue;
        recency->slots[kept] = recency->slots[i];
        recency->slots[kept].link->slot = (uint32_t)kept;
        kept++;
    }
    assert(kept == recency->count);
    recency->slots_count = kept;
}

static void recency_take_out(struct recency *recency, struct recency_link *link)
{
    if (link->slot == RECENCY_NOWHERE)
        return;
    assert(recency->slots[link->slot].link == link);
    recency->slots[link->slot].link = NULL;
    link->slot = RECENCY_NOWHERE;
    recency->count--;
}

void recency_move_to_end(struct recency *recency, struct recency_link *link, int64_t number)
{
    /* A hole keeps its number, so all slots are in order. */
    assert(recency->slots_count == 0 || recency->slots[recency->slots_count - 1].number <= number);
    recency_load(recency, link, number);
}

void recency_load(struct recency *recency, struct recency_link *link, int64_t number)
{
    recency_take_out(recency, link);
    if (recency->slots_count == recency->slots_room) {
        recency->slots_room = recency->slots_room == 0 ? SLOTS_ROOM_MIN : recency->slots_room * 2;
        recency->slots = alloc_resize(recency->slots, recency->slots_room, sizeof(*recency->slots));
    }
    assert(recency->slots_count < RECENCY_NOWHERE);
    link->slot = (uint32_t)recency->slots_count;
    recency->slots[recency->slots_count++] = (struct recency_slot){.number = number, .link = link};
    recency->count++;
    recency_squeeze_if_sparse(recency);
}

static int compare_slots(const void *a, const void *b)
{
    const struct recency_slot *left = a;
    const struct recency_slot *right = b;
    return (left->number > right->number) - (left->number < right->number);
}

void recency_sort(struct recency *recency)
{
    if (recency->slots_count > 0)
        qsort(recency->slots, recency->slots_count, sizeof(*recency->slots), compare_slots);
    for (size_t i = 0; i < recency->slots_count; i++) {
        if (recency->slots[i].link != NULL)
            recency->slots[i].link->slot = (uint32_t)i;
    }
}

void recency_remove(struct recency *recency, struct recency_link *link)
{
    recency_take_out(recency, link);
    recency_squeeze_if_sparse(recency);
}

struct recency_link *recency_after(const struct recency *recency, int64_t number, int64_t *number_r)
{
    size_t position = recency_position(recency, number);
    return recency_walk(recency, &position, number_r);
}

size_t recency_position(const struct recency *recency, int64_t number)
{
    size_t low = 0;
    size_t high = recency->slots_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (recency->slots[middle].number > number)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

struct recency_link *recency_walk(const struct recency *recency, size_t *position, int64_t *number_r)
{
    while (*position < recency->slots_count) {
        const struct recency_slot *slot = &recency->slots[(*position)++];
        if (slot->link != NULL) {
            *number_r = slot->number;
            return slot->link;
        }
    }
    return NULL;
}

int64_t recency_number_from_end(const struct recency *recency, size_t count)
{
    assert(count > 0);
    if (count > recency->count)
        return 0;
    size_t index = recency->slots_count;
    while (count > 0) {
        if (recency->slots[--index].link != NULL)
            count--;
    }
    return recency->slots[index].number;
}

void recency_check(const struct recency *recency)
{
    size_t count = 0;
    assert(recency->slots_count <= recency->slots_room);
    assert(!recency_is_sparse(recency));
    for (size_t i = 0; i < recency->slots_count; i++) {
        assert(i == 0 || recency->slots[i - 1].number <= recency->slots[i].number);
        if (recency->slots[i].link == NULL)
            continue;
        assert(recency->slots[i].link->slot == i);
        count++;
    }
    assert(count == recency->count);
}
