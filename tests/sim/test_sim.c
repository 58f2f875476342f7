#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/log.h"
#include "support/leak.h"
#include "support/world.h"

/* The whole server under the worst of conditions. RELEVO_SIM_SEED=n runs that seed alone, RELEVO_SIM_SEEDS=n
 * runs so many. */

enum { SEEDS = 100, STEPS = 600 };

/* An error that a sanitizer finds is told like a failed assertion: with what led to it. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "abort_on_error=1";
}

const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void)
{
    return "abort_on_error=1:print_stacktrace=1";
}

static uint64_t number_of(const char *variable, uint64_t otherwise)
{
    const char *text = getenv(variable);
    return text == NULL ? otherwise : strtoull(text, NULL, 10);
}

static void run(int nodes, bool promotions)
{
    static struct world world;
    log_set_level(LOG_ERROR + 1);
    uint64_t alone = number_of("RELEVO_SIM_SEED", 0);
    uint64_t seeds = alone != 0 ? alone : number_of("RELEVO_SIM_SEEDS", SEEDS);
    for (uint64_t seed = alone != 0 ? alone : 1; seed <= seeds; seed++) {
        struct world_options options = {
            .seed = seed, .nodes = nodes, .steps = STEPS, .promotions = promotions};
        bool held = world_run(&world, options);
        if (!held)
            fprintf(stderr, "%s\n", world.transcript_text);
        char failure[sizeof(world.failure)];
        snprintf(failure, sizeof(failure), "%s", world.failure);
        world_finish(&world);
        cr_assert(held, "seed %llu: %s", (unsigned long long)seed, failure);
    }
    assert_no_leak();
}

Test(sim, every_promise_holds_on_one_node)
{
    run(1, false);
}

Test(sim, every_promise_holds_on_two_nodes)
{
    run(2, false);
}

Test(sim, every_promise_holds_when_a_standby_takes_over)
{
    run(2, true);
}
