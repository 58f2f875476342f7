/* A desk from the outside: how it is created and destroyed, what it is told, and what it does in its turn.
 * state.c has its states. Its commands are in queue.c, decide.c, commit.c, settle.c and answer.c. */
#include "app/desk/desk.h"

#include <assert.h>
#include <stdlib.h>

#include "app/desk/desks_private.h"
#include "app/desk/private.h"
#include "base/alloc.h"
#include "protocol/limits.h"

/* Does the next step: loads the desk, or decides what is queued and hands it to the store. */
static void desk_go_on(struct desk *desk)
{
    if (desk->is_committing || desk->state == DESK_LOADING)
        return;
    if (desk->wants_reload && desk->reads.count == 0 && list_is_empty(&desk->places))
        desk_start_over(desk);
    if (desk_is_ready(desk))
        desk_change_agents(desk);
    if (desk->state == DESK_WAITING && desk->node->store_is_up && !alarm_is_set(&desk->alarm))
        desk_load(desk);
    else if (desk_is_ready(desk) && (!list_is_empty(&desk->queue) || desk_is_behind(desk)))
        desk_decide(desk);
}

static void desk_work(struct work *work)
{
    struct desk *desk = CONTAINER_OF(work, struct desk, work);
    desk_go_on(desk);
    if (desk_is_wanted(desk))
        list_remove(&desk->idle_link);
    else if (!list_is_linked(&desk->idle_link))
        desks_note_idle(desk->desks, desk);
}

static void desk_ring(struct alarm *alarm)
{
    struct desk *desk = CONTAINER_OF(alarm, struct desk, alarm);
    desk_note_work(desk);
}

/* Submits a task for each due whose time has come, by the estimate of the database's clock. */
static void desk_carry_out_dues(struct alarm *alarm)
{
    struct desk *desk = CONTAINER_OF(alarm, struct desk, due);
    struct deadlines *dues = &desk->roster.dues;
    int64_t now_ms = node_now_ms(desk->node);
    struct deadline *first;
    while ((first = deadlines_first(dues)) != NULL && first->at_ms <= now_ms) {
        const struct row *row = CONTAINER_OF(first, struct row, due);
        struct task *task = task_create_due(&row->conversation);
        deadlines_remove(dues, first);
        desk_submit(desk, &task);
    }
    desk_watch_dues(desk);
}

struct desk *desk_create(struct desks *desks, struct bytes workspace)
{
    struct desk *desk = alloc_zeroed(sizeof(*desk));
    desk->node = desks->node;
    desk->desks = desks;
    desk->workspace = text_create(workspace);
    desk->weight.whole = &desks->weight;
    work_init(&desk->work, WORK_DESKS, desk_work);
    list_init(&desk->ready_link);
    list_init(&desk->idle_link);
    list_init(&desk->subscribers);
    shared_rate_init(&desk->quota);
    list_init(&desk->queue);
    list_init(&desk->places);
    alarm_init(&desk->alarm, desk_ring);
    alarm_init(&desk->due, desk_carry_out_dues);
    map_init(&desk->reads, desk_read_key, desks->node->options.random);
    map_init(&desk->under_way, desk_task_key, desks->node->options.random);
    rate_init(&desk->refusals);
    fair_group_init(&desk->arrivals_turn);
    fair_group_init(&desk->lookups_turn);
    fair_group_init(&desk->reads_turn);
    fair_source_init(&desk->reads_source, (struct rate_limit){0, 0});
    desk_presence_init(desk);
    marks_init(&desk->past);
    desk_agents_init(desk);
    return desk;
}

void desk_destroy(struct desk **place)
{
    struct desk *desk = *place;
    assert(list_is_empty(&desk->subscribers) && desk_is_settled(desk) && desk->weight.bytes == 0);
    if (desk->state == DESK_READY)
        desk_enter_state(desk, DESK_WAITING);
    alarms_remove(&desk->node->alarms, &desk->alarm);
    work_remove(&desk->work);
    list_remove(&desk->idle_link);
    desk_presence_finish(desk);
    desk_agents_finish(desk);
    fair_group_finish(&desk->node->arrivals.queue, &desk->arrivals_turn);
    fair_group_finish(&desk->node->lookups.queue, &desk->lookups_turn);
    fair_group_finish(&desk->node->reads.queue, &desk->reads_turn);
    marks_finish(&desk->past);
    map_finish(&desk->reads);
    map_finish(&desk->under_way);
    text_unref(&desk->workspace);
    free(desk);
    *place = NULL;
}

bool desk_is_settled(const struct desk *desk)
{
    return list_is_empty(&desk->queue) && !desk->is_committing && desk->reads.count == 0 &&
           list_is_empty(&desk->places) && desk->state != DESK_LOADING;
}

bool desk_is_wanted(const struct desk *desk)
{
    return !list_is_empty(&desk->subscribers) || !list_is_empty(&desk->queue) || desk->is_committing ||
           desk->reads.count > 0 || !list_is_empty(&desk->places);
}

bool desk_may_go(const struct desk *desk)
{
    const struct deadline *first = desk->state == DESK_READY ? deadlines_first(&desk->roster.dues) : NULL;
    return desk_is_settled(desk) &&
           (first == NULL || first->at_ms > node_now_ms(desk->node) + LIMIT_DESK_NEAR_MS);
}

/* When the oldest command that has not been judged was submitted, in microseconds of the monotonic clock;
 * INT64_MAX: there is none. */
static int64_t desk_waits_since_us(const struct desk *desk)
{
    int64_t since_us = tasks_since_us(&desk->queue);
    int64_t places_us = desk_places_since_us(desk);
    int64_t reads_us = desk_reads_since_us(desk);
    since_us = places_us < since_us ? places_us : since_us;
    return reads_us < since_us ? reads_us : since_us;
}

struct desk_figures desk_figures(const struct desk *desk)
{
    int64_t now_us = desk->node->timings.present_us;
    int64_t since_us = desk->queued_count > 0 ? desk_waits_since_us(desk) : INT64_MAX;
    return (struct desk_figures){
        .workspace = text_bytes(desk->workspace),
        .state = desk->state,
        .rows = desk->state == DESK_READY ? desk->roster.rows.count : 0,
        .open = desk_is_ready(desk) ? desk->roster.counts.open : 0,
        .connections = desk->subscribers_count,
        .queued = desk->queued_count,
        .oldest_us = since_us < now_us ? now_us - since_us : 0,
        .commands_per_ks = meter_per_ks(&desk->commands, now_us),
        .lookups_per_ks = meter_per_ks(&desk->lookups, now_us),
    };
}

void desk_store_is_up(struct desk *desk, bool is_other)
{
    /* An empty log has no mark, so nothing else would tell whether the workspace still has this number. */
    bool is_untold = desk->state == DESK_READY && desk->roster.seq == 0;
    desk->wants_reload |= is_other || is_untold;
    alarms_remove(&desk->node->alarms, &desk->alarm);
    desk_note_work(desk);
}

void desk_hint(struct desk *desk, int64_t seq)
{
    if (seq <= desk->hinted_seq)
        return;
    desk->hinted_seq = seq;
    if (desk_is_behind(desk))
        desk_note_work(desk);
}

/* The database may be an older one, from a backup: it has nothing to read, or another history. */
void desk_take_head(struct desk *desk, int64_t seq, int64_t mark_ms)
{
    bool is_other =
        seq < desk->asked_head_seq || roster_judge_place(&desk->roster, seq, mark_ms) == PLACE_ELSEWHERE;
    if (is_other)
        desk_catch_up(desk);
    else
        desk_hint(desk, seq);
}
