#include "core/marks.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

void marks_init(struct marks *marks)
{
    *marks = (struct marks){0};
}

void marks_finish(struct marks *marks)
{
    free(marks->at_ms);
    marks_init(marks);
}

static void marks_set_room(struct marks *marks, size_t room)
{
    marks->room = room;
    marks->at_ms = alloc_resize(marks->at_ms, room, sizeof(*marks->at_ms));
}

void marks_add(struct marks *marks, int64_t seq, int64_t at_ms)
{
    if (marks->count == 0)
        marks->first_seq = seq;
    assert(seq == marks->first_seq + (int64_t)marks->count);
    assert(marks->count == 0 || at_ms >= marks->at_ms[marks->count - 1]);
    if (marks->count == marks->room)
        marks_set_room(marks, marks->room + MARKS_STEP);
    marks->at_ms[marks->count++] = at_ms;
}

void marks_drop_before(struct marks *marks, int64_t seq)
{
    if (marks->count == 0 || seq <= marks->first_seq)
        return;
    int64_t last_seq = marks->first_seq + (int64_t)marks->count - 1;
    if (seq > last_seq)
        seq = last_seq;
    size_t dropped = (size_t)(seq - marks->first_seq);
    marks->first_seq = seq;
    marks->count -= dropped;
    memmove(marks->at_ms, marks->at_ms + dropped, marks->count * sizeof(*marks->at_ms));
    marks_set_room(marks, marks->count + MARKS_STEP);
}

int64_t marks_find(const struct marks *marks, int64_t seq)
{
    int64_t place = seq - marks->first_seq;
    return marks->count == 0 || place < 0 || place >= (int64_t)marks->count ? -1 : marks->at_ms[place];
}
