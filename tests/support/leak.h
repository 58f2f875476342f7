/* Criterion's test processes leave by _exit(), so the leak sanitizer never gets to speak. Where a leak would
 * matter, a suite ends with assert_no_leak(); in builds without the sanitizer it holds of itself.
 * It aborts where it does not hold: Criterion does not count a cr_assert that fails in a suite's .fini, but a
 * crash there makes the executable fail. */
#ifndef RELEVO_TESTS_LEAK_H
#define RELEVO_TESTS_LEAK_H

#include <assert.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#define assert_no_leak() assert(!__lsan_do_recoverable_leak_check())
#else
#define assert_no_leak() ((void)0)
#endif

/* The end of a suite that has nothing else to end. */
static inline void end_without_leak(void)
{
    assert_no_leak();
}

#endif
