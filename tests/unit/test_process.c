#include "serve/process.h"

#include <criterion/criterion.h>
#include <sys/resource.h>
#include <unistd.h>

/* What the process tells of itself. */

enum { DESCRIPTORS = 500 };

Test(process, counts_its_descriptors)
{
    int descriptors[DESCRIPTORS];
    uint64_t before = process_measure().open_descriptors;
    cr_assert_gt(before, 0);
    for (int i = 0; i < DESCRIPTORS; i++)
        descriptors[i] = dup(STDERR_FILENO);
    cr_assert_eq(process_measure().open_descriptors, before + DESCRIPTORS);
    cr_assert_eq(process_poll_descriptors(process_measure().descriptors_max), before + DESCRIPTORS);
    for (int i = 0; i < DESCRIPTORS; i += 2)
        close(descriptors[i]);
    cr_assert_eq(process_measure().open_descriptors, before + DESCRIPTORS / 2);
    for (int i = 1; i < DESCRIPTORS; i += 2)
        close(descriptors[i]);
    cr_assert_eq(process_measure().open_descriptors, before);
}

Test(process, knows_how_many_descriptors_it_may_have)
{
    struct rlimit limit = {.rlim_cur = 100, .rlim_max = 100};
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    cr_assert_eq(process_measure().descriptors_max, 100);
    cr_assert_gt(process_measure().open_descriptors, 0);
    cr_assert_leq(process_measure().open_descriptors, 100);
}
