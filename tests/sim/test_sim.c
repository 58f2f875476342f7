#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/log.h"
#include "support/leak.h"
#include "support/sim.h"

/* The whole server under the worst of conditions. RELEVO_SIM_SEED=n runs that seed alone, RELEVO_SIM_SEEDS=n
 * runs so many. */

enum { SEEDS = 90, STEPS = 600 };

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

/* Desks go as soon as nobody is there, and hold next to nothing that is not open. */
static const struct node_limits tight = {
    .desk_idle_ms = 5, .lag_back = 20, .roster = {.back = 5, .completed = 2}};

static void run(int nodes, bool promotions, struct node_limits limits)
{
    static struct sim sim;
    log_set_level(LOG_ERROR + 1);
    uint64_t alone = number_of("RELEVO_SIM_SEED", 0);
    uint64_t seeds = alone != 0 ? alone : number_of("RELEVO_SIM_SEEDS", SEEDS);
    uint64_t unloads = 0;
    uint64_t evictions = 0;
    uint64_t lagged = 0;
    for (uint64_t seed = alone != 0 ? alone : 1; seed <= seeds; seed++) {
        struct sim_options options = {
            .seed = seed, .nodes = nodes, .steps = STEPS, .promotions = promotions, .limits = limits};
        bool held = sim_run(&sim, options);
        if (!held)
            fprintf(stderr, "%s\n", sim.transcript_text);
        char failure[sizeof(sim.failure)];
        snprintf(failure, sizeof(failure), "%s", sim.failure);
        unloads += sim.unloads;
        evictions += sim.evictions;
        lagged += sim.lagged;
        sim_finish(&sim);
        cr_assert(held, "seed %llu: %s", (unsigned long long)seed, failure);
    }
    if (alone == 0 && limits.desk_idle_ms == tight.desk_idle_ms)
        cr_assert(unloads > seeds / 2 && evictions > seeds && lagged > seeds / 4,
                  "only %llu desks and %llu rows went, and %llu clients were too slow",
                  (unsigned long long)unloads, (unsigned long long)evictions, (unsigned long long)lagged);
    assert_no_leak();
}

Test(sim, every_promise_holds_on_one_node)
{
    run(1, false, NODE_LIMITS);
}

Test(sim, every_promise_holds_on_two_nodes)
{
    run(2, false, NODE_LIMITS);
}

Test(sim, every_promise_holds_when_a_standby_takes_over)
{
    run(2, true, NODE_LIMITS);
}

Test(sim, every_promise_holds_while_desks_come_and_go)
{
    run(2, false, tight);
}

Test(sim, every_promise_holds_while_desks_come_and_go_and_a_standby_takes_over)
{
    run(2, true, tight);
}
