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

static void world_open(struct memory_world *memory, uint64_t seed)
{
    *memory = (struct memory_world){.world.turn = turn, .database = store_memory_database_create(NOON_MS)};
    deadlines_init(&memory->world.deadlines);
    for (int node = 0; node < WORLD_NODES; node++) {
        memory->world.stores[node] =
            store_memory_create(memory->database, seed == 0 ? 0 : seed + (uint64_t)node);
        memory->world.stores[node]->listener = world_listener(&memory->world);
        store_memory_up(memory->world.stores[node]);
    }
}

static void world_close(struct memory_world *memory)
{
    for (int node = 0; node < WORLD_NODES; node++)
        store_memory_destroy(&memory->world.stores[node]);
    store_memory_database_destroy(&memory->database);
    deadlines_finish(&memory->world.deadlines);
    assert_no_leak();
}

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
