/* (That a reply is refused because somebody has written since is core/rule.c, judge_seen.)
 *
 * Which part of which log the author of a command had seen: perhaps more than this node has, or another log.
 * That is cleared up before the command is judged. Commands about the same conversation wait behind it, so
 * that they stay in order. */
#include <assert.h>
#include <stdlib.h>

#include "app/desk/private.h"
#include "app/node/lookup.h"
#include "base/alloc.h"

/* A place that is older than the roster knows and is being looked up, and the tasks that wait for it. */
struct desk_place {
    struct lookup lookup;
    struct store_place asked;
    struct desk *desk;
    struct list link;
    struct list tasks; /* the first one named the place */
};

static void desk_place_done(struct lookup *lookup)
{
    struct desk_place *place = CONTAINER_OF(lookup, struct desk_place, lookup);
    struct desk *desk = place->desk;
    struct task *first = CONTAINER_OF(place->tasks.next, struct task, link);
    list_remove(&place->link);
    first->seen_place = place->asked.is_of_log ? SEEN_HERE : SEEN_ELSEWHERE;
    desk_end_wait(desk, &place->tasks, lookup->request->outcome);
    free(place);
}

static bool desk_ask_place(struct lookup *lookup)
{
    struct desk_place *place = CONTAINER_OF(lookup, struct desk_place, lookup);
    const struct task *first = CONTAINER_OF(place->tasks.next, struct task, link);
    place->asked = (struct store_place){
        .request = {.kind = STORE_PLACE},
        .workspace_id = place->desk->workspace_id,
        .seq = first->command.seen.seq,
        .mark_ms = first->command.seen_mark_ms,
    };
    return true;
}

static const struct lookup_ops place_ops = {.ask = desk_ask_place, .done = desk_place_done};

static void desk_look_up_place(struct desk *desk, struct task *task)
{
    struct desk_place *place = alloc_zeroed(sizeof(*place));
    lookup_init(&place->lookup, &desk->node->reads, &place->asked.request, &place_ops);
    place->desk = desk;
    list_init(&place->link);
    list_init(&place->tasks);
    desk->queued_count++;
    list_append(&place->tasks, &task->link);
    list_append(&desk->places, &place->link);
    lookup_wait(&place->lookup, &desk->reads_turn, &desk->reads_source);
}

int64_t desk_places_since_us(const struct desk *desk)
{
    if (list_is_empty(&desk->places))
        return INT64_MAX;
    const struct desk_place *first = CONTAINER_OF(desk->places.next, struct desk_place, link);
    return tasks_since_us(&first->tasks);
}

/* Whether one of the tasks is about this conversation. */
static bool tasks_have(const struct list *tasks, struct bytes conversation)
{
    LIST_FOR_EACH (link, tasks) {
        if (bytes_equal(CONTAINER_OF(link, struct task, link)->command.conversation, conversation))
            return true;
    }
    return false;
}

/* Puts the task behind another one about the same conversation that waits. False: no such task waits. */
static bool desk_waits_behind(struct desk *desk, struct list *later, struct task *task)
{
    LIST_FOR_EACH (link, &desk->places) {
        struct desk_place *place = CONTAINER_OF(link, struct desk_place, link);
        if (!tasks_have(&place->tasks, task->command.conversation))
            continue;
        desk->queued_count++;
        list_append(&place->tasks, &task->link);
        return true;
    }
    if (!tasks_have(later, task->command.conversation))
        return false;
    list_append(later, &task->link);
    return true;
}

static bool desk_waits_for_log(struct desk *desk, struct list *later, struct task *task)
{
    bool has_read = task->waits_for_log > 0 && task->waits_for_log <= desk->log_readings;
    if (has_read || !batch_is_ahead(&desk->batch, &desk->roster, task))
        return false;
    task->waits_for_log = desk->log_readings + 1;
    list_append(later, &task->link);
    return true;
}

static enum place_verdict desk_judge_seen(const struct desk *desk, const struct command *command)
{
    if (command->seen.kind != SEEN_UP_TO)
        return PLACE_HERE;
    if (!bytes_equal(command->seen_epoch, text_bytes(desk->node->epoch)))
        return PLACE_ELSEWHERE;
    return roster_judge_place(&desk->roster, command->seen.seq, command->seen_mark_ms);
}

/* Whether the place that the command names has to be looked up first. The log has been read to its end, so a
 * place that is still ahead is no place of it. */
static bool desk_waits_for_place(struct desk *desk, struct task *task)
{
    if (!task->command.has_seen_mark || task->seen_place != SEEN_UNJUDGED)
        return false;
    enum place_verdict verdict = desk_judge_seen(desk, &task->command);
    if (verdict == PLACE_BELOW)
        desk_look_up_place(desk, task);
    else
        task->seen_place = verdict == PLACE_HERE ? SEEN_HERE : SEEN_ELSEWHERE;
    return verdict == PLACE_BELOW;
}

bool desk_clears_up_seen(struct desk *desk, struct list *later, struct task *task)
{
    return task->kind == TASK_COMMAND &&
           (desk_waits_behind(desk, later, task) || desk_waits_for_log(desk, later, task) ||
            desk_waits_for_place(desk, task));
}
