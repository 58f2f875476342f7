#include "core/fair_queue.h"

#include <assert.h>

#include "base/alloc.h"

void fair_queue_init(struct fair_queue *queue, size_t taken_max, size_t taken_of_group_max,
                     struct rate_limit of_group)
{
    assert(taken_max > 0 && taken_of_group_max > 0);
    *queue = (struct fair_queue){
        .taken_max = taken_max, .taken_of_group_max = taken_of_group_max, .of_group = of_group};
    list_init(&queue->groups);
    list_init(&queue->waiting);
    list_init(&queue->taken);
    deadlines_init(&queue->paced_groups);
    deadlines_init(&queue->paced_sources);
}

void fair_queue_finish(struct fair_queue *queue)
{
    assert(queue->waiting_count == 0 && queue->taken_count == 0);
    deadlines_finish(&queue->paced_groups);
    deadlines_finish(&queue->paced_sources);
}

void fair_group_init(struct fair_group *group)
{
    *group = (struct fair_group){.taken_count = 0};
    list_init(&group->link);
    list_init(&group->sources);
    rate_init(&group->rate);
    deadline_init(&group->pace);
}

void fair_source_init(struct fair_source *source, struct rate_limit limit)
{
    *source = (struct fair_source){.limit = limit};
    list_init(&source->link);
    list_init(&source->items);
    rate_init(&source->rate);
    deadline_init(&source->pace);
}

void fair_item_init(struct fair_item *item)
{
    *item = (struct fair_item){.state = FAIR_IDLE};
    list_init(&item->link);
    list_init(&item->queue_link);
}

static void item_set_state(struct fair_queue *queue, struct fair_item *item, enum fair_state state)
{
    list_remove(&item->link);
    list_remove(&item->queue_link);
    queue->waiting_count -= item->state == FAIR_WAITING;
    queue->taken_count -= item->state == FAIR_TAKEN;
    item->state = state;
    switch (state) {
    case FAIR_IDLE: item->source = NULL; break;
    case FAIR_WAITING:
        list_append(&queue->waiting, &item->queue_link);
        list_append(&item->source->items, &item->link);
        queue->waiting_count++;
        break;
    case FAIR_TAKEN:
        item->source = NULL;
        list_append(&queue->taken, &item->link);
        queue->taken_count++;
        break;
    }
}

/* Whoever has something and may have a turn stands in a line: a source in its group's, a group in the
 * queue's. */

static void group_line_up(struct fair_queue *queue, struct fair_group *group)
{
    bool may = !list_is_empty(&group->sources) && group->taken_count < queue->taken_of_group_max &&
               group->pace.index == DEADLINE_NOWHERE;
    if (may && !list_is_linked(&group->link))
        list_append(&queue->groups, &group->link);
}

static void source_line_up(struct fair_queue *queue, struct fair_source *source)
{
    bool may = !list_is_empty(&source->items) && source->pace.index == DEADLINE_NOWHERE;
    if (may && !list_is_linked(&source->link))
        list_append(&source->group->sources, &source->link);
    group_line_up(queue, source->group);
}

static void group_take_item(struct fair_queue *queue, struct fair_group *group, struct fair_item *item)
{
    item->group = group;
    group->taken_count++;
    item_set_state(queue, item, FAIR_TAKEN);
}

/* Rates. */

/* Whether the rate has a token; if not, sets the deadline to the time when it will. */
static bool rate_has_one(const struct rate *rate, struct rate_limit limit, struct deadlines *paced,
                         struct deadline *pace, int64_t now_us)
{
    if (limit.per_s == 0)
        return true;
    int64_t next_us = rate_next_us(rate, limit, now_us);
    if (next_us <= now_us)
        return true;
    deadlines_set(paced, pace, next_us / 1000 + 1);
    return false;
}

static void rate_spend_one(struct rate *rate, struct rate_limit limit, int64_t now_us)
{
    if (limit.per_s == 0)
        return;
    bool was_there = rate_spend(rate, limit, now_us);
    assert(was_there);
}

static void queue_wake(struct fair_queue *queue, int64_t now_us)
{
    struct deadline *first;
    while ((first = deadlines_first(&queue->paced_sources)) != NULL && first->at_ms <= now_us / 1000) {
        deadlines_remove(&queue->paced_sources, first);
        source_line_up(queue, CONTAINER_OF(first, struct fair_source, pace));
    }
    while ((first = deadlines_first(&queue->paced_groups)) != NULL && first->at_ms <= now_us / 1000) {
        deadlines_remove(&queue->paced_groups, first);
        group_line_up(queue, CONTAINER_OF(first, struct fair_group, pace));
    }
}

/* Taking. */

/* Finds the first item of the first source whose rate allows it. Sources whose rate does not leave the
 * group's list. */
static struct fair_item *group_take(struct fair_queue *queue, struct fair_group *group, int64_t now_us)
{
    if (!rate_has_one(&group->rate, queue->of_group, &queue->paced_groups, &group->pace, now_us))
        return NULL;
    struct list *link;
    while ((link = list_take_first(&group->sources)) != NULL) {
        struct fair_source *source = CONTAINER_OF(link, struct fair_source, link);
        if (!rate_has_one(&source->rate, source->limit, &queue->paced_sources, &source->pace, now_us))
            continue;
        struct fair_item *item = CONTAINER_OF(source->items.next, struct fair_item, link);
        rate_spend_one(&source->rate, source->limit, now_us);
        rate_spend_one(&group->rate, queue->of_group, now_us);
        group_take_item(queue, group, item);
        source_line_up(queue, source);
        return item;
    }
    return NULL;
}

struct fair_item *fair_queue_take(struct fair_queue *queue, int64_t now_us)
{
    queue_wake(queue, now_us);
    struct list *link;
    while (queue->taken_count < queue->taken_max && (link = list_take_first(&queue->groups)) != NULL) {
        struct fair_item *item = group_take(queue, CONTAINER_OF(link, struct fair_group, link), now_us);
        if (item != NULL)
            return item;
    }
    return NULL;
}

void fair_queue_take_at_once(struct fair_queue *queue, struct fair_group *group, struct fair_item *item)
{
    assert(item->state == FAIR_IDLE);
    group_take_item(queue, group, item);
    if (group->taken_count >= queue->taken_of_group_max)
        list_remove(&group->link);
}

/* Coming and going. */

void fair_queue_add(struct fair_queue *queue, struct fair_group *group, struct fair_source *source,
                    struct fair_item *item, int64_t now_us)
{
    assert(item->state == FAIR_IDLE && (list_is_empty(&source->items) || source->group == group));
    source->group = group;
    item->source = source;
    item->group = group;
    item->since_us = now_us;
    item_set_state(queue, item, FAIR_WAITING);
    source_line_up(queue, source);
}

void fair_queue_end(struct fair_queue *queue, struct fair_item *item)
{
    assert(item->state == FAIR_TAKEN);
    struct fair_group *group = item->group;
    item_set_state(queue, item, FAIR_IDLE);
    if (group == NULL)
        return;
    group->taken_count--;
    group_line_up(queue, group);
}

void fair_queue_remove(struct fair_queue *queue, struct fair_item *item)
{
    assert(item->state == FAIR_WAITING);
    struct fair_source *source = item->source;
    item_set_state(queue, item, FAIR_IDLE);
    if (!list_is_empty(&source->items))
        return;
    list_remove(&source->link);
    deadlines_remove(&queue->paced_sources, &source->pace);
    if (list_is_empty(&source->group->sources))
        list_remove(&source->group->link);
}

void fair_group_finish(struct fair_queue *queue, struct fair_group *group)
{
    assert(list_is_empty(&group->sources));
    LIST_FOR_EACH (link, &queue->taken) {
        struct fair_item *item = CONTAINER_OF(link, struct fair_item, link);
        if (item->group == group)
            item->group = NULL;
    }
    list_remove(&group->link);
    deadlines_remove(&queue->paced_groups, &group->pace);
}

int64_t fair_queue_deadline_ms(const struct fair_queue *queue)
{
    const struct deadline *source = deadlines_first(&queue->paced_sources);
    const struct deadline *group = deadlines_first(&queue->paced_groups);
    int64_t first_ms = source == NULL ? INT64_MAX : source->at_ms;
    return group == NULL || group->at_ms > first_ms ? first_ms : group->at_ms;
}

int64_t fair_queue_oldest_us(const struct fair_queue *queue, int64_t now_us)
{
    if (list_is_empty(&queue->waiting))
        return 0;
    return now_us - CONTAINER_OF(queue->waiting.next, struct fair_item, queue_link)->since_us;
}

static size_t group_check(const struct fair_queue *queue, const struct fair_group *group)
{
    size_t count = 0;
    assert(group->taken_count < queue->taken_of_group_max && group->pace.index == DEADLINE_NOWHERE);
    assert(!list_is_empty(&group->sources));
    LIST_FOR_EACH (link, &group->sources) {
        const struct fair_source *source = CONTAINER_OF(link, struct fair_source, link);
        assert(source->group == group && !list_is_empty(&source->items));
        assert(source->pace.index == DEADLINE_NOWHERE);
        LIST_FOR_EACH (item_link, &source->items) {
            const struct fair_item *item = CONTAINER_OF(item_link, struct fair_item, link);
            assert(item->state == FAIR_WAITING && item->source == source);
            count++;
        }
    }
    return count;
}

void fair_queue_check(const struct fair_queue *queue)
{
    size_t waiting = 0;
    size_t taken = 0;
    size_t in_line = 0;
    LIST_FOR_EACH (link, &queue->waiting)
        waiting += CONTAINER_OF(link, struct fair_item, queue_link)->state == FAIR_WAITING;
    LIST_FOR_EACH (link, &queue->taken)
        taken += CONTAINER_OF(link, struct fair_item, link)->state == FAIR_TAKEN;
    LIST_FOR_EACH (link, &queue->groups)
        in_line += group_check(queue, CONTAINER_OF(link, struct fair_group, link));
    assert(waiting == queue->waiting_count && taken == queue->taken_count && in_line <= waiting);
    deadlines_check(&queue->paced_groups);
    deadlines_check(&queue->paced_sources);
}
