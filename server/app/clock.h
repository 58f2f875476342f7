#ifndef RELEVO_APP_CLOCK_H
#define RELEVO_APP_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* An estimate of the database's clock, the only one that counts (design 5, "One clock"). Each answer of the
 * database is a sample: its clock showed a time at some moment between the question and the answer, so the
 * middle is wrong by half the round trip at the most. The best sample of the last minute is used,
 * unless a later one shows that the database's clock has been set. */
struct clock {
    bool is_known;
    int64_t offset_us; /* the database's clock minus the monotonic one */
    int64_t error_us;  /* half the round trip */
    int64_t sampled_us;
};

/* Takes a sample in: the database showed database_ms between sent_us and received_us (monotonic). */
void clock_observe(struct clock *clock, int64_t database_ms, int64_t sent_us, int64_t received_us);

/* The database's time at mono_us, in Unix milliseconds. The clock must be known. */
int64_t clock_ms(const struct clock *clock, int64_t mono_us);

/* When the database's clock will show database_ms, in monotonic microseconds. The clock must be known. */
int64_t clock_mono_us(const struct clock *clock, int64_t database_ms);

#endif
