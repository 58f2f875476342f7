#include "core/alarms.h"

#include <assert.h>

#include "base/alloc.h"

void alarms_init(struct alarms *alarms)
{
    deadlines_init(&alarms->waiting);
    deadlines_init(&alarms->late);
    alarms->ringing_ms = INT64_MIN;
}

void alarms_finish(struct alarms *alarms)
{
    assert(alarms->ringing_ms == INT64_MIN);
    deadlines_finish(&alarms->waiting);
    deadlines_finish(&alarms->late);
}

void alarms_set(struct alarms *alarms, struct alarm *alarm, int64_t at_ms)
{
    alarms_remove(alarms, alarm);
    deadlines_set(at_ms <= alarms->ringing_ms ? &alarms->late : &alarms->waiting, &alarm->deadline, at_ms);
}

void alarms_remove(struct alarms *alarms, struct alarm *alarm)
{
    size_t index = alarm->deadline.index;
    bool is_late = index < alarms->late.count && alarms->late.heap[index] == &alarm->deadline;
    deadlines_remove(is_late ? &alarms->late : &alarms->waiting, &alarm->deadline);
}

static struct alarm *deadlines_take(struct deadlines *deadlines, int64_t until_ms)
{
    struct deadline *first = deadlines_first(deadlines);
    if (first == NULL || first->at_ms > until_ms)
        return NULL;
    deadlines_remove(deadlines, first);
    return CONTAINER_OF(first, struct alarm, deadline);
}

void alarms_ring(struct alarms *alarms, int64_t now_ms)
{
    struct alarm *alarm;
    assert(alarms->ringing_ms == INT64_MIN);
    alarms->ringing_ms = now_ms;
    while ((alarm = deadlines_take(&alarms->waiting, now_ms)) != NULL)
        alarm->ring(alarm);
    alarms->ringing_ms = INT64_MIN;
    while ((alarm = deadlines_take(&alarms->late, INT64_MAX)) != NULL)
        alarms_set(alarms, alarm, alarm->deadline.at_ms);
}

int64_t alarms_first_ms(const struct alarms *alarms)
{
    const struct deadline *first = deadlines_first(&alarms->waiting);
    return first == NULL ? INT64_MAX : first->at_ms;
}
