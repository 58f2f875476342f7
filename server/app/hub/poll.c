#include "app/hub/poll.h"

#include <assert.h>

#include "base/alloc.h"

static void poll_set_alarm(struct poll *poll)
{
    if (poll->is_on && !poll->is_asking)
        alarms_set(poll->alarms, &poll->alarm, poll->next_ms);
    else
        alarms_remove(poll->alarms, &poll->alarm);
}

static void poll_ring(struct alarm *alarm)
{
    struct poll *poll = CONTAINER_OF(alarm, struct poll, alarm);
    poll->is_asking = true;
    if (!poll->ask(poll))
        poll->is_asking = false;
    poll_set_alarm(poll);
}

void poll_init(struct poll *poll, struct alarms *alarms, bool (*ask)(struct poll *poll))
{
    *poll = (struct poll){.alarms = alarms, .ask = ask};
    alarm_init(&poll->alarm, poll_ring);
}

void poll_start(struct poll *poll)
{
    poll->is_on = true;
    poll_set_alarm(poll);
}

void poll_stop(struct poll *poll)
{
    poll->is_on = false;
    poll_set_alarm(poll);
}

void poll_set_next(struct poll *poll, int64_t next_ms)
{
    poll->next_ms = next_ms;
    poll_set_alarm(poll);
}

void poll_done(struct poll *poll)
{
    assert(poll->is_asking);
    poll->is_asking = false;
    poll_set_alarm(poll);
}
