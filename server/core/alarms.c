#include "core/alarms.h"

#include <assert.h>

#include "base/alloc.h"

void alarms_init(struct alarms *alarms)
{
    deadlines_init(&alarms->waiting);
    list_init(&alarms->due);
}

void alarms_finish(struct alarms *alarms)
{
    assert(list_is_empty(&alarms->due));
    deadlines_finish(&alarms->waiting);
}

void alarms_set(struct alarms *alarms, struct alarm *alarm, int64_t at_ms)
{
    list_remove(&alarm->due_link);
    deadlines_set(&alarms->waiting, &alarm->deadline, at_ms);
}

void alarms_remove(struct alarms *alarms, struct alarm *alarm)
{
    list_remove(&alarm->due_link);
    deadlines_remove(&alarms->waiting, &alarm->deadline);
}

void alarms_ring(struct alarms *alarms, int64_t now_ms)
{
    struct deadline *first;
    assert(list_is_empty(&alarms->due));
    while ((first = deadlines_first(&alarms->waiting)) != NULL && first->at_ms <= now_ms) {
        deadlines_remove(&alarms->waiting, first);
        list_append(&alarms->due, &CONTAINER_OF(first, struct alarm, deadline)->due_link);
    }
    struct list *link;
    while ((link = list_take_first(&alarms->due)) != NULL) {
        struct alarm *alarm = CONTAINER_OF(link, struct alarm, due_link);
        alarm->ring(alarm);
    }
}

int64_t alarms_first_ms(const struct alarms *alarms)
{
    const struct deadline *first = deadlines_first(&alarms->waiting);
    return first == NULL ? INT64_MAX : first->at_ms;
}
