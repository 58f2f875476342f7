#ifndef RELEVO_CORE_ALARMS_H
#define RELEVO_CORE_ALARMS_H

#include <stdbool.h>

#include "core/deadlines.h"

/* Whoever wants to be called later sets an alarm, and it rings once. Times are in milliseconds, by the clock
 * whose time the caller gives to alarms_ring. */
struct alarm {
    struct deadline deadline;
    void (*ring)(struct alarm *alarm);
};

struct alarms {
    struct deadlines waiting;
    int64_t ringing_ms;    /* during alarms_ring: its now_ms; else INT64_MIN */
    struct deadlines late; /* set during alarms_ring for ringing_ms or before: they wait for the next call */
};

static inline void alarm_init(struct alarm *alarm, void (*ring)(struct alarm *alarm))
{
    deadline_init(&alarm->deadline);
    alarm->ring = ring;
}

/* Whether the alarm will ring. */
static inline bool alarm_is_set(const struct alarm *alarm)
{
    return alarm->deadline.index != DEADLINE_NOWHERE;
}

void alarms_init(struct alarms *alarms);

/* Frees the wheel. Alarms that are still set never ring. */
void alarms_finish(struct alarms *alarms);

/* Sets the alarm to at_ms. An earlier setting no longer holds. */
void alarms_set(struct alarms *alarms, struct alarm *alarm, int64_t at_ms);

/* Takes the alarm off. Does nothing where it is not set. */
void alarms_remove(struct alarms *alarms, struct alarm *alarm);

/* Rings all alarms that are set for now_ms or before, the earliest first. An alarm that rings is no longer
 * set; its function may set and remove any alarm, also its own. What is set during this call does not ring in
 * this call. */
void alarms_ring(struct alarms *alarms, int64_t now_ms);

/* When the first alarm rings; INT64_MAX: none is set. */
int64_t alarms_first_ms(const struct alarms *alarms);

#endif
