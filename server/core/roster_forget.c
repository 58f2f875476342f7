/* A roster frees step by step what it need not hold: the floor is raised at once, and a sweep then frees the
 * rows below it. */
#include <assert.h>
#include <stdlib.h>

#include "core/roster.h"

enum { VICTIMS = 64 };

static void roster_evict(struct roster *roster, struct row *row)
{
    assert(row->conversation.list != LIST_OPEN);
    assert(row->due.index == DEADLINE_NOWHERE);
    bool was_read = recency_has(&roster->rows_read, &row->by_seq);
    recency_remove(was_read ? &roster->rows_read : &roster->rows_by_seq, &row->by_seq);
    recency_remove(&roster->completed_by_list_seq, &row->by_list_seq);
    map_remove(&roster->rows, conversation_id(&row->conversation));
    conversation_finish(&row->conversation);
    free(row);
}

void roster_raise_floor(struct roster *roster, int64_t floor_seq)
{
    assert(floor_seq >= roster->floor_seq && floor_seq <= roster->seq);
    assert(roster_is_swept(roster));
    roster->completed_from =
        recency_number_from_end(&roster->completed_by_list_seq, (size_t)roster->limits.completed);
    roster->floor_seq = floor_seq;
    marks_drop_before(&roster->marks, floor_seq);
    roster->swept_seq = 0;
}

static bool roster_needs(const struct roster *roster, const struct conversation *conversation)
{
    switch (conversation->list) {
    case LIST_NONE: return false;
    case LIST_OPEN: return true;
    case LIST_COMPLETED: return conversation->list_seq >= roster->completed_from;
    }
    assert(false);
    return true;
}

/* Looks at up to `visits` rows below the floor and frees those that are not needed. It collects them first,
 * as removing a row invalidates the position of the walk. */
static size_t roster_sweep_some(struct roster *roster, size_t visits)
{
    struct row *victims[VICTIMS];
    size_t count = 0;
    size_t position = recency_position(&roster->rows_by_seq, roster->swept_seq);
    assert(visits <= VICTIMS);
    for (size_t i = 0; i < visits; i++) {
        int64_t seq;
        struct recency_link *link = recency_walk(&roster->rows_by_seq, &position, &seq);
        if (link == NULL || seq > roster->floor_seq) {
            roster->swept_seq = roster->floor_seq;
            break;
        }
        roster->swept_seq = seq;
        struct row *row = CONTAINER_OF(link, struct row, by_seq);
        if (!roster_needs(roster, &row->conversation))
            victims[count++] = row;
    }
    for (size_t i = 0; i < count; i++)
        roster_evict(roster, victims[i]);
    return count;
}

size_t roster_sweep(struct roster *roster, size_t visits)
{
    size_t evicted = 0;
    while (visits > 0 && !roster_is_swept(roster)) {
        size_t some = visits < VICTIMS ? visits : VICTIMS;
        evicted += roster_sweep_some(roster, some);
        visits -= some;
    }
    return evicted;
}

void roster_forget_read(struct roster *roster)
{
    if ((int64_t)roster->rows_read.count <= 2 * roster->limits.back)
        return;
    while ((int64_t)roster->rows_read.count > roster->limits.back) {
        struct row *victims[VICTIMS];
        size_t position = 0;
        size_t count = 0;
        int64_t surplus = (int64_t)roster->rows_read.count - roster->limits.back;
        while (count < VICTIMS && (int64_t)count < surplus) {
            int64_t seq;
            struct recency_link *link = recency_walk(&roster->rows_read, &position, &seq);
            victims[count++] = CONTAINER_OF(link, struct row, by_seq);
        }
        for (size_t i = 0; i < count; i++)
            roster_evict(roster, victims[i]);
    }
}
