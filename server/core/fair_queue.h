#ifndef RELEVO_CORE_FAIR_QUEUE_H
#define RELEVO_CORE_FAIR_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "core/deadlines.h"
#include "core/rate.h"

/* Who comes next, where many want the same few hands: groups (workspaces) take turns, within each its sources
 * (people), and of each source the items (what it asks for) come in order. So what one of them asks for makes
 * the others wait for no more than one item of its own at a time, whatever their number. Groups and sources
 * may have a rate: who has spent it waits until he has earned one more, and holds up nobody.
 *
 *             fair_queue_add            fair_queue_take           fair_queue_end
 *     idle ────────────────► waiting ───────────────────► taken ─────────────────► idle
 *       ▲                       │
 *       └───────────────────────┘ fair_queue_remove
 */
struct fair_queue {
    struct list groups;  /* whose turn may come, in the order of their turns */
    struct list waiting; /* items, in the order of coming */
    size_t waiting_count;
    struct list taken; /* items */
    size_t taken_count;
    struct deadlines paced_groups; /* that have spent their rate, until they have earned one more; in ms */
    struct deadlines paced_sources;
    size_t taken_max;           /* so many are taken at once, */
    size_t taken_of_group_max;  /* and of one group */
    struct rate_limit of_group; /* per_s 0: none */
};

struct fair_group {
    struct list link;    /* in the queue's groups */
    struct list sources; /* whose turn may come, in the order of their turns */
    size_t taken_count;
    struct rate rate;
    struct deadline pace;
};

struct fair_source {
    struct list link;  /* in its group's sources */
    struct list items; /* waiting, in the order of coming */
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
    struct fair_group *group;   /* whose it is; NULL: gone */
    int64_t since_us;           /* when it came */
};

void fair_queue_init(struct fair_queue *queue, size_t taken_max, size_t taken_of_group_max,
                     struct rate_limit of_group);

/* Nothing may wait any more, or be taken. */
void fair_queue_finish(struct fair_queue *queue);

void fair_group_init(struct fair_group *group);

/* Nothing of the group may wait any more. What is taken stays so, as nobody's. */
void fair_group_finish(struct fair_queue *queue, struct fair_group *group);

void fair_source_init(struct fair_source *source, struct rate_limit limit);
void fair_item_init(struct fair_item *item);

/* The idle item waits for its turn from now on. A source is of one group while something of it waits. */
void fair_queue_add(struct fair_queue *queue, struct fair_group *group, struct fair_source *source,
                    struct fair_item *item, int64_t now_us);

/* Takes the item whose turn it is; NULL where there is none now. */
struct fair_item *fair_queue_take(struct fair_queue *queue, int64_t now_us);

/* Takes an idle item of the group out of turn, at no cost. */
void fair_queue_take_at_once(struct fair_queue *queue, struct fair_group *group, struct fair_item *item);

/* The taken item is idle again: there is a hand for another. */
void fair_queue_end(struct fair_queue *queue, struct fair_item *item);

/* The waiting item is idle again. */
void fair_queue_remove(struct fair_queue *queue, struct fair_item *item);

/* Whether an item may be taken now, but for rates. */
static inline bool fair_queue_has_turn(const struct fair_queue *queue)
{
    return queue->taken_count < queue->taken_max && !list_is_empty(&queue->groups);
}

/* When somebody who has spent his rate has earned one more, in ms; INT64_MAX: nobody waits for that. */
int64_t fair_queue_deadline_ms(const struct fair_queue *queue);

/* How long the item that has waited longest has waited; 0 where none waits. */
int64_t fair_queue_oldest_us(const struct fair_queue *queue, int64_t now_us);

/* Asserts what holds between the queue, its groups that may have a turn, and their items. */
void fair_queue_check(const struct fair_queue *queue);

#endif
