#ifndef RELEVO_APP_DESK_PRESENCE_H
#define RELEVO_APP_DESK_PRESENCE_H

#include "base/frame.h"
#include "core/alarms.h"
#include "core/presence.h"

/* Who is at a desk: what its dashboards are told of each other and of the people at other nodes. Changes are
 * collected for a moment and shown together, so that many arrivals at once cost each dashboard only a few
 * frames. Times are on the monotonic clock, in milliseconds. */

struct desk;
struct subscriber;

struct desk_presence {
    struct presence people;
    int64_t shown_version;   /* dashboards may be told of changes up to this version */
    int64_t shown_ms;        /* when shown_version was last moved */
    int64_t told_version;    /* other nodes have been told of changes up to this version */
    int64_t next_refresh_ms; /* when this node tells other nodes of all its people again */
    bool wants_answers;      /* at next_refresh_ms it also asks them who is with them */
    struct alarm alarm;      /* rings when the next of these things is to be done */
    struct frame *frame;     /* the last frame of changes that was made; NULL: none */
    int64_t frame_from;      /* it tells the changes after this version */
    int64_t frame_to;        /* it tells the changes up to this version */
};

void desk_presence_init(struct desk *desk);
void desk_presence_finish(struct desk *desk);

/* The desk has become READY, or nodes hear each other again. Within within_ms (0: at once) this node tells
 * the others who is here, and asks who is with them. */
void desk_presence_begin(struct desk *desk, int64_t within_ms);

/* This subscriber's connection shows that the agent is online, looks at this conversation (no bytes: at
 * none), and types in it or not. */
void desk_presence_say(struct desk *desk, const struct subscriber *subscriber, struct text *agent,
                       struct bytes conversation, bool is_typing);

/* This subscriber's connection no longer shows that the agent is online. */
void desk_presence_leave(struct desk *desk, const struct subscriber *subscriber, struct bytes agent);

/* Takes what another node tells of people, or its question. */
struct gossip_reader;
void desk_presence_hear(struct desk *desk, struct gossip_reader *reader);

/* A node has gone, and the people at it with it. */
void desk_presence_lose(struct desk *desk, uint64_t node);

/* Whether a dashboard that knows the changes up to this version can be told of newer ones. */
bool desk_presence_is_news(const struct desk *desk, int64_t seen_version);

/* Moves *seen_version on and returns the frame for the changes in between. The caller owns one reference.
 * NULL where there is nothing to tell. */
struct frame *desk_presence_step(struct desk *desk, int64_t *seen_version);

#endif
