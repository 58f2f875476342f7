#include "bench/support/appender.h"

#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#include "app/desk/batch.h"
#include "bench/support/process.h"
#include "store/store_pg.h"

enum { CONVERSATIONS = 1024, WORKSPACES_MAX = 64 };

static const struct hash_key hash_key = {{1, 2}};

/* One workspace that always has an append under way. */
struct appender {
    struct run *run;
    int number;
    char name[16];
    struct roster roster;
    struct batch batch;
    struct store_load load;
    struct store_append append;
    int64_t workspace_id;
};

struct run {
    struct store *store;
    struct actor channel;
    struct appender appenders[WORKSPACES_MAX];
    int workspaces;
    int items; /* in each append */
    int loaded;
    int busy;
    uint64_t commands;
    uint64_t committed;
    int64_t until_ns;
};

static struct task *make_task(struct appender *appender)
{
    char conversation[32];
    struct run *run = appender->run;
    uint64_t number = ++run->commands;
    /* Each conversation is always of the same workspace. */
    int of_workspace = CONVERSATIONS / run->workspaces;
    int size = snprintf(conversation, sizeof(conversation), "c%d-%d", appender->number,
                        (int)(number % (uint64_t)of_workspace));
    struct task *task = task_create(bytes_make(conversation, (size_t)size));
    task->actor = (struct actor){.role = ROLE_CHANNEL, .id = text_ref(run->channel.id)};
    task->command = (struct command){
        .action = ACTION_CONTACT_MESSAGE,
        .id = {{0xbe}},
        .conversation = bytes_make(task->frame, (size_t)size),
        .body = bytes_of_string("Is it still available?"),
    };
    store_be64(task->command.id.bytes + 8, number);
    task->absent_seq = appender->roster.seq;
    return task;
}

static void append_done(struct store_request *request);

static void append_next(struct appender *appender)
{
    struct run *run = appender->run;
    batch_init(&appender->batch, (size_t)run->items, hash_key);
    for (int i = 0; i < run->items; i++)
        batch_judge(&appender->batch, &appender->roster, make_task(appender), appender->roster.at_ms);
    appender->append = (struct store_append){
        .request = {.kind = STORE_APPEND, .done = append_done},
        .workspace_id = appender->workspace_id,
        .known_seq = appender->roster.seq,
        .known_at_ms = appender->roster.at_ms,
        .items = appender->batch.items,
        .items_count = appender->batch.items_count,
    };
    run->busy++;
    run->store->ops->ask(run->store, &appender->append.request);
}

static void append_done(struct store_request *request)
{
    struct appender *appender = CONTAINER_OF(request, struct appender, append.request);
    const struct store_append *append = &appender->append;
    struct run *run = appender->run;
    for (size_t i = 0; i < append->items_count; i++) {
        if (request->outcome != STORE_OK || append->items[i].result != ITEM_COMMITTED) {
            fprintf(stderr, "bench: an append failed\n");
            exit(1);
        }
        transition_stamp(&append->items[i].transitions[0], append->seqs, append->at_ms);
        roster_apply(&appender->roster, &append->items[i].transitions[0]);
    }
    run->committed += append->items_count;
    LIST_FOR_EACH (link, &appender->batch.tasks) {
        struct task *task = CONTAINER_OF(link, struct task, link);
        task_destroy(&task);
    }
    store_request_finish(request);
    batch_finish(&appender->batch);
    run->busy--;
    if (now_ns() < run->until_ns)
        append_next(appender);
    else if (run->busy == 0)
        store_pg_stop(run->store);
}

static void load_done(struct store_request *request)
{
    struct appender *appender = CONTAINER_OF(request, struct appender, load.request);
    struct run *run = appender->run;
    roster_settle(&appender->roster);
    appender->workspace_id = appender->load.workspace_id;
    if (++run->loaded < run->workspaces)
        return;
    run->until_ns += now_ns();
    for (int i = 0; i < run->workspaces; i++)
        append_next(&run->appenders[i]);
}

static void run_up(void *context, struct bytes epoch)
{
    struct run *run = context;
    (void)epoch;
    for (int i = 0; i < run->workspaces; i++) {
        struct appender *appender = &run->appenders[i];
        appender->run = run;
        appender->number = i;
        snprintf(appender->name, sizeof(appender->name), "w%d", i);
        roster_init(&appender->roster, ROSTER_LIMITS, hash_key);
        appender->load = (struct store_load){
            .request = {.kind = STORE_LOAD, .done = load_done},
            .workspace = bytes_of_string(appender->name),
            .roster = &appender->roster,
        };
        run->store->ops->ask(run->store, &appender->load.request);
    }
}

static void run_down(void *context)
{
    (void)context;
    fprintf(stderr, "bench: the database has gone\n");
    exit(1);
}

static void run_clock(void *context, int64_t database_ms, int64_t sent_us, int64_t received_us)
{
    (void)context;
    (void)database_ms;
    (void)sent_us;
    (void)received_us;
}

static void run_hint(void *context, int64_t workspace_id, int64_t seq)
{
    (void)context;
    (void)workspace_id;
    (void)seq;
}

static void run_hints_lost(void *context)
{
    (void)context;
}

static void run_unfit(void *context, const char *sentence)
{
    (void)context;
    fprintf(stderr, "bench: %s\n", sentence);
    exit(1);
}

double appender_measure(int workspaces, int batch, int seconds)
{
    struct run run = {
        .workspaces = workspaces,
        .items = batch > workspaces ? batch / workspaces : 1,
        .channel = {.role = ROLE_CHANNEL, .id = text_create(bytes_of_string("web"))},
        .until_ns = seconds * INT64_C(1000000000),
    };
    uv_loop_t loop;
    uv_loop_init(&loop);
    run.store = store_pg_create(&loop, &(struct store_pg_options){.conninfo = "", .unfit = run_unfit});
    run.store->listener = (struct store_listener){.up = run_up,
                                                  .down = run_down,
                                                  .clock = run_clock,
                                                  .hint = run_hint,
                                                  .hints_lost = run_hints_lost,
                                                  .context = &run};
    store_pg_start(run.store);
    uv_run(&loop, UV_RUN_DEFAULT);
    store_pg_destroy(&run.store);
    uv_loop_close(&loop);
    for (int i = 0; i < workspaces; i++)
        roster_finish(&run.appenders[i].roster);
    text_unref(&run.channel.id);
    return (double)run.committed / seconds;
}

double appender_measure_database(int workspaces, int batch, int seconds, double *database_us_r)
{
    int64_t before_ns = process_database_cpu_ns();
    double per_s = appender_measure(workspaces, batch, seconds);
    *database_us_r = (double)(process_database_cpu_ns() - before_ns) / 1000 / (per_s * seconds);
    return per_s;
}

int64_t appender_transactions(void)
{
    return process_ask_database("SELECT count(DISTINCT xmin::text) FROM relevo.transition");
}
