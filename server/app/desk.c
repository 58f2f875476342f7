#include "app/desk.h"

#include <assert.h>
#include <stdlib.h>

#include "app/desk_private.h"
#include "app/desks.h"
#include "app/lookup.h"
#include "base/alloc.h"
#include "base/log.h"
#include "protocol/limits.h"

static void desk_keep_tail(struct desk *desk)
{
    bool is_wanted = desk->state == DESK_READY && desk->followers_count > 0;
    if (is_wanted && !tail_is_kept(&desk->tail))
        tail_start(&desk->tail, desk->roster.seq);
    else if (!is_wanted)
        tail_stop(&desk->tail);
}

/*               desk_create
 *                    │
 *                    ▼       the database is there
 *             DESK_WAITING ─────────────────────────► DESK_LOADING
 *                    ▲  ▲       away, or failed            │
 *                    │  └──────────────────────────────────┤
 *                    │                                     │ loaded
 *                    │   another database                  ▼
 *                    └─────────────────────────────── DESK_READY
 */
static void desk_enter_state(struct desk *desk, enum desk_state state)
{
    desk->state = state;
    switch (state) {
    case DESK_WAITING:
        desks_forget_ready(desk->desks, desk);
        desk->hinted_seq = 0;
        sync_cache_finish(&desk->frames);
        sync_checks_finish(&desk->checks);
        tail_stop(&desk->tail);
        desk_push_end(desk);
        rubble_add(&desk->desks->rubble, &desk->roster);
        desk_watch_dues(desk);
        alarms_set(&desk->node->alarms, &desk->alarm, node_mono_ms(desk->node) + 1000);
        break;
    case DESK_LOADING: alarms_remove(&desk->node->alarms, &desk->alarm); break;
    case DESK_READY:
        desk->asked_head_seq = 0;
        desks_note_ready(desk->desks, desk);
        desk_watch_dues(desk);
        desk_keep_tail(desk);
        desk_presence_begin(desk, 0);
        break;
    }
}

/* A conversation being fetched, and the commands that wait for it, in order. */
struct desk_read {
    struct lookup lookup;
    struct store_read asked;
    struct desk *desk;
    struct text *id;
    int64_t asked_seq; /* of the roster, when it was asked: the answer holds what was committed by then */
    struct list tasks;
};

static struct bytes desk_read_key(const void *value)
{
    const struct desk_read *read = value;
    return text_bytes(read->id);
}

static struct bytes desk_task_key(const void *value)
{
    const struct task *task = value;
    return bytes_make(task->command.id.bytes, sizeof(task->command.id.bytes));
}

static void desk_work(struct work *work);
static void desk_carry_out_dues(struct alarm *alarm);

static void desk_ring(struct alarm *alarm)
{
    struct desk *desk = CONTAINER_OF(alarm, struct desk, alarm);
    desk_note_work(desk);
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

void desk_follow(struct desk *desk)
{
    desk->followers_count++;
    desk_keep_tail(desk);
}

void desk_unfollow(struct desk *desk)
{
    assert(desk->followers_count > 0);
    desk->followers_count--;
    desk_keep_tail(desk);
}

/* Loading. */

static void desk_load_done(struct store_request *request)
{
    struct desk *desk = CONTAINER_OF(request, struct desk, load.request);
    if (request->outcome != STORE_OK || desk->wants_reload) {
        desk_enter_state(desk, DESK_WAITING);
        desk->wants_reload = false;
        desk_note_work(desk);
        return;
    }
    roster_settle(&desk->roster);
    desk->workspace_id = desk->load.workspace_id;
    desk_enter_state(desk, DESK_READY);
    log_info("desk_loaded", "workspace=%s seq=%lld rows=%zu open=%lld",
             log_quote(text_string(desk->workspace)), (long long)desk->roster.seq, desk->roster.rows.count,
             (long long)desk->roster.counts.open);
    desk_note_loss(desk);
    desk_give_notice(desk, &(struct desk_notice){.kind = DESK_LOADED});
    desk_note_work(desk);
}

static void desk_load(struct desk *desk)
{
    const struct node_options *options = &desk->node->options;
    roster_init(&desk->roster, options->limits.roster, options->random);
    desk->load = (struct store_load){
        .request = {.kind = STORE_LOAD, .done = desk_load_done},
        .workspace = text_bytes(desk->workspace),
        .roster = &desk->roster,
    };
    desk_enter_state(desk, DESK_LOADING);
    struct store *store = desk->node->options.store;
    store->ops->ask(store, &desk->load.request);
}

void desk_store_is_up(struct desk *desk, bool is_other)
{
    /* Where the log is empty, nothing else tells whether its workspace still has this number. */
    bool is_untold = desk->state == DESK_READY && desk->roster.seq == 0;
    desk->wants_reload |= is_other || is_untold;
    alarms_remove(&desk->node->alarms, &desk->alarm);
    desk_note_work(desk);
}

/* Taking commands in. */

void desk_note_task(struct desk *desk, struct task *task)
{
    if (task->kind != TASK_CATCH_UP)
        map_add(&desk->under_way, task);
}

void desk_forget_task(struct desk *desk, const struct task *task)
{
    if (task->kind != TASK_CATCH_UP && map_get(&desk->under_way, desk_task_key(task)) == task)
        map_remove(&desk->under_way, desk_task_key(task));
}

/* What has no answer yet is not judged a second time. What a resend comes to is kept, so from now on that
 * holds for the first copy as well. */
static bool desk_join_first(struct desk *desk, struct task **place)
{
    struct task *task = *place;
    struct task *first = task->kind == TASK_CATCH_UP ? NULL : map_get(&desk->under_way, desk_task_key(task));
    if (first == NULL)
        return false;
    if (command_fingerprint(&first->command, &first->actor) !=
        command_fingerprint(&task->command, &task->actor)) {
        desk_refuse(desk, place, REASON_ID_REUSED);
        return true;
    }
    first->command.resend |= task->command.resend;
    list_append(&first->copies, &task->link);
    return true;
}

static bool desk_is_full(const struct desk *desk)
{
    return desk->queued_count >= LIMIT_QUEUE_COMMANDS || desk->weight.bytes > LIMIT_QUEUE_BYTES ||
           desk->desks->weight.bytes > LIMIT_QUEUES_BYTES;
}

void desk_submit(struct desk *desk, struct task **place)
{
    struct task *task = *place;
    *place = NULL;
    task->heard_us = desk->node->timings.present_us;
    bool is_own = task->kind != TASK_COMMAND;
    task_weigh(task, &desk->weight);
    if (desk_join_first(desk, &task))
        return;
    if (!is_own && (desk->node->is_draining || !node_can_commit(desk->node))) {
        desk_refuse(desk, &task, REASON_UNAVAILABLE);
    } else if (!is_own && desk_is_full(desk)) {
        desk_refuse(desk, &task, REASON_BUSY);
    } else {
        desk->queued_count++;
        desk_note_task(desk, task);
        list_append(&desk->queue, &task->link);
        desk_note_work(desk);
    }
}

/* Puts the tasks, in order, before everything that waits. */
void desk_put_first(struct desk *desk, struct list *tasks)
{
    while (!list_is_empty(tasks)) {
        struct list *last = tasks->previous;
        list_remove(last);
        list_prepend(&desk->queue, last);
        desk->queued_count++;
    }
}

void desk_end_wait(struct desk *desk, struct list *tasks, enum store_outcome outcome)
{
    LIST_FOR_EACH (link, tasks) {
        struct task *task = CONTAINER_OF(link, struct task, link);
        desk->queued_count--;
        if (outcome == STORE_AWAY || outcome == STORE_SLOW)
            desk_refuse(desk, &task, REASON_UNAVAILABLE);
        else if (outcome != STORE_OK)
            desk_refuse(desk, &task, REASON_INTERNAL);
    }
    desk_put_first(desk, tasks);
    desk_note_work(desk);
}

int64_t desk_waits_since_us(const struct desk *desk)
{
    int64_t since_us = tasks_since_us(&desk->queue);
    int64_t places_us = desk_places_since_us(desk);
    since_us = places_us < since_us ? places_us : since_us;
    size_t position = 0;
    const struct desk_read *read;
    while ((read = map_next(&desk->reads, &position)) != NULL) {
        int64_t read_us = tasks_since_us(&read->tasks);
        since_us = read_us < since_us ? read_us : since_us;
    }
    return since_us;
}

/* Reading what is not held. */

static void desk_read_done(struct lookup *lookup)
{
    struct desk_read *read = CONTAINER_OF(lookup, struct desk_read, lookup);
    struct store_read *asked = &read->asked;
    struct desk *desk = read->desk;
    map_remove(&desk->reads, text_bytes(read->id));
    /* What is newer than all that has been applied comes by the log; it may not be known before its time. */
    bool is_early = asked->found && asked->result.seq > desk->roster.seq;
    /* What has been changed and given up since it was asked for is read again. */
    bool is_late = read->asked_seq < desk->roster.floor_seq;
    if (asked->request.outcome == STORE_OK && asked->found && !is_early && !is_late &&
        desk->state == DESK_READY) {
        if (roster_may_hold(&desk->roster, &asked->result))
            roster_hold(&desk->roster, &asked->result);
        else
            desk->wants_reload = true; /* it should have come with the load, or by the log */
        roster_forget_read(&desk->roster);
    }
    LIST_FOR_EACH (link, &read->tasks)
        CONTAINER_OF(link, struct task, link)->absent_seq = asked->found ? -1 : read->asked_seq;
    desk_end_wait(desk, &read->tasks, asked->request.outcome);
    if (is_early)
        desk_catch_up(desk);
    store_request_finish(&asked->request);
    text_unref(&read->id);
    free(read);
}

static bool desk_ask_read(struct lookup *lookup)
{
    struct desk_read *read = CONTAINER_OF(lookup, struct desk_read, lookup);
    const struct desk *desk = read->desk;
    read->asked_seq = desk->roster.seq;
    read->asked = (struct store_read){
        .request = {.kind = STORE_READ},
        .workspace_id = desk->workspace_id,
        .conversation = text_bytes(read->id),
    };
    return true;
}

static const struct lookup_ops read_ops = {.ask = desk_ask_read, .done = desk_read_done};

void desk_read(struct desk *desk, struct task *task)
{
    struct desk_read *read = map_get(&desk->reads, task->command.conversation);
    if (read == NULL) {
        read = alloc_zeroed(sizeof(*read));
        lookup_init(&read->lookup, &desk->node->reads, &read->asked.request, &read_ops);
        read->desk = desk;
        read->id = text_create(task->command.conversation);
        list_init(&read->tasks);
        map_add(&desk->reads, read);
        lookup_wait(&read->lookup, &desk->reads_turn, &desk->reads_source);
    }
    desk->queued_count++;
    list_append(&read->tasks, &task->link);
}

/* Before the desk is loaded from another database: of what waits, only the clients' commands still mean
 * something. */
static void desk_void_tasks(struct desk *desk)
{
    LIST_FOR_EACH (link, &desk->queue) {
        struct task *task = CONTAINER_OF(link, struct task, link);
        task->absent_seq = -1;
        task->seen_place = SEEN_UNJUDGED;
        task->waits_for_log = 0;
        if (task->kind == TASK_COMMAND)
            continue;
        desk->queued_count--;
        desk_forget_task(desk, task);
        task_destroy_copies(task);
        task_destroy(&task);
    }
}

static void desk_go_on(struct desk *desk)
{
    if (desk->is_committing || desk->state == DESK_LOADING)
        return;
    if (desk->wants_reload && desk->reads.count == 0 && list_is_empty(&desk->places)) {
        desk->wants_reload = false;
        desk_void_tasks(desk);
        if (desk->state == DESK_READY) {
            desk_keep_past(desk);
            desk_enter_state(desk, DESK_WAITING);
        }
        alarms_remove(&desk->node->alarms, &desk->alarm);
    }
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

/* What is due. */

void desk_watch_dues(struct desk *desk)
{
    struct alarms *alarms = &desk->node->database_alarms;
    const struct deadline *first = desk->state == DESK_READY ? deadlines_first(&desk->roster.dues) : NULL;
    if (first == NULL)
        alarms_remove(alarms, &desk->due);
    else if (!alarm_is_set(&desk->due) || desk->due.deadline.at_ms != first->at_ms)
        alarms_set(alarms, &desk->due, first->at_ms);
}

/* Something is due, by the estimate of the database's clock. */
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

void desk_catch_up(struct desk *desk)
{
    struct task *task = task_create_catch_up();
    desk_submit(desk, &task);
}

void desk_hint(struct desk *desk, int64_t seq)
{
    if (seq <= desk->hinted_seq)
        return;
    desk->hinted_seq = seq;
    if (desk_is_behind(desk))
        desk_note_work(desk);
}

/* The database may be an older one, from a backup: with nothing to be read, or with another history. */
void desk_take_head(struct desk *desk, int64_t seq, int64_t mark_ms)
{
    bool is_other =
        seq < desk->asked_head_seq || roster_judge_place(&desk->roster, seq, mark_ms) == PLACE_ELSEWHERE;
    if (is_other)
        desk_catch_up(desk);
    else
        desk_hint(desk, seq);
}
