#include <criterion/criterion.h>

#include "store/store_pg.h"
#include "support/leak.h"
#include "support/postgres_world.h"

/* What a lane sends together. */

static uint64_t count_commits(const struct postgres_world *postgres)
{
    struct store_pg_stats stats = store_pg_stats(postgres->world.stores[0]);
    return histogram_count(&stats.commit_us, HISTOGRAM_STEPS);
}

TestSuite(store_lanes, .fini = end_without_leak);

Test(store_lanes, send_only_so_many_bytes_together)
{
    enum { DRAFTS = 5 };
    struct postgres_world postgres;
    struct draft *drafts[DRAFTS];
    postgres_open_database(&postgres, true);
    postgres_start(&postgres, 0, 1, true);
    while (postgres.world.ups == 0)
        uv_run(&postgres.loop, UV_RUN_ONCE);
    for (int i = 0; i < DRAFTS; i++) {
        char name[] = {'w', (char)('0' + i), '\0'};
        drafts[i] = draft_create(&postgres.world, world_workspace(&postgres.world, name), 0);
        draft_move(drafts[i], "c1", NULL, LIST_OPEN);
        drafts[i]->append.bytes = 2 * LIMIT_BATCH_BYTES; /* two of which a lane takes at once */
    }
    uint64_t before = count_commits(&postgres);
    for (int i = 0; i < DRAFTS; i++)
        draft_send(drafts[i], 0);
    world_run(&postgres.world);
    cr_assert_eq(count_commits(&postgres), before + 3);
    for (int i = 0; i < DRAFTS; i++) {
        assert_committed(drafts[i]);
        draft_destroy(&drafts[i]);
    }
    postgres_close(&postgres);
}
