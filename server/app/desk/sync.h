#ifndef RELEVO_APP_DESK_SYNC_H
#define RELEVO_APP_DESK_SYNC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/frame.h"
#include "core/roster.h"

/* One walk serves the first screen, live push, resume, and the catch-up of a slow reader. A client is a
 * cursor, and gets each row that changed after it once, in its present state (ARCHITECTURE.md, "Every client
 * is a cursor"). */

/* How far a dashboard has got. It is a plain value. */
struct cursor {
    int64_t seq; /* the dashboard has everything up to this seq */
    /* The seq that the dashboard was last told: the `to` of its last frame, or the seq of a later welcome.
     * What lies between told_seq and seq concerned no dashboard. */
    int64_t told_seq;
    /* The client need not be told that a row has left its list up to this seq: it has never seen the row
     * there, or knows that it has left. */
    int64_t base_seq;
    /* Of the Completed rows that changed up to base_seq, only those from this list_seq on are sent. */
    int64_t completed_from;
    bool is_fresh; /* its first frame tells the client to drop everything that it has */
    /* Its last frame was one of several pieces: counts and digest are owed at the end, even if no row
     * follows. */
    bool wants_tail;
};

/* The cursor of a client that has nothing. It gets all Open rows and the newest limits.completed Completed
 * ones, then what changes. */
struct cursor cursor_fresh(const struct roster *roster);

/* The cursor of a client that has everything up to seq (floor_seq ≤ seq ≤ roster->seq). The client may have
 * left between two pieces, so it is told of every row that has left its list, however long ago. */
struct cursor cursor_resumed(int64_t seq);

/* The highest floor with which this cursor misses nothing. A first walk rests on the changes after its
 * beginning. */
static inline int64_t cursor_floor_seq(const struct cursor *cursor)
{
    return cursor->seq > cursor->base_seq ? cursor->seq : cursor->base_seq;
}

/* Whether there is something after the cursor. */
static inline bool cursor_is_behind(const struct cursor *cursor, const struct roster *roster)
{
    return cursor->seq < roster->seq || cursor->is_fresh;
}

/* The frames that were made since the roster last changed. Clients with the same cursor share one. */
enum { SYNC_CACHE_SIZE = 8 };
struct sync_cache {
    int64_t roster_seq;
    struct {
        struct cursor from;
        int64_t to;
        struct frame *frame; /* NULL: nothing in between concerns a dashboard */
        bool is_used;
    } entries[SYNC_CACHE_SIZE];
    int next;
};

/* Gives up all frames; the cache is empty and usable. */
void sync_cache_finish(struct sync_cache *cache);

/* The counts and digest of the last frames that ended at the tail, whoever got them. A client that disagrees
 * (resync) is compared with them. */
enum { SYNC_CHECKS = 256 };
struct sync_check {
    int64_t seq; /* the frame's `to` */
    struct counts counts;
    uint32_t digest;
};
struct sync_checks {
    struct sync_check *ring; /* a ring of SYNC_CHECKS entries; NULL: nothing has been noted */
    size_t count;            /* how many have ever been noted */
};

/* Gives up all that was noted; it no longer holds. */
void sync_checks_finish(struct sync_checks *checks);

/* Notes the counts and digest of a frame that ends at the roster's seq. */
void sync_checks_note(struct sync_checks *checks, const struct roster *roster);

/* What was noted at this seq. NULL: nothing was, or it was too long ago. */
const struct sync_check *sync_checks_find(const struct sync_checks *checks, int64_t seq);

/* Moves the cursor to the roster's seq, or by one bounded piece, and returns the frame for what lies between,
 * or NULL where nothing there concerns a dashboard. The caller owns one reference. */
struct frame *sync_step(struct sync_cache *cache, const struct roster *roster, struct cursor *cursor);

#endif
