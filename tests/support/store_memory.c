/* A node's way to the database in memory: when a request gets there, and what becomes of its answer.
 *
 *              carried out                 answered
 *   WAITING ───────────────► ANSWERING ──────────────► gone
 *     ▲  │                       │
 *     │  │ the connection        │ the connection breaks:
 *     │  │ breaks: away          │ anything but an append: away
 *     │  └──────────────────────►│
 *     │ the connection comes     │ an append
 *     └─────────── IN_DOUBT ◄────┘
 */
#include "support/store_memory.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/memory_database.h"
#include "support/memory_faults.h"
#include "support/memory_mail.h"
#include "support/random.h"

enum request_state {
    REQUEST_WAITING,   /* on its way to the database */
    REQUEST_ANSWERING, /* carried out; the answer is on its way */
    REQUEST_IN_DOUBT,  /* an append that may have been carried out; it waits for the connection */
};

struct request {
    struct list link;
    enum request_state state;
    struct store_request *asked;
    bool was_in_doubt;  /* an earlier attempt may have been carried out: to say "nothing was done" would be a
                           lie */
    int64_t due_us;     /* when the next thing becomes of it */
    int64_t carried_ms; /* what the database's clock showed when it was carried out; 0: it was not */
};

struct store_memory {
    struct store store;
    struct list link; /* in the database's stores */
    struct store_memory_database *database;
    struct list requests;
    struct mailbox mailbox;
    struct random random;
    bool in_order;
    bool is_up;
    bool is_stuck;
    int64_t epoch; /* of the database when the connection last came */
    int64_t delay_min_ms;
    int64_t delay_max_ms;
    struct memory_faults faults;
};

static struct store_memory *memory_of(struct store *store)
{
    return CONTAINER_OF(store, struct store_memory, store);
}

static struct request *request_of(struct list *link)
{
    return CONTAINER_OF(link, struct request, link);
}

/* When what begins now is over. */
static int64_t draw_due_us(struct store_memory *memory)
{
    int64_t range_ms = memory->delay_max_ms - memory->delay_min_ms;
    int64_t delay_ms =
        memory->delay_min_ms + (range_ms == 0 ? 0 : random_below(&memory->random, (uint32_t)range_ms + 1));
    return memory->database->elapsed_us + delay_ms * 1000;
}

/* Requests. */

static void request_enter_state(struct store_memory *memory, struct request *request,
                                enum request_state state)
{
    request->state = state;
    request->due_us = draw_due_us(memory);
}

/* Answers without a result; drops one that is there already. A load's roster keeps what it holds, as the port
 * allows. */
static void request_fail(struct store_memory *memory, struct request *request, enum store_outcome outcome)
{
    store_request_finish(request->asked);
    request->carried_ms = 0;
    request->asked->outcome = outcome;
    request_enter_state(memory, request, REQUEST_ANSWERING);
}

/* An append that commits something: one without items reads. */
static bool request_commits(const struct request *request)
{
    return request->asked->kind == STORE_APPEND && store_append_of(request->asked)->items_count > 0;
}

/* It waits until the database commits again. */
static bool request_is_stuck(const struct store_memory *memory, const struct request *request)
{
    return memory->is_stuck && request->state == REQUEST_WAITING && request_commits(request);
}

static void memory_ask(struct store *store, struct store_request *asked)
{
    struct store_memory *memory = memory_of(store);
    struct request *request = alloc_zeroed(sizeof(*request));
    request->asked = asked;
    asked->asked_us = memory->database->elapsed_us;
    list_init(&asked->link);
    list_append(&memory->requests, &request->link);
    request_enter_state(memory, request, REQUEST_WAITING);
    if (!memory->is_up || request_is_stuck(memory, request))
        request_fail(memory, request, STORE_AWAY);
}

static void memory_tell(struct store *store, int64_t workspace_id, struct bytes words)
{
    struct store_memory *memory = memory_of(store);
    mailbox_send_words(&memory->mailbox, draw_due_us(memory), workspace_id, words);
}

static const struct store_ops memory_ops = {.ask = memory_ask, .tell = memory_tell};

/* The connection. */

struct store *store_memory_create(struct store_memory_database *database, uint64_t seed)
{
    struct store_memory *memory = alloc_zeroed(sizeof(*memory));
    memory->store.ops = &memory_ops;
    memory->database = database;
    memory->random.state = seed;
    memory->in_order = seed == 0;
    list_init(&memory->requests);
    mailbox_init(&memory->mailbox, database, &memory->store.listener);
    list_init(&memory->link);
    list_append(&database->stores, &memory->link);
    return &memory->store;
}

void store_memory_destroy(struct store **store)
{
    if (*store == NULL)
        return;
    struct store_memory *memory = memory_of(*store);
    LIST_FOR_EACH (link, &memory->requests) {
        /* Nobody will finish what was never delivered. */
        request_fail(memory, request_of(link), STORE_AWAY);
        list_remove(link);
        free(request_of(link));
    }
    mailbox_finish(&memory->mailbox);
    list_remove(&memory->link);
    free(memory);
    *store = NULL;
}

void store_memory_up(struct store *store)
{
    struct store_memory *memory = memory_of(store);
    if (memory->is_up)
        return;
    mailbox_open(&memory->mailbox);
    bool is_same_epoch = memory->epoch == memory->database->epoch;
    memory->is_up = true;
    memory->epoch = memory->database->epoch;
    LIST_FOR_EACH (link, &memory->requests) {
        struct request *request = request_of(link);
        if (request->state != REQUEST_IN_DOUBT)
            continue;
        if (is_same_epoch)
            request_enter_state(memory, request, REQUEST_WAITING);
        else
            request_fail(memory, request, STORE_NEW_EPOCH);
    }
    char epoch[32];
    int size = snprintf(epoch, sizeof(epoch), "memory-%lld", (long long)memory->epoch);
    int64_t now_us = memory->database->elapsed_us;
    const struct store_listener *listener = &store->listener;
    listener->up(listener->context, bytes_make(epoch, (size_t)size));
    listener->clock(listener->context, store_memory_now_ms(memory->database), now_us, now_us);
    listener->hints_lost(listener->context);
    if (listener->stuck != NULL)
        listener->stuck(listener->context, memory->is_stuck);
}

void store_memory_set_stuck(struct store *store, bool is_stuck)
{
    struct store_memory *memory = memory_of(store);
    memory->is_stuck = is_stuck;
    if (memory->is_up && store->listener.stuck != NULL)
        store->listener.stuck(store->listener.context, is_stuck);
}

void store_memory_down(struct store *store)
{
    struct store_memory *memory = memory_of(store);
    if (!memory->is_up)
        return;
    memory->is_up = false;
    mailbox_close(&memory->mailbox);
    LIST_FOR_EACH (link, &memory->requests) {
        struct request *request = request_of(link);
        bool is_in_doubt =
            request->asked->kind == STORE_APPEND && (request->was_in_doubt || request->carried_ms != 0);
        if (is_in_doubt && (request->state == REQUEST_WAITING || request->carried_ms != 0)) {
            request->was_in_doubt = true;
            request->carried_ms = 0;
            request_enter_state(memory, request, REQUEST_IN_DOUBT);
        } else if (request->state == REQUEST_WAITING || request->carried_ms != 0) {
            request_fail(memory, request, STORE_AWAY);
        }
    }
    store->listener.down(store->listener.context);
}

void store_memory_promote(struct store_memory_database *database, size_t lost_commits)
{
    LIST_FOR_EACH (link, &database->stores)
        store_memory_down(&CONTAINER_OF(link, struct store_memory, link)->store);
    memory_database_lose(database, lost_commits);
}

void store_memory_set_delay_ms(struct store *store, int64_t min_ms, int64_t max_ms)
{
    assert(min_ms >= 0 && min_ms <= max_ms && max_ms < UINT32_MAX);
    memory_of(store)->delay_min_ms = min_ms;
    memory_of(store)->delay_max_ms = max_ms;
}

/* Faults. */

void store_memory_arm(struct store *store, enum store_memory_fault fault)
{
    struct store_memory *memory = memory_of(store);
    if (fault == STORE_MEMORY_LOSE_HINTS)
        mailbox_lose(&memory->mailbox, STORE_MEMORY_LOSE_HINTS_MS);
    else
        memory_faults_add(&memory->faults, fault);
}

/* Steps. */

static void carry_out_append(struct store_memory *memory, struct request *request)
{
    struct store_append *append = store_append_of(request->asked);
    if (!memory_database_append(memory->database, append)) {
        request_fail(memory, request, STORE_NEW_EPOCH);
        return;
    }
    mailbox_send_append(&memory->mailbox, draw_due_us(memory), append);
    append->request.outcome = STORE_OK;
    request->carried_ms = store_memory_now_ms(memory->database);
    request_enter_state(memory, request, REQUEST_ANSWERING);
}

static void find_locked(struct store_memory *memory, struct request *request)
{
    struct store_append *append = store_append_of(request->asked);
    if (append->patient || request->was_in_doubt)
        return;
    if (!memory_database_find_locked(memory->database, append)) {
        request_fail(memory, request, STORE_NEW_EPOCH);
        return;
    }
    append->request.outcome = STORE_OK;
    request->carried_ms = store_memory_now_ms(memory->database);
    request_enter_state(memory, request, REQUEST_ANSWERING);
}

static void carry_out_with_fault(struct store_memory *memory, struct request *request,
                                 enum store_memory_fault fault)
{
    switch (fault) {
    case STORE_MEMORY_LOSE_REQUEST:
        request->was_in_doubt = true;
        store_memory_down(&memory->store);
        break;
    case STORE_MEMORY_LOSE_ANSWER:
        carry_out_append(memory, request);
        store_memory_down(&memory->store);
        break;
    case STORE_MEMORY_DISK_FULL:
        if (!request->was_in_doubt)
            request_fail(memory, request, STORE_AWAY);
        break;
    case STORE_MEMORY_FAIL:
        if (!request->was_in_doubt)
            request_fail(memory, request, STORE_FAILED);
        break;
    case STORE_MEMORY_LOCKED: find_locked(memory, request); break;
    case STORE_MEMORY_FAIL_READS: request_fail(memory, request, STORE_FAILED); break;
    case STORE_MEMORY_SLOW_LOOKUP: request_fail(memory, request, STORE_SLOW); break;
    case STORE_MEMORY_LOSE_HINTS: assert(!"a fault that is not a request's"); break;
    }
}

static enum memory_faulty faulty_of(enum store_kind kind)
{
    switch (kind) {
    case STORE_APPEND: return FAULTY_APPEND;
    case STORE_PAGE:
    case STORE_HISTORY:
    case STORE_FIND:
    case STORE_LOG:
    case STORE_CONSUME: return FAULTY_LOOKUP;
    default: return FAULTY_OTHER;
    }
}

/* Whatever is asked but an append. */
static void look_up(struct store_memory_database *database, struct store_request *asked)
{
    switch (asked->kind) {
#define X(NAME, name)                                                                                        \
    case STORE_##NAME: memory_database_##name(database, store_##name##_of(asked)); return;
        STORE_LOOKS(X)
#undef X
    case STORE_APPEND:
    case STORE_NOTHING:
    case STORE_COUNT: break;
    }
    assert(!"nothing to look up");
}

static void carry_out(struct store_memory *memory, struct request *request)
{
    enum store_memory_fault fault;
    if (memory_faults_take(&memory->faults, faulty_of(request->asked->kind), &fault)) {
        carry_out_with_fault(memory, request, fault);
        return;
    }
    if (request->asked->kind == STORE_APPEND) {
        carry_out_append(memory, request);
        return;
    }
    look_up(memory->database, request->asked);
    request->asked->outcome = STORE_OK;
    request->carried_ms = store_memory_now_ms(memory->database);
    request_enter_state(memory, request, REQUEST_ANSWERING);
}

static void answer(struct store_memory *memory, struct request *request)
{
    const struct store_listener *listener = &memory->store.listener;
    struct store_request *asked = request->asked;
    if (request->carried_ms != 0)
        listener->clock(listener->context, request->carried_ms, request->asked->asked_us,
                        memory->database->elapsed_us);
    list_remove(&request->link);
    free(request);
    store_request_answer(asked, asked->outcome);
}

/* Appends to one workspace go one after the other. */
static bool is_behind_another(struct store_memory *memory, const struct request *request)
{
    if (request->asked->kind != STORE_APPEND)
        return false;
    LIST_FOR_EACH (link, &memory->requests) {
        const struct request *each = request_of(link);
        if (each == request)
            return false;
        if (each->asked->kind == STORE_APPEND && each->state != REQUEST_ANSWERING &&
            store_append_of(each->asked)->workspace_id == store_append_of(request->asked)->workspace_id)
            return true;
    }
    return false;
}

static bool can_go_on(struct store_memory *memory, const struct request *request)
{
    return request->state != REQUEST_IN_DOUBT && !request_is_stuck(memory, request) &&
           request->due_us <= memory->database->elapsed_us &&
           (request->state == REQUEST_ANSWERING || !is_behind_another(memory, request));
}

static struct request *choose(struct store_memory *memory)
{
    uint32_t count = 0;
    struct request *chosen = NULL;
    LIST_FOR_EACH (link, &memory->requests) {
        if (!can_go_on(memory, request_of(link)))
            continue;
        count++;
        if (chosen == NULL || (!memory->in_order && random_once_in(&memory->random, count)))
            chosen = request_of(link);
    }
    return chosen;
}

bool store_memory_step(struct store *store)
{
    struct store_memory *memory = memory_of(store);
    struct request *request = choose(memory);
    bool has_letter = mailbox_next_us(&memory->mailbox) <= memory->database->elapsed_us;
    if (has_letter && (request == NULL || memory->in_order || random_once_in(&memory->random, 2)))
        mailbox_deliver(&memory->mailbox);
    else if (request == NULL)
        return false;
    else if (request->state == REQUEST_WAITING)
        carry_out(memory, request);
    else
        answer(memory, request);
    return true;
}

size_t store_memory_settle(struct store *store)
{
    size_t steps = 0;
    while (store_memory_step(store))
        steps++;
    return steps;
}

int64_t store_memory_next_us(const struct store *store)
{
    struct store_memory *memory = memory_of((struct store *)store);
    int64_t next_us = INT64_MAX;
    LIST_FOR_EACH (link, &memory->requests) {
        const struct request *each = request_of(link);
        if (each->state != REQUEST_IN_DOUBT && !request_is_stuck(memory, each) && each->due_us < next_us)
            next_us = each->due_us;
    }
    int64_t letter_us = mailbox_next_us(&memory->mailbox);
    return letter_us < next_us ? letter_us : next_us;
}

size_t store_memory_pending(const struct store *store)
{
    struct store_memory *memory = memory_of((struct store *)store);
    size_t count = 0;
    LIST_FOR_EACH (link, &memory->requests)
        count++;
    return count;
}
