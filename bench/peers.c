/* Relevo beside what a team would write instead for the same job on the same PostgreSQL (bench/peers), in one
 * run, in turn. `--quick` takes fewer and shorter rounds; a word takes only the part that it names. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "bench/peers/parts.h"
#include "bench/support/process.h"

static const struct {
    const char *name;
    void (*measure)(struct effort effort);
} parts[] = {
    {"commit", throughput_measure}, {"lone", lone_measure},     {"push", push_measure},
    {"memory", memory_measure},     {"screen", screen_measure}, {"pauses", pauses_measure},
};

enum { PARTS = sizeof(parts) / sizeof(parts[0]) };

int main(int count, char **words)
{
    struct rlimit limit = {.rlim_cur = 65536, .rlim_max = 65536};
    setrlimit(RLIMIT_NOFILE, &limit);
    struct effort effort = {.rounds = 5, .share = 1};
    const char *only = NULL;
    for (int i = 1; i < count; i++) {
        if (strcmp(words[i], "--quick") == 0)
            effort = (struct effort){.rounds = 3, .share = 0.3};
        else
            only = words[i];
    }
    process_step_aside();
    for (size_t i = 0; i < PARTS; i++) {
        if (only == NULL || strcmp(only, parts[i].name) == 0)
            parts[i].measure(effort);
    }
    figures_print_missed();
    return 0;
}
