#include "app/desk/task.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

struct task *task_create(struct bytes frame)
{
    struct task *task = alloc_zeroed(sizeof(*task) + frame.size);
    list_init(&task->link);
    list_init(&task->waiter_link);
    list_init(&task->copies);
    task->item = -1;
    task->absent_seq = -1;
    task->frame_size = frame.size;
    if (frame.size > 0)
        memcpy(task->frame, frame.data, frame.size);
    return task;
}

struct task *task_create_due(const struct conversation *conversation)
{
    struct bytes id = conversation_id(conversation);
    struct due due = due_first(conversation);
    struct task *task = task_create(id);
    task->kind = TASK_DUE;
    task->actor.role = ROLE_SERVER;
    task->command = (struct command){
        .action = due_action(due.kind),
        .id = due_command_id(due),
        .conversation = bytes_make(task->frame, id.size),
        .due_seq = due.seq,
    };
    return task;
}

struct task *task_create_agent_seen(struct command_id id, struct text *agent, struct text *name,
                                    enum role role)
{
    struct task *task = task_create(bytes_make(NULL, 0));
    task->kind = TASK_AGENT_SEEN;
    task->actor = (struct actor){.role = role, .id = text_ref(agent)};
    task->command = (struct command){.action = ACTION_AGENT_SEEN, .id = id};
    task->agent_name = text_ref(name);
    return task;
}

struct task *task_create_catch_up(void)
{
    struct task *task = task_create(bytes_make(NULL, 0));
    task->kind = TASK_CATCH_UP;
    task->actor.role = ROLE_SERVER;
    return task;
}

void task_await(struct task *task, struct list *tasks, void *waiter,
                void (*done)(struct task *task, const struct answer *answer, int64_t gate_seq))
{
    assert(task->done == NULL);
    task->waiter = waiter;
    task->done = done;
    list_append(tasks, &task->waiter_link);
}

void task_stop_waiting(struct task *task)
{
    task->done = NULL;
    list_remove(&task->waiter_link);
}

void task_weigh(struct task *task, struct weight *weight)
{
    assert(task->weight == NULL);
    task->weight = weight;
    for (; weight != NULL; weight = weight->whole)
        weight->bytes += task->frame_size;
}

int64_t tasks_since_us(const struct list *tasks)
{
    return list_is_empty(tasks) ? INT64_MAX : CONTAINER_OF(tasks->next, struct task, link)->heard_us;
}

void task_destroy_copies(struct task *task)
{
    LIST_FOR_EACH (link, &task->copies) {
        struct task *copy = CONTAINER_OF(link, struct task, link);
        task_destroy(&copy);
    }
}

void task_destroy(struct task **task)
{
    assert(list_is_empty(&(*task)->copies));
    for (struct weight *weight = (*task)->weight; weight != NULL; weight = weight->whole) {
        assert(weight->bytes >= (*task)->frame_size);
        weight->bytes -= (*task)->frame_size;
    }
    list_remove(&(*task)->link);
    list_remove(&(*task)->waiter_link);
    text_unref(&(*task)->actor.id);
    text_unref(&(*task)->agent_name);
    decision_finish(&(*task)->decision);
    free(*task);
    *task = NULL;
}
