#ifndef RELEVO_APP_NODE_TIMINGS_H
#define RELEVO_APP_NODE_TIMINGS_H

#include <stddef.h>
#include <stdint.h>

#include "base/histogram.h"
#include "protocol/limits.h"

/* How long clients wait, for operators. An interval that ends when the transport writes is noted when the
 * transport takes the frame. It is measured by one reading of the clock, after everything of the turn has
 * been written. */

/* The parts of the time that an answer takes. TURN and COMMIT are noted for what went to the store only. */
enum answer_part {
    /* From the arrival of its frame to its being handed to the store. If it had to be decided again, the last
     * time counts. */
    ANSWER_TURN,
    ANSWER_COMMIT, /* from there to the store's answer */
    ANSWER_ROWS,   /* from there to the answer's leaving, after the rows that it rests on */
    ANSWER_PARTS_COUNT,
};

struct timing_stats {
    struct histogram answer_us; /* from the arrival of a command's frame to the answer's leaving */
    struct histogram part_us[ANSWER_PARTS_COUNT];
    struct histogram push_us; /* the duration of a round (app/desk/push.h) */
};

enum { TIMINGS_PENDING = 2 * LIMIT_FLUSH_WRITES + 64 };

struct timings {
    int64_t present_us; /* the latest time that anybody has told, in monotonic microseconds */
    struct timing_stats stats;
    size_t pending_count;
    struct {
        int64_t since_us;
        struct histogram *histogram; /* one of `stats` */
    } pending[TIMINGS_PENDING];
};

/* Tells the time, in monotonic microseconds. A time before an earlier one is ignored. */
static inline void timings_tell(struct timings *timings, int64_t now_us)
{
    if (now_us > timings->present_us)
        timings->present_us = now_us;
}

/* Notes an interval that began at since_us and ends with what is written in this turn. Where more than
 * TIMINGS_PENDING are noted in a turn, those so far end at present_us. */
void timings_note(struct timings *timings, struct histogram *histogram, int64_t since_us);

/* Everything noted has been written by now_us: adds the intervals to their histograms. */
void timings_end(struct timings *timings, int64_t now_us);

#endif
