#include "app/session/lag.h"

#include "app/session/private.h"

bool session_has_lag(const struct session *session)
{
    return session->state == SESSION_LIVE && desk_is_ready(session->desk) &&
           (session_is_dashboard(session) || session->consumer != NULL);
}

/* The time of the transition after `seq`. If this node no longer remembers it, it counts as old as mark_ms
 * where that is known, else as old as the first one that the node remembers. -1: no time is known. */
static int64_t log_mark_behind(const struct roster *roster, int64_t seq, int64_t mark_ms)
{
    int64_t at_ms = marks_find(&roster->marks, seq + 1);
    if (at_ms != -1)
        return at_ms;
    return mark_ms > 0 ? mark_ms : marks_find(&roster->marks, roster->marks.first_seq);
}

struct lag session_lag(const struct session *session)
{
    const struct roster *roster = desk_roster(session->desk);
    const struct consumer *consumer = session->consumer;
    int64_t had_seq = consumer != NULL ? consumer->acked.seq : cursor_floor_seq(&session->subscriber.cursor);
    struct lag lag = {.seqs = roster->seq - had_seq};
    if (lag.seqs <= 0)
        return (struct lag){0};
    int64_t at_ms = log_mark_behind(roster, had_seq, consumer != NULL ? consumer->acked.mark_ms : 0);
    lag.ms = at_ms == -1 ? 0 : node_now_ms(session_node(session)) - at_ms;
    lag.ms = lag.ms > 0 ? lag.ms : 0;
    return lag;
}
