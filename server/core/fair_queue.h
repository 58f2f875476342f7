#ifndef RELEVO_CORE_FAIR_QUEUE_H
#define RELEVO_CORE_FAIR_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "core/deadlines.h"
#include "core/rate.h"

/* A fair queue for work of which only some can be under way at a time. The groups (workspaces) take turns;
 * within a group its sources (people) take turns; the items of a source (what it asks for) come in order. So
 * the others wait for one item of a source at a time, however many it has. Groups and sources may have a
 * rate: one that has spent it waits until it has earned one more, and delays nobody else.
 *
 *             fair_queue_add            fair_queue_take           fair_queue_end
 *     idle ────────────────► waiting ───────────────────► taken ─────────────────► idle
 *       ▲                       │
 *       └───────────────────────┘ fair_queue_remove */
struct fair_queue {
    struct list groups;  /* those that may have a turn, in the order of their turns */
    struct list waiting; /* items, the oldest first */
    size_t waiting_count;
    struct list taken; /* items */
    size_t taken_count;
    struct deadlines paced_groups; /* those that have spent their rate, by when they have earned one more */
    struct deadlines paced_sources;
    size_t taken_max;           /* how many may be taken at a time */
    size_t taken_of_group_max;  /* how many of one group */
    struct rate_limit of_group; /* each group's rate; per_s 0: none */
};

struct fair_group {
    struct list link;    /* in the queue's groups */
    struct list sources; /* those that may have a turn, in the order of their turns */
    size_t taken_count;
    struct rate rate;
    struct deadline pace;
};

struct fair_source {
    struct list link;  /* in its group's sources */
    struct list items; /* those that wait, the oldest first */
    struct fair_group *group;
    struct rate rate;
    struct rate_limit limit; /* per_s 0: none */
    struct deadline pace;
};

enum fair_state { FAIR_IDLE, FAIR_WAITING, FAIR_TAKEN };

struct fair_item {
    enum fair_state state;
    struct list link;           /* in its source's items, or the queue's taken */
    struct list queue_link;     /* in the queue's waiting */
    struct fair_source *source; /* while it waits */
    struct fair_group *group;   /* the item's group; NULL: the group is gone */
    int64_t since_us;           /* when it was added */
};

void fair_queue_init(struct fair_queue *queue, size_t taken_max, size_t taken_of_group_max,
                     struct rate_limit of_group);

/* No item may be waiting or taken. */
void fair_queue_finish(struct fair_queue *queue);

void fair_group_init(struct fair_group *group);

/* No item of the group may be waiting. Items that are taken stay taken, without a group. */
void fair_group_finish(struct fair_queue *queue, struct fair_group *group);

void fair_source_init(struct fair_source *source, struct rate_limit limit);
void fair_item_init(struct fair_item *item);

/* Makes the idle item wait for its turn. A source belongs to one group while an item of it waits. */
void fair_queue_add(struct fair_queue *queue, struct fair_group *group, struct fair_source *source,
                    struct fair_item *item, int64_t now_us);

/* Takes the item whose turn it is; NULL: none may be taken now. */
struct fair_item *fair_queue_take(struct fair_queue *queue, int64_t now_us);

/* Takes an idle item of the group out of turn, and charges no rate. */
void fair_queue_take_at_once(struct fair_queue *queue, struct fair_group *group, struct fair_item *item);

/* Makes the taken item idle again, so that another can be taken. */
void fair_queue_end(struct fair_queue *queue, struct fair_item *item);

/* Makes the waiting item idle again. */
void fair_queue_remove(struct fair_queue *queue, struct fair_item *item);

/* Whether an item may be taken now, apart from rates. */
static inline bool fair_queue_has_turn(const struct fair_queue *queue)
{
    return queue->taken_count < queue->taken_max && !list_is_empty(&queue->groups);
}

/* When the first group or source that waits for its rate has earned one more, in ms; INT64_MAX: none waits
 * for that. */
int64_t fair_queue_deadline_ms(const struct fair_queue *queue);

/* For how long the oldest waiting item has waited; 0: none waits. */
int64_t fair_queue_oldest_us(const struct fair_queue *queue, int64_t now_us);

/* Asserts what holds between the queue, its groups that may have a turn, and their items. */
void fair_queue_check(const struct fair_queue *queue);

#endif
