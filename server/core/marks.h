#ifndef RELEVO_CORE_MARKS_H
#define RELEVO_CORE_MARKS_H

#include <stddef.h>
#include <stdint.h>

/* The times of the last transitions of a log, by seq. A seq alone does not tell of which log it is: of one
 * that was restored from a backup and written on, say. Seq and time do: a place in the log (PROTOCOL.md,
 * "Following the lists"). Eight bytes for each transition that a roster reaches back, and at most MARKS_STEP
 * times eight to spare. */
enum { MARKS_STEP = 256 };

struct marks {
    int64_t first_seq; /* of those that are held; they are so without gaps */
    size_t count;
    size_t room;
    int64_t *at_ms;
};

/* None are held. */
void marks_init(struct marks *marks);
void marks_finish(struct marks *marks);

/* Holds one more: of the first, or of the one after the last (asserted), and not older (asserted). */
void marks_add(struct marks *marks, int64_t seq, int64_t at_ms);

/* Gives up those before seq, but for the last of all. */
void marks_drop_before(struct marks *marks, int64_t seq);

/* The time of the transition with this seq; -1 where it is not held. */
int64_t marks_find(const struct marks *marks, int64_t seq);

#endif
