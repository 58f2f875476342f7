#ifndef RELEVO_APP_DESK_PRESENCE_H
#define RELEVO_APP_DESK_PRESENCE_H

#include "base/frame.h"
#include "core/alarms.h"
#include "core/presence.h"

/* Who is at a desk: what its dashboards are told of each other and of the people at other nodes. Changes are
 * gathered for a moment and shown together, so that a crowd that comes at once costs each dashboard a few
 * frames. Times are of the monotonic clock. */

struct desk;
struct subscriber;

struct desk_presence {
    struct presence people;
    int64_t shown_version;   /* dashboards are told of changes up to it, */
    int64_t shown_ms;        /* since then */
    int64_t told_version;    /* and other nodes */
    int64_t next_refresh_ms; /* when other nodes are told of everybody here again */
    bool wants_answers;      /* and asked who is with them */
    struct alarm alarm;      /* when something of this is to be done */
    struct frame *frame;     /* the last one made: of changes */
    int64_t frame_from;      /* after it */
    int64_t frame_to;        /* up to it */
};

void desk_presence_init(struct desk *desk);
void desk_presence_finish(struct desk *desk);

/* The desk has become READY, or nodes hear each other again: within_ms (0: at once) other nodes are told who
 * is here, and asked who is with them. */
void desk_presence_begin(struct desk *desk, int64_t within_ms);

/* By this subscriber the agent is here, with this conversation (no bytes: none) in front of him. */
void desk_presence_say(struct desk *desk, const struct subscriber *subscriber, struct text *agent,
                       struct bytes conversation, bool is_typing);

/* By this subscriber he is so no more. */
void desk_presence_leave(struct desk *desk, const struct subscriber *subscriber, struct bytes agent);

/* Another node has told of people. */
struct gossip_reader;
void desk_presence_hear(struct desk *desk, struct gossip_reader *reader);

/* A node has gone, and whoever was with it. */
void desk_presence_lose(struct desk *desk, uint64_t node);

/* Whether a dashboard that knows of the changes up to this version can be told of more. */
bool desk_presence_is_news(const struct desk *desk, int64_t seen_version);

/* Moves *seen_version on and returns the frame for what lies between. The caller owns one reference; NULL
 * where nothing there is to be told. */
struct frame *desk_presence_step(struct desk *desk, int64_t *seen_version);

#endif
