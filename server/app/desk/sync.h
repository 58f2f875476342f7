#ifndef RELEVO_APP_DESK_SYNC_H
#define RELEVO_APP_DESK_SYNC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/frame.h"
#include "core/roster.h"

/* The one walk that is first screen, live push, resume and catch-up of a slow reader: a client is a cursor,
 * and gets the rows that changed after it, each once, as they stand now (ARCHITECTURE.md, "Every
 * client is a cursor"). */

/* How far a dashboard has got. A plain value. */
struct cursor {
    int64_t seq;      /* it has everything up to it */
    int64_t told_seq; /* where it has been told that it is: the `to` of its last frame, or the seq of a
                       * welcome since. What lies between that and seq concerned no dashboard */
    int64_t base_seq; /* what had left its list by then, the client has not seen in it, or knows that it has
                         gone */
    int64_t completed_from; /* rows up to base_seq: a Completed one is sent only from this list_seq on */
    bool is_fresh;          /* its first frame tells the client to drop what it has */
    bool wants_tail; /* its last frame was a piece, so counts and digest are owed even if no row follows */
};

/* A cursor of a client that has nothing: all Open rows, the newest limits.completed Completed ones, then
 * what changes. */
struct cursor cursor_fresh(const struct roster *roster);

/* A cursor of a client that has everything up to seq (floor_seq ≤ seq ≤ roster->seq). It may have left
 * between two pieces, so it is told of every row that has left its list, however long ago. */
struct cursor cursor_resumed(int64_t seq);

/* How far the floor may rise without its missing anything: a first walk rests on what changes after its
 * beginning. */
static inline int64_t cursor_floor_seq(const struct cursor *cursor)
{
    return cursor->seq > cursor->base_seq ? cursor->seq : cursor->base_seq;
}

/* Whether there is something after it. */
static inline bool cursor_is_behind(const struct cursor *cursor, const struct roster *roster)
{
    return cursor->seq < roster->seq || cursor->is_fresh;
}

/* Frames made since the roster last changed: clients at the same cursor share one. */
enum { SYNC_CACHE_SIZE = 8 };
struct sync_cache {
    int64_t roster_seq;
    struct {
        struct cursor from;
        int64_t to;
        struct frame *frame; /* NULL: nothing in it for a dashboard */
        bool is_used;
    } entries[SYNC_CACHE_SIZE];
    int next;
};

void sync_cache_finish(struct sync_cache *cache);

/* What the last frames with counts and a digest said, whoever they were for: what a client may disagree with.
 */
enum { SYNC_CHECKS = 256 };
struct sync_check {
    int64_t seq; /* the frame's `to` */
    struct counts counts;
    uint32_t digest;
};
struct sync_checks {
    struct sync_check *ring; /* SYNC_CHECKS of them; NULL: nothing has been said */
    size_t count;            /* ever */
};

/* Nothing that was said holds any more. */
void sync_checks_finish(struct sync_checks *checks);

/* Notes what a frame that ends at the roster's seq says. */
void sync_checks_note(struct sync_checks *checks, const struct roster *roster);

/* What was said of this seq; NULL: nothing, or it is too long ago. */
const struct sync_check *sync_checks_find(const struct sync_checks *checks, int64_t seq);

/* Moves the cursor on, to the tail or by one bounded piece, and returns the frame for what lies between, or
 * NULL where nothing there concerns a dashboard. The caller owns one reference. */
struct frame *sync_step(struct sync_cache *cache, const struct roster *roster, struct cursor *cursor);

#endif
