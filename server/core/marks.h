#ifndef RELEVO_CORE_MARKS_H
#define RELEVO_CORE_MARKS_H

#include <stddef.h>
#include <stdint.h>

/* The times of the last transitions of a log, by seq. A seq alone does not tell which log it belongs to: a
 * log may have been restored from a backup and written on. Seq and time together do; they are a place in the
 * log (PROTOCOL.md, "Following the lists"). The marks take eight bytes for each transition that is held, and
 * at most MARKS_STEP times eight more. */
enum { MARKS_STEP = 256 };

struct marks {
    int64_t first_seq; /* of the marks that are held, which have no gaps */
    size_t count;
    size_t room;
    int64_t *at_ms;
};

/* Holds no marks at first. */
void marks_init(struct marks *marks);
void marks_finish(struct marks *marks);

/* Adds the mark of any seq where none is held, else that of the seq after the last (asserted). The time is
 * not before the last one's (asserted). */
void marks_add(struct marks *marks, int64_t seq, int64_t at_ms);

/* Drops the marks before seq, but keeps the last of all. */
void marks_drop_before(struct marks *marks, int64_t seq);

/* The time of the transition with this seq; -1: it is not held. */
int64_t marks_find(const struct marks *marks, int64_t seq);

#endif
