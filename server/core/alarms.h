#ifndef RELEVO_CORE_ALARMS_H
#define RELEVO_CORE_ALARMS_H

#include <stdbool.h>

#include "core/deadlines.h"

/* What is to be done later, and when: whoever wants to be called sets an alarm, and it rings once. Times are
 * of the one clock that the alarms are rung by, in milliseconds. */
struct alarm {
    struct deadline deadline;
    void (*ring)(struct alarm *alarm);
};

struct alarms {
    struct deadlines waiting;
    int64_t ringing_ms;    /* while they are rung: up to here; else INT64_MIN */
    struct deadlines late; /* set while they are rung, for then or before: they wait for the next round */
};

static inline void alarm_init(struct alarm *alarm, void (*ring)(struct alarm *alarm))
{
    deadline_init(&alarm->deadline);
    alarm->ring = ring;
}

/* Whether it will ring. */
static inline bool alarm_is_set(const struct alarm *alarm)
{
    return alarm->deadline.index != DEADLINE_NOWHERE;
}

void alarms_init(struct alarms *alarms);

/* Whatever is set never rings. */
void alarms_finish(struct alarms *alarms);

/* The alarm rings at at_ms, and at no other time. */
void alarms_set(struct alarms *alarms, struct alarm *alarm, int64_t at_ms);

/* It does not ring; harmless where it is not set. */
void alarms_remove(struct alarms *alarms, struct alarm *alarm);

/* Rings all that are set for now_ms or before, the earliest first. An alarm that rings is not set any more;
 * it may set and remove any alarm, itself too. What is set meanwhile, for whatever time, does not ring now.
 */
void alarms_ring(struct alarms *alarms, int64_t now_ms);

/* When the first of them rings; INT64_MAX: none does. */
int64_t alarms_first_ms(const struct alarms *alarms);

#endif
