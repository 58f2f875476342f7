#ifndef RELEVO_APP_NODE_TIMINGS_H
#define RELEVO_APP_NODE_TIMINGS_H

#include <stddef.h>
#include <stdint.h>

#include "base/histogram.h"
#include "protocol/limits.h"

/* How long people wait, for operators. What ends when the transport has written is noted when it takes the
 * frame, and measured with the one look at the clock that there is after all of a turn has been written. */

/* Where the time of a command goes that was committed. */
enum answer_part {
    ANSWER_TURN,   /* from its frame's coming to its being handed to the store: for the last time, if it had
                    * to be decided again */
    ANSWER_COMMIT, /* from there to what came of it */
    ANSWER_ROWS,   /* from there to the answer's leaving, behind the rows that it rests on */
    ANSWER_PARTS,
};

struct timing_stats {
    struct histogram answer_us; /* from a command's frame's coming to the answer's leaving */
    struct histogram part_us[ANSWER_PARTS];
    struct histogram push_us; /* see app/desk/push.h */
};

enum { TIMINGS_PENDING = 2 * LIMIT_FLUSH_WRITES + 64 };

struct timings {
    int64_t present_us; /* the latest that anybody has told of the clock: monotonic microseconds */
    struct timing_stats stats;
    size_t pending_count;
    struct {
        int64_t since_us;
        struct histogram *histogram; /* one of stats */
    } pending[TIMINGS_PENDING];
};

/* The clock says so; what is earlier than what it has said before says nothing. */
static inline void timings_tell(struct timings *timings, int64_t now_us)
{
    if (now_us > timings->present_us)
        timings->present_us = now_us;
}

/* Something that began then ends with what is written in this turn. */
void timings_note(struct timings *timings, struct histogram *histogram, int64_t since_us);

/* All that was noted has been written by now. */
void timings_end(struct timings *timings, int64_t now_us);

#endif
