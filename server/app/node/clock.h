#ifndef RELEVO_APP_NODE_CLOCK_H
#define RELEVO_APP_NODE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* An estimate of the database's clock, which is the only clock that decides when something is due. The
 * estimate is ahead by the drift of a minute at most. Each answer of the database is a sample: its clock
 * showed the given time at some moment between the question and the answer, so it shows at least that time
 * when the answer arrives. The latest time that a sample shows is used for a minute, unless a later sample
 * shows that the database's clock has been set back. So no pause ends later than by one round trip; that none
 * ends early, `append` checks under the lock (ITEM_CONFLICT). */
struct clock {
    bool is_known;
    int64_t offset_us;  /* a lower bound of the database's clock minus the monotonic clock */
    int64_t sampled_us; /* when that sample arrived, on the monotonic clock */
};

/* Takes a sample: the database showed database_ms (Unix milliseconds) at some moment between sent_us and
 * received_us (monotonic microseconds). */
void clock_observe(struct clock *clock, int64_t database_ms, int64_t sent_us, int64_t received_us);

/* The database's time at mono_us, in Unix milliseconds. The clock must be known. */
int64_t clock_ms(const struct clock *clock, int64_t mono_us);

/* When the database's clock will show database_ms, in monotonic microseconds. The clock must be known. */
int64_t clock_mono_us(const struct clock *clock, int64_t database_ms);

#endif
