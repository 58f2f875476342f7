#ifndef RELEVO_APP_NODE_CLOCK_H
#define RELEVO_APP_NODE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* An estimate of the database's clock, the only one that counts, that is never ahead
 * of it. Each answer of the database is a sample: its clock showed a time at some moment between the question
 * and the answer, so when the answer came it showed that time at the least. The sample that says most is used
 * for a minute, unless a later one shows that the database's clock has been set. So no pause is ended early,
 * and none later than by a round trip. */
struct clock {
    bool is_known;
    int64_t offset_us; /* the database's clock minus the monotonic one, at the least */
    int64_t sampled_us;
};

/* Takes a sample in: the database showed database_ms between sent_us and received_us (monotonic). */
void clock_observe(struct clock *clock, int64_t database_ms, int64_t sent_us, int64_t received_us);

/* The database's time at mono_us, in Unix milliseconds. The clock must be known. */
int64_t clock_ms(const struct clock *clock, int64_t mono_us);

/* When the database's clock will show database_ms, in monotonic microseconds. The clock must be known. */
int64_t clock_mono_us(const struct clock *clock, int64_t database_ms);

#endif
