/* Loading a desk: the store fills its roster. If that fails, the desk tries again after a second. If the
 * database has become another one meanwhile, it tries again at once. If the database becomes another one
 * while the desk is READY, the desk starts over: it gives up what it knows as soon as the store has no
 * request of it. */
#include "app/desk/private.h"
#include "base/log.h"

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

void desk_load(struct desk *desk)
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

/* Drops the tasks that mean nothing in another database; clients' commands stay, and are judged afresh. */
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

void desk_start_over(struct desk *desk)
{
    desk->wants_reload = false;
    desk_void_tasks(desk);
    if (desk->state == DESK_READY) {
        desk_keep_past(desk);
        desk_enter_state(desk, DESK_WAITING);
    }
    alarms_remove(&desk->node->alarms, &desk->alarm);
}
