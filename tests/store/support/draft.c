#include "suite.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "core/columns.h"

struct command_id suite_id(void)
{
    static uint64_t count;
    struct command_id id = {.bytes = "suite"};
    store_be64(id.bytes + 8, ++count);
    return id;
}

/* The world. */

static void on_up(void *context, struct bytes epoch)
{
    struct world *world = ((struct ear *)context)->world;
    cr_assert_leq(epoch.size, LIMIT_EPOCH_BYTES);
    memcpy(world->epoch, epoch.data, epoch.size);
    world->epoch[epoch.size] = '\0';
    world->ups++;
}

static void on_down(void *context)
{
    ((struct ear *)context)->world->downs++;
}

static void on_stuck(void *context, bool is_stuck)
{
    ((struct ear *)context)->is_stuck = is_stuck;
}

static void on_clock(void *context, int64_t database_ms, int64_t sent_us, int64_t received_us)
{
    cr_assert_leq(sent_us, received_us);
    ((struct ear *)context)->world->clock_ms = database_ms;
}

static void on_hint(void *context, int64_t workspace_id, int64_t seq)
{
    struct ear *ear = context;
    if (ear->heard_count == HEARD_MAX)
        return;
    ear->heard[ear->heard_count].workspace_id = workspace_id;
    ear->heard[ear->heard_count++].seq = seq;
}

static void on_hints_lost(void *context)
{
    ((struct ear *)context)->hints_lost++;
}

static void on_told(void *context, int64_t workspace_id, struct bytes words)
{
    struct ear *ear = context;
    size_t size = words.size < sizeof(ear->heard[0].words) ? words.size : sizeof(ear->heard[0].words) - 1;
    if (ear->heard_count == HEARD_MAX)
        return;
    memcpy(ear->heard[ear->heard_count].words, words.data, size);
    ear->heard[ear->heard_count++].workspace_id = workspace_id;
}

struct store_listener world_listener(struct world *world, int node)
{
    world->ears[node].world = world;
    return (struct store_listener){.up = on_up,
                                   .down = on_down,
                                   .stuck = on_stuck,
                                   .clock = on_clock,
                                   .hint = on_hint,
                                   .hints_lost = on_hints_lost,
                                   .told = on_told,
                                   .context = &world->ears[node]};
}

static void on_answer(struct store_request *request)
{
    ((struct world *)request->context)->pending--;
}

void world_send(struct world *world, int node, struct store_request *request)
{
    request->done = on_answer;
    request->context = world;
    world->pending++;
    world->stores[node]->ops->ask(world->stores[node], request);
}

void world_ask(struct world *world, int node, struct store_request *request)
{
    world_send(world, node, request);
    world_run(world);
    cr_assert_eq(request->outcome, STORE_OK);
}

void world_run(struct world *world)
{
    while (world->pending > 0)
        world->turn(world);
}

int64_t world_load(struct world *world, int node, const char *workspace, struct roster *roster)
{
    struct store_load load = {
        .request = {.kind = STORE_LOAD}, .workspace = bytes_of_string(workspace), .roster = roster};
    roster_init(roster, ROSTER_LIMITS, (struct hash_key){{3, 4}});
    world_ask(world, node, &load.request);
    roster_settle(roster);
    return load.workspace_id;
}

int64_t world_workspace(struct world *world, const char *name)
{
    struct roster roster;
    int64_t id = world_load(world, 0, name, &roster);
    roster_finish(&roster);
    return id;
}

bool world_read(struct world *world, int64_t workspace_id, const char *id,
                struct conversation *conversation_r)
{
    struct store_read read = {
        .request = {.kind = STORE_READ}, .workspace_id = workspace_id, .conversation = bytes_of_string(id)};
    world_ask(world, 0, &read.request);
    *conversation_r = read.result;
    return read.found;
}

void world_hear(struct world *world, int node, int count)
{
    while (world->ears[node].heard_count < count)
        world->turn(world);
}

void world_tell(struct world *world, int node, int64_t workspace_id, const char *words)
{
    world->stores[node]->ops->tell(world->stores[node], workspace_id, bytes_of_string(words));
}

void assert_heard_hint(const struct world *world, int node, int place, int64_t workspace_id, int64_t seq)
{
    const struct ear *ear = &world->ears[node];
    cr_assert_lt(place, ear->heard_count);
    cr_assert_eq(ear->heard[place].workspace_id, workspace_id);
    cr_assert_eq(ear->heard[place].seq, seq);
}

void assert_heard_words(const struct world *world, int node, int place, int64_t workspace_id,
                        const char *words)
{
    assert_heard_hint(world, node, place, workspace_id, 0);
    cr_assert_str_eq(world->ears[node].heard[place].words, words);
}

struct draft *world_read_log(struct world *world, int node, int64_t workspace_id, int64_t known_seq)
{
    struct draft *reading = draft_create(world, workspace_id, known_seq);
    draft_commit(reading, node);
    return reading;
}

/* Drafts. */

struct draft *draft_create(struct world *world, int64_t workspace_id, int64_t known_seq)
{
    struct draft *draft = alloc_zeroed(sizeof(*draft));
    draft->world = world;
    draft->append.request.kind = STORE_APPEND;
    draft->append.workspace_id = workspace_id;
    draft->append.known_seq = known_seq;
    draft->append.items = draft->items;
    return draft;
}

void draft_destroy(struct draft **draft)
{
    store_request_finish(&(*draft)->append.request);
    for (int i = 0; i < (*draft)->transitions_count; i++)
        transition_finish(&(*draft)->transitions[i]);
    for (size_t i = 0; i < (*draft)->append.items_count; i++)
        text_unref(&(*draft)->conversations[i]);
    free(*draft);
    *draft = NULL;
}

struct store_item *draft_add_item(struct draft *draft, const char *conversation)
{
    size_t place = draft->append.items_count++;
    cr_assert_lt(place, LIMIT_BATCH_COMMANDS);
    draft->conversations[place] = text_create(bytes_of_string(conversation));
    draft->items[place] = (struct store_item){
        .id = suite_id(),
        .fingerprint = UINT64_C(0xfedcba9876543210) + place,
        .conversation = text_bytes(draft->conversations[place]),
        .stored = {.outcome = OUTCOME_DONE},
        .transitions = &draft->transitions[draft->transitions_count],
    };
    return &draft->items[place];
}

static struct transition *draft_next(struct draft *draft)
{
    struct store_item *item = &draft->items[draft->append.items_count - 1];
    cr_assert_lt(item->transitions_count, DECISION_TRANSITIONS_MAX);
    item->transitions_count++;
    struct transition *transition = &draft->transitions[draft->transitions_count++];
    item->stored.seq = -(int64_t)draft->transitions_count;
    transition->seq = -draft->transitions_count;
    transition->at_ms = AT_PENDING;
    transition->command = item->id;
    return transition;
}

struct transition *draft_add_transition(struct draft *draft, enum action action,
                                        const struct conversation *before, const struct conversation *after)
{
    struct transition *transition = draft_next(draft);
    transition->action = action;
    transition->role = ROLE_AGENT;
    transition->from = before == NULL ? LIST_NONE : before->list;
    transition->before_seq = before == NULL ? 0 : before->seq;
    conversation_copy(after, &transition->after);
    transition->after.seq = transition->seq;
    if (transition->after.list != transition->from)
        transition->after.list_seq = transition->seq;
    return transition;
}

struct transition *draft_move(struct draft *draft, const char *conversation,
                              const struct conversation *before, enum conversation_list list)
{
    struct conversation after = {0};
    if (before != NULL) {
        conversation_copy(before, &after);
    } else {
        conversation_set_words(&after, bytes_of_string(conversation), bytes_make(NULL, 0),
                               bytes_make(NULL, 0));
        after.channel = text_create(bytes_of_string("whatsapp"));
        after.automation_enabled = true;
    }
    after.list = list;
    after.version++;
    draft_add_item(draft, conversation);
    struct transition *moved = draft_add_transition(draft, ACTION_REOPEN, before, &after);
    conversation_finish(&after);
    return moved;
}

struct transition *draft_see_agent(struct draft *draft, const char *id, const char *name, enum role role,
                                   int64_t before_seq)
{
    draft_add_item(draft, "");
    struct transition *transition = draft_next(draft);
    transition->action = ACTION_AGENT_SEEN;
    transition->role = role;
    transition->by = text_create(bytes_of_string(id));
    transition->body = text_create(bytes_of_string(name));
    transition->before_seq = before_seq;
    return transition;
}

static void append_done(struct store_request *request)
{
    struct draft *draft = CONTAINER_OF(request, struct draft, append.request);
    draft->is_done = true;
    draft->world->pending--;
}

void draft_send(struct draft *draft, int node)
{
    struct store *store = draft->world->stores[node];
    store_request_finish(&draft->append.request);
    draft->append.request.done = append_done;
    draft->is_done = false;
    draft->world->pending++;
    store->ops->ask(store, &draft->append.request);
    cr_assert_not(draft->is_done);
}

void draft_run(struct draft *draft, int node)
{
    draft_send(draft, node);
    world_run(draft->world);
}

void draft_commit(struct draft *draft, int node)
{
    draft_run(draft, node);
    cr_assert_eq(draft->append.request.outcome, STORE_OK);
}

struct conversation draft_result(const struct draft *draft, const char *conversation)
{
    for (int i = draft->transitions_count; i-- > 0;) {
        const struct transition *transition = &draft->transitions[i];
        if (!bytes_equal(conversation_id(&transition->after), bytes_of_string(conversation)))
            continue;
        struct transition stamped = *transition;
        conversation_copy(&transition->after, &stamped.after);
        transition_stamp(&stamped, draft->append.seqs, draft->append.at_ms);
        return stamped.after;
    }
    cr_assert_fail("the draft has no conversation %s", conversation);
    return (struct conversation){0};
}

struct conversation draft_begin(struct world *world, int64_t workspace_id, const char *id,
                                enum conversation_list list)
{
    struct draft *draft = draft_create(world, workspace_id, 0);
    draft_move(draft, id, NULL, list);
    draft_commit(draft, 0);
    assert_committed(draft);
    struct conversation conversation = draft_result(draft, id);
    draft_destroy(&draft);
    return conversation;
}

int64_t draft_count_foreign(const struct draft *draft)
{
    return (int64_t)draft->append.foreign_count;
}

void assert_committed(const struct draft *draft)
{
    for (size_t i = 0; i < draft->append.items_count; i++)
        cr_assert_eq(draft->items[i].result, ITEM_COMMITTED);
}

/* Comparing. */

static void assert_same_text(const struct text *a, const struct text *b)
{
    cr_assert(text_equal(a, b), "\"%s\" is not \"%s\"", text_string(a), text_string(b));
}

/* Of each kind of column (core/columns.h). */
#define ASSERT_SEQ(name, a, b)          cr_assert_eq(a, b, name);
#define ASSERT_COUNT(name, a, b)        cr_assert_eq(a, b, name);
#define ASSERT_TIME(name, a, b)         cr_assert_eq(a, b, name);
#define ASSERT_DEADLINE(name, a, b)     cr_assert_eq(a, b, name);
#define ASSERT_LIST(name, a, b)         cr_assert_eq(a, b, name);
#define ASSERT_PAUSE(name, a, b)        cr_assert_eq(a, b, name);
#define ASSERT_DELIVERY(name, a, b)     cr_assert_eq(a, b, name);
#define ASSERT_ROLE(name, a, b)         cr_assert_eq(a, b, name);
#define ASSERT_ACTION(name, a, b)       cr_assert_eq(a, b, name);
#define ASSERT_BOOL(name, a, b)         cr_assert_eq(a, b, name);
#define ASSERT_TEXT(name, a, b)         assert_same_text(a, b);
#define ASSERT_TEXT_OR_NULL(name, a, b) assert_same_text(a, b);
#define ASSERT_COMMAND(name, a, b)      cr_assert(command_id_equal(a, b), name);
#define ASSERT_NAME(name, a, b)         /* in the words */
#define ASSERT_PREVIEW(name, a, b)

void assert_same_conversation(const struct conversation *a, const struct conversation *b)
{
    assert_same_text(a->words, b->words);
    cr_assert_eq(a->id_size, b->id_size);
    cr_assert_eq(a->name_size, b->name_size);
    cr_assert_eq(a->seq, b->seq);
#define X(KIND, name, member) ASSERT_##KIND(#name, a->member, b->member)
    CONVERSATION_COLUMN_LIST(X)
#undef X
}

void assert_same_transition(const struct transition *a, const struct transition *b)
{
    cr_assert_eq(a->seq, b->seq);
    cr_assert_eq(a->at_ms, b->at_ms);
#define X(KIND, name, member) ASSERT_##KIND(#name, a->member, b->member)
    TRANSITION_COLUMN_LIST(X)
#undef X
    assert_same_conversation(&a->after, &b->after);
    assert_same_text(a->body, b->body);
    cr_assert_eq(a->is_erased, b->is_erased);
}
