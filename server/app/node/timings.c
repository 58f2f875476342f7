#include "app/node/timings.h"

void timings_note(struct timings *timings, struct histogram *histogram, int64_t since_us)
{
    if (timings->pending_count == TIMINGS_PENDING)
        timings_end(timings, timings->present_us);
    timings->pending[timings->pending_count].since_us = since_us;
    timings->pending[timings->pending_count++].histogram = histogram;
}

void timings_end(struct timings *timings, int64_t now_us)
{
    timings_tell(timings, now_us);
    for (size_t i = 0; i < timings->pending_count; i++)
        histogram_add(timings->pending[i].histogram, timings->present_us - timings->pending[i].since_us);
    timings->pending_count = 0;
}
