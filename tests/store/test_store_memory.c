#include <criterion/criterion.h>

#include "support/leak.h"
#include "support/store_memory.h"
#include "support/suite.h"

/* The suite over the store in memory, and the faults that only it can be asked for. */

#define NOON_MS INT64_C(1763812800000)

struct memory_world {
    struct world world;
    struct store_memory_database *database;
};

static void turn(struct world *world)
{
    bool has_stepped = false;
    for (int node = 0; node < WORLD_NODES; node++)
        has_stepped |= store_memory_step(world->stores[node]);
    cr_assert(has_stepped, "a request is pending and nothing is due");
}

static void revoke_tokens(struct world *world, const char *workspace, const char *id)
{
    store_memory_revoke(CONTAINER_OF(world, struct memory_world, world)->database, workspace, id);
}

static void forget(struct world *world, const char *workspace, int64_t up_to_seq)
{
    store_memory_forget(CONTAINER_OF(world, struct memory_world, world)->database, workspace, up_to_seq);
}

static void world_open(struct memory_world *memory, uint64_t seed)
{
    *memory = (struct memory_world){.world = {.turn = turn, .forget = forget, .revoke = revoke_tokens},
                                    .database = store_memory_database_create(NOON_MS)};
    for (int node = 0; node < WORLD_NODES; node++) {
        memory->world.stores[node] =
            store_memory_create(memory->database, seed == 0 ? 0 : seed + (uint64_t)node);
        memory->world.stores[node]->listener = world_listener(&memory->world, node);
        store_memory_up(memory->world.stores[node]);
    }
}

static void world_close(struct memory_world *memory)
{
    for (int node = 0; node < WORLD_NODES; node++)
        store_memory_destroy(&memory->world.stores[node]);
    store_memory_database_destroy(&memory->database);
}

TestSuite(store_memory, .fini = end_without_leak);

#define X(name)                                                                                              \
    Test(store_memory, name)                                                                                 \
    {                                                                                                        \
        for (uint64_t seed = 0; seed < 4; seed++) {                                                          \
            struct memory_world memory;                                                                      \
            world_open(&memory, seed * 100);                                                                 \
            suite_##name(&memory.world);                                                                     \
            world_close(&memory);                                                                            \
        }                                                                                                    \
    }
SUITE(X)
#undef X

/* Faults. */

/* One draft, sent over a store with this fault armed; the world is settled as far as it gets without a
 * connection. */
static struct draft *send_with(struct memory_world *memory, enum store_memory_fault fault)
{
    struct world *world = &memory->world;
    struct draft *draft = draft_create(world, world_workspace(world, "w"), 0);
    draft_move(draft, "c1", NULL, LIST_OPEN);
    store_memory_arm(world->stores[0], fault);
    draft_send(draft, 0);
    store_memory_settle(world->stores[0]);
    return draft;
}

Test(store_memory, sends_again_what_never_arrived)
{
    struct memory_world memory;
    world_open(&memory, 0);
    struct draft *draft = send_with(&memory, STORE_MEMORY_LOSE_REQUEST);
    cr_assert_not(draft->is_done);
    cr_assert_eq(memory.world.downs, 1);
    store_memory_up(memory.world.stores[0]);
    world_run(&memory.world);
    cr_assert_eq(draft->items[0].result, ITEM_COMMITTED);
    draft_destroy(&draft);
    world_close(&memory);
}

Test(store_memory, finds_what_it_committed_when_the_answer_was_lost)
{
    struct memory_world memory;
    world_open(&memory, 0);
    struct draft *draft = send_with(&memory, STORE_MEMORY_LOSE_ANSWER);
    cr_assert_not(draft->is_done);
    store_memory_up(memory.world.stores[0]);
    world_run(&memory.world);
    cr_assert_eq(draft->items[0].result, ITEM_DUPLICATE);
    cr_assert_eq(draft->append.foreign_count, 1);
    draft_destroy(&draft);
    world_close(&memory);
}

Test(store_memory, does_nothing_while_the_disk_is_full)
{
    struct memory_world memory;
    world_open(&memory, 0);
    struct draft *draft = send_with(&memory, STORE_MEMORY_DISK_FULL);
    cr_assert_eq(draft->append.request.outcome, STORE_AWAY);
    cr_assert_eq(memory.world.downs, 0);
    draft_commit(draft, 0);
    cr_assert_eq(draft->items[0].result, ITEM_COMMITTED);
    draft_destroy(&draft);
    world_close(&memory);
}

Test(store_memory, is_busy_where_a_workspace_is_locked)
{
    struct memory_world memory;
    world_open(&memory, 0);
    struct draft *draft = send_with(&memory, STORE_MEMORY_LOCKED);
    cr_assert_eq(draft->append.request.outcome, STORE_OK);
    cr_assert_eq(draft->items[0].result, ITEM_BUSY);
    cr_assert_eq(draft->append.seqs[0], 0);
    draft->append.patient = true;
    store_memory_arm(memory.world.stores[0], STORE_MEMORY_LOCKED);
    draft_commit(draft, 0);
    cr_assert_eq(draft->items[0].result, ITEM_COMMITTED);
    draft_destroy(&draft);
    world_close(&memory);
}

Test(store_memory, is_away_while_it_is_down)
{
    struct memory_world memory;
    world_open(&memory, 0);
    struct draft *draft = draft_create(&memory.world, world_workspace(&memory.world, "w"), 0);
    draft_move(draft, "c1", NULL, LIST_OPEN);
    store_memory_down(memory.world.stores[0]);
    draft_run(draft, 0);
    cr_assert_eq(draft->append.request.outcome, STORE_AWAY);
    draft_destroy(&draft);
    world_close(&memory);
}

Test(store_memory, loses_the_tail_with_a_promotion)
{
    struct memory_world memory;
    world_open(&memory, 0);
    struct world *world = &memory.world;
    int64_t workspace_id = world_workspace(world, "w");
    struct draft *kept = draft_create(world, workspace_id, 0);
    draft_move(kept, "kept", NULL, LIST_OPEN);
    draft_commit(kept, 0);
    struct draft *lost = draft_create(world, workspace_id, 1);
    draft_move(lost, "lost", NULL, LIST_OPEN);
    store_memory_arm(world->stores[0], STORE_MEMORY_LOSE_ANSWER);
    draft_send(lost, 0);
    store_memory_settle(world->stores[0]);
    char epoch[sizeof(world->epoch)];
    memcpy(epoch, world->epoch, sizeof(epoch));

    store_memory_promote(memory.database, 1);
    for (int node = 0; node < WORLD_NODES; node++)
        store_memory_up(world->stores[node]);
    world_run(world);
    cr_assert_eq(lost->append.request.outcome, STORE_NEW_EPOCH);
    cr_assert_str_neq(world->epoch, epoch);
    size_t count;
    (void)store_memory_log(memory.database, "w", &count);
    cr_assert_eq(count, 1);
    cr_assert_null(store_memory_find(memory.database, "w", bytes_of_string("lost")));
    cr_assert_eq(store_memory_counts(memory.database, "w").open, 1);
    draft_destroy(&kept);
    draft_destroy(&lost);
    world_close(&memory);
}

Test(store_memory, keeps_no_words_for_a_store_that_is_down)
{
    struct memory_world memory;
    world_open(&memory, 0);
    struct world *world = &memory.world;
    int64_t workspace_id = world_workspace(world, "w");
    store_memory_set_delay_ms(world->stores[0], 5, 5);
    world_tell(world, 0, workspace_id, "on its way");
    int losses = world->ears[1].hints_lost;
    store_memory_down(world->stores[1]);
    world_tell(world, 0, workspace_id, "while it is down");
    store_memory_up(world->stores[1]);
    cr_assert_eq(world->ears[1].hints_lost, losses + 1);
    world_tell(world, 0, workspace_id, "after");
    cr_assert_eq(store_memory_settle(world->stores[1]), 0);
    store_memory_advance(memory.database, 5000);
    world_hear(world, 1, 1);
    assert_heard_words(world, 1, 0, workspace_id, "after");
    world_close(&memory);
}

Test(store_memory, loses_hints_for_a_while_and_does_not_notice)
{
    struct memory_world memory;
    world_open(&memory, 0);
    struct world *world = &memory.world;
    int64_t workspace_id = world_workspace(world, "w");
    int losses = world->ears[1].hints_lost;
    store_memory_arm(world->stores[1], STORE_MEMORY_LOSE_HINTS);
    struct conversation first = draft_begin(world, workspace_id, "c1", LIST_OPEN);
    store_memory_advance(memory.database, STORE_MEMORY_LOSE_HINTS_MS * 1000);
    struct conversation second = draft_begin(world, workspace_id, "c2", LIST_OPEN);
    world_hear(world, 1, 1);
    assert_heard_hint(world, 1, 0, workspace_id, 2);
    cr_assert_eq(world->ears[1].hints_lost, losses);
    conversation_finish(&first);
    conversation_finish(&second);
    world_close(&memory);
}

Test(store_memory, never_lets_time_run_backwards_though_the_clock_does)
{
    struct memory_world memory;
    world_open(&memory, 0);
    int64_t workspace_id = world_workspace(&memory.world, "w");
    struct conversation first = draft_begin(&memory.world, workspace_id, "c1", LIST_OPEN);
    store_memory_set_now_ms(memory.database, NOON_MS - 3600000);
    struct draft *draft = draft_create(&memory.world, workspace_id, 1);
    draft_move(draft, "c2", NULL, LIST_OPEN);
    draft_commit(draft, 0);
    cr_assert_eq(draft->append.at_ms, NOON_MS);
    draft_destroy(&draft);
    conversation_finish(&first);
    world_close(&memory);
}
