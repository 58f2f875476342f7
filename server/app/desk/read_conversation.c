/* (The log of others is read by commit.c, desk_read_log.)
 *
 * Conversations that commands name and that are not in memory. The store is asked for each once, and the
 * commands about it wait in order. */
#include <stdlib.h>

#include "app/desk/private.h"
#include "app/node/lookup.h"
#include "base/alloc.h"

/* A conversation that is being fetched, and the tasks that wait for it, in order. */
struct desk_read {
    struct lookup lookup;
    struct store_read asked;
    struct desk *desk;
    struct text *id;
    /* The roster's seq when the store was asked: the answer has everything committed up to it. */
    int64_t asked_seq;
    struct list tasks;
};

struct bytes desk_read_key(const void *value)
{
    const struct desk_read *read = value;
    return text_bytes(read->id);
}

static void desk_read_done(struct lookup *lookup)
{
    struct desk_read *read = CONTAINER_OF(lookup, struct desk_read, lookup);
    struct store_read *asked = &read->asked;
    struct desk *desk = read->desk;
    map_remove(&desk->reads, text_bytes(read->id));
    /* A row that is newer than everything applied will come with the log; it must not be known before. */
    bool is_early = asked->found && asked->result.seq > desk->roster.seq;
    /* The row may have changed and been dropped since the store was asked, so it is read again. */
    bool is_late = read->asked_seq < desk->roster.floor_seq;
    if (asked->request.outcome == STORE_OK && asked->found && !is_early && !is_late &&
        desk->state == DESK_READY) {
        if (roster_may_hold(&desk->roster, &asked->result))
            roster_hold(&desk->roster, &asked->result);
        /* It should have come with the load, or by the log. */
        else
            desk->wants_reload = true;
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

int64_t desk_reads_since_us(const struct desk *desk)
{
    int64_t since_us = INT64_MAX;
    size_t position = 0;
    const struct desk_read *read;
    while ((read = map_next(&desk->reads, &position)) != NULL) {
        int64_t read_us = tasks_since_us(&read->tasks);
        since_us = read_us < since_us ? read_us : since_us;
    }
    return since_us;
}
