/* Criterion's test processes leave by _exit(), so the leak sanitizer never gets to speak. Where a leak would
 * matter, a test ends with assert_no_leak(); in builds without the sanitizer it holds of itself. */
#ifndef RELEVO_TESTS_LEAK_H
#define RELEVO_TESTS_LEAK_H

#include <criterion/criterion.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#define assert_no_leak() cr_assert_not(__lsan_do_recoverable_leak_check(), "memory was lost; see above")
#else
#define assert_no_leak() ((void)0)
#endif

#endif
